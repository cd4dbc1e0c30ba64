import json
import math

import pandas as pd
import pytest

from lab6.analysis import reading
from tests import saved
from tests.analysis.small import refusal

TWO_ROUNDS = {100: ([1.5, 1.25], [0.90, 0.75])}


def read(content):
    return reading.rows("run.json", content if isinstance(content, bytes) else json.dumps(content).encode())


def refused(content):
    return refusal(lambda: read(content), "run.json")


def altered(change):
    """A run in which ``change`` altered the first of three benchmarks."""
    run = saved.run()
    change(run["benchmarks"][0])
    return run


def test_every_value_lands_in_its_place():
    gpus = [{"name": "A GPU", "driver": "570.1", "memory_bytes": 2**35}, {"name": "Another"}]
    run = saved.run(TWO_ROUNDS, {"gpus": gpus, "intra_op_threads": 3}, seed=7, device_name="A GPU", compile_seconds=0.5)
    run["benchmarks"][0]["extra_info"]["rounds"][1] |= {
        "cpu_seconds": 2.5,
        "peak_memory_bytes": 1_000,
        "gpu_peak_memory_bytes": 2_000,
    }
    first, second = read(run)
    assert second == {
        "source": "run.json",
        "run": second["run"],
        "measured_at": pd.Timestamp("2026-01-02 03:04:05", tz="UTC"),
        "machine": "here",
        "cpu_model": "A CPU",
        "usable_cores": 2,
        "memory_bytes": 2**34,
        "gpus": "A GPU (driver 570.1); Another (driver unknown)",
        "intra_op_threads": 3,
        "inter_op_threads": 2,
        "versions": "Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6",
        "schema_version": 1,
        "lab6_version": "0.1.0",
        "engine": "compiled",
        "backend": "tensorflow",
        "device": "cpu",
        "device_name": "A GPU",
        "dataset": "mnist",
        "dataset_digest": "sha256:06b0",
        "training_images": 60_000,
        "test_images": 10_000,
        "batch_size": 100,
        "steps_per_epoch": 600,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "network": "784-128-10",
        "precision": "float32",
        "parameter_count": 101_770,
        "compile_seconds": 0.5,
        "round": 1,
        "seed": 8,
        "seconds": 1.25,
        "training_accuracy": 0.70,
        "training_loss": 0.5,
        "test_accuracy": 0.75,
        "cpu_seconds": 2.5,
        "peak_memory_bytes": 1_000,
        "gpu_peak_memory_bytes": 2_000,
    }
    assert (first["round"], first["seed"], first["seconds"], first["test_accuracy"]) == (0, 7, 1.5, 0.90)


def test_each_benchmark_gives_its_rounds_in_order():
    found = [(row["batch_size"], row["round"], row["seconds"]) for row in read(saved.run())]
    assert found == [
        (size, place, seconds)
        for size, (all_seconds, _) in saved.SIZES.items()
        for place, seconds in enumerate(all_seconds)
    ]


def test_a_machine_without_gpus_has_an_empty_text_for_them():
    assert read(saved.run())[0]["gpus"] == ""


def test_a_package_without_a_written_name_keeps_its_own():
    assert read(saved.run(machine={"versions": {"torch": "2.9"}}))[0]["versions"] == "torch 2.9"


def test_packages_come_in_the_same_order_however_they_were_saved():
    versions = {"torch": "2.9", "numpy": "2.4.6", "python": "3.11.7"}
    assert read(saved.run(machine={"versions": versions}))[0]["versions"] == "Python 3.11.7, NumPy 2.4.6, torch 2.9"


def test_a_run_is_named_by_its_content():
    one, same, other = (read(saved.run(seed=seed))[0]["run"] for seed in (0, 0, 1))
    assert one == same != other


def test_a_run_that_was_formatted_anew_is_the_same_run():
    run = saved.run()
    anew = json.dumps(dict(reversed(run.items())), indent=4).encode()
    assert read(anew)[0]["run"] == read(run)[0]["run"]


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05"])
def test_times_are_in_utc(text):
    assert read(saved.run(datetime=text))[0]["measured_at"] == pd.Timestamp("2026-01-02 03:04:05", tz="UTC")


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_diverged_is_kept(loss):
    run = altered(lambda benchmark: benchmark["extra_info"]["rounds"][0].update(training_loss=loss))
    assert str(read(run)[0]["training_loss"]) == str(loss)


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_named(share):
    content = json.dumps(saved.run()).encode()
    assert "not complete JSON" in refused(content[: int(len(content) * share)])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80abc", "{'ä'}".encode("latin-1"), b"\x00" * 100])
def test_bytes_that_are_no_text_are_refused(content):
    assert "damaged" in refused(content)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deep_nesting_is_refused(content):
    assert "nested too deeply" in refused(content)


@pytest.mark.parametrize("content", [[], {}, "text", 5, None, [saved.run()], {"benchmarks": {}}, {"benchmarks": None}])
def test_json_that_is_no_run_is_refused(content):
    assert "is no file of results" in refused(content)


@pytest.mark.parametrize("info", [None, [], {}, {"node": "there", "cpu": {}}])
def test_another_projects_run_is_refused(info):
    assert "another project's" in refused(saved.run() | {"machine_info": info})


@pytest.mark.parametrize("seconds", [math.nan, -1.0, 0, 0.0, math.inf, -math.inf, "1.0", None, True, [1.0], {}])
def test_impossible_seconds_are_refused(seconds):
    text = refused(altered(lambda benchmark: benchmark["stats"]["data"].__setitem__(1, seconds)))
    assert f"test_epoch[mnist-compiled-cpu-10] says that round 1 took {seconds} seconds" in text


@pytest.mark.parametrize("seconds", [10**400, 1e308, 1e10, 1e-10, 1e-320])
def test_seconds_that_no_epoch_takes_are_refused_with_those_that_are_allowed(seconds):
    text = refused(altered(lambda benchmark: benchmark["stats"]["data"].__setitem__(1, seconds)))
    assert "a number from 1e-09 to 1e+09 is allowed" in text


def test_a_benchmark_that_is_there_twice_is_refused():
    run = saved.run()
    assert "twice" in refused(run | {"benchmarks": run["benchmarks"] + run["benchmarks"][:1]})


@pytest.mark.parametrize(
    "change", [{"dataset": "digits"}, {"engine": "fit"}, {"device": "gpu:0"}, {"optimizer": "sgd"}]
)
def test_benchmarks_of_one_size_that_differ_otherwise_are_all_read(change):
    run = saved.run(TWO_ROUNDS)
    assert len(read(run | {"benchmarks": run["benchmarks"] + saved.run(TWO_ROUNDS, **change)["benchmarks"]})) == 4


@pytest.mark.parametrize("data", [[], [4.0, 4.1], [4.0, 4.1, 4.2, 4.3], None, "123", {"0": 1, "1": 1, "2": 1}])
def test_seconds_that_do_not_match_the_rounds_are_refused(data):
    assert "one time for each round" in refused(altered(lambda benchmark: benchmark["stats"].update(data=data)))


@pytest.mark.parametrize("version", [2, 99, 10**30])
def test_a_newer_schema_is_refused_before_what_is_new_in_it(version):
    run = altered(lambda benchmark: benchmark["extra_info"].update(schema_version=version, novelty=1))
    run["machine_info"]["lab6"]["novelty"] = 1
    text = refused(run)
    assert f"schema_version {version}; this one reads up to 1" in text
    assert "upgrade lab6" in text


@pytest.mark.parametrize("place", ["record", "round", "machine"])
def test_an_unknown_field_is_named(place):
    run = saved.run()
    record = run["benchmarks"][0]["extra_info"]
    {"record": record, "round": record["rounds"][0], "machine": run["machine_info"]["lab6"]}[place]["novelty"] = 1
    assert "novelty: Extra inputs are not permitted" in refused(run)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202e", "\ud800"])
@pytest.mark.parametrize("place", ["value", "field", "name", "datetime"])
def test_text_that_cannot_be_printed_is_refused_without_printing_it(place, text):
    run = altered(
        lambda benchmark: {
            "value": lambda: benchmark["extra_info"].update(engine=text),
            "field": lambda: benchmark["extra_info"].update({text: 1}),
            "name": lambda: benchmark.update(name=text, stats={"data": []}),
            "datetime": lambda: None,
        }[place]()
    )
    assert text not in refused(run | {"datetime": text} if place == "datetime" else run)


@pytest.mark.parametrize(
    "change",
    [
        lambda benchmark: benchmark["extra_info"].update({"x" * 10_000: 1}),
        lambda benchmark: benchmark.update(name="x" * 10_000, stats={"data": []}),
    ],
)
def test_endless_names_still_give_a_short_sentence(change):
    refused(altered(change))


@pytest.mark.parametrize("field", ["rounds", "batch_size", "dataset_digest"])
def test_a_missing_field_of_a_record_is_named(field):
    assert f"{field}: Field required" in refused(altered(lambda benchmark: benchmark["extra_info"].pop(field)))


@pytest.mark.parametrize("rounds", [[], None, {}, [None]])
def test_a_benchmark_without_rounds_is_refused(rounds):
    assert "rounds" in refused(altered(lambda benchmark: benchmark["extra_info"].update(rounds=rounds)))


@pytest.mark.parametrize("part", ["name", "stats", "extra_info"])
def test_a_benchmark_that_lacks_a_part_is_refused(part):
    assert f"lacks '{part}'" in refused(altered(lambda benchmark: benchmark.pop(part)))


@pytest.mark.parametrize("value", [None, [], "text", 5, {"name": "a", "stats": [], "extra_info": {}}])
def test_a_benchmark_that_is_none_is_refused(value):
    assert "damaged" in refused(saved.run() | {"benchmarks": [value]})


def test_a_run_without_benchmarks_is_refused():
    assert "no benchmark with a finished round" in refused(saved.run({}))


@pytest.mark.parametrize("lab6", [None, [], {}, {"label": None}, saved.MACHINE | {"usable_cores": 0}])
def test_an_impossible_machine_is_refused(lab6):
    assert "machine, " in refused(saved.run() | {"machine_info": {"lab6": lab6}})


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "", "NaT", "nan", "now", "Jan", "-5", None, 5, [], {}])
def test_a_datetime_that_is_no_time_is_refused(time):
    assert "is no time" in refused(saved.run(datetime=time))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_cannot_hold_is_refused(time):
    assert "is no time" in refused(saved.run(datetime=time))
