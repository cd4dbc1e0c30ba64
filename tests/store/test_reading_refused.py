import json
import math

import pytest

from lab6.errors import FileError, ResultsError, skipping_advised
from lab6.record import SCHEMA_VERSION
from lab6.store import run as runs
from tests import saved
from tests.small import refusal


def refused(content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return refusal(lambda: runs.read("run.json", content), "run.json")


def altered(change):
    """A run in which ``change`` altered the first of three benchmarks."""
    run = saved.run()
    change(run["benchmarks"][0])
    return run


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_named(share):
    content = json.dumps(saved.run()).encode()
    assert "not complete JSON" in refused(content[: int(len(content) * share)])


def test_a_file_of_another_kind_is_not_called_damaged():
    text = refusal(lambda: runs.read("notes.txt", b"Notes"), "notes.txt is not a file of results")
    assert "give .json or .parquet files" in text


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80abc", "{'ä'}".encode("latin-1"), b"\x00" * 100])
def test_bytes_that_are_no_text_are_refused(content):
    assert "damaged" in refused(content)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deep_nesting_is_refused(content):
    assert "nested too deeply" in refused(content)


@pytest.mark.parametrize("content", [[], {}, "text", 5, None, [saved.run()], {"benchmarks": {}}, {"benchmarks": None}])
def test_json_that_is_no_run_is_refused(content):
    assert "is not a file of results" in refused(content)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"benchmarks": []}, "holds no benchmark with a finished round"),
        ({"machine_info": {}}, "is another project's pytest-benchmark run, not one of lab6"),
        ({"datetime": "noon"}, "is damaged (datetime: noon is not a time)"),
    ],
)
def test_a_file_that_says_nothing_is_to_be_left_out_and_no_option_is_advised_that_most_commands_lack(change, wrong):
    assert refused(saved.run() | change) == f"run.json {wrong}: leave it out."


def test_only_a_command_with_an_option_for_it_advises_it():
    content = json.dumps(saved.run(datetime="noon")).encode()
    for option, advice in (("--skip-bad", "leave it out, or give --skip-bad."), ("", "leave it out.")):
        with pytest.raises(FileError, match=f"not a time\\): {advice}$"), skipping_advised(option):
            runs.read("run.json", content)
    with pytest.raises(ResultsError, match=r"^the disk is full\.$"), skipping_advised("--skip-bad"):
        raise ResultsError("the disk is full.")


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


@pytest.mark.parametrize("data", [[], [4.0, 4.1], [4.0, 4.1, 4.2, 4.3], None, "123", {"0": 1, "1": 1, "2": 1}])
def test_seconds_that_do_not_match_the_rounds_are_refused(data):
    assert "one time for each round: " in refused(altered(lambda benchmark: benchmark["stats"].update(data=data)))


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99, 10**30])
def test_a_newer_schema_is_refused_before_what_is_new_in_it(version):
    run = altered(lambda benchmark: benchmark["extra_info"].update(schema_version=version, novelty=1))
    run["machine_info"]["lab6"]["novelty"] = 1
    text = refused(run)
    assert f"schema_version {version}; this one reads up to {SCHEMA_VERSION}" in text
    assert "upgrade lab6" in text


@pytest.mark.parametrize("place", ["record", "round", "machine"])
def test_an_unknown_field_is_named(place):
    run = saved.run()
    record = run["benchmarks"][0]["extra_info"]
    {"record": record, "round": record["rounds"][0], "machine": run["machine_info"]["lab6"]}[place]["novelty"] = 1
    assert "novelty: Extra inputs are not permitted" in refused(run)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202e", "\ud800"])
@pytest.mark.parametrize(
    "run",
    [
        lambda text: saved.run(engine=text),
        lambda text: saved.run(**{text: 1}),
        lambda text: saved.run(datetime=text),
        lambda text: saved.run(machine={"versions": {text: text}}),
    ],
    ids=["value and name", "unknown field", "datetime", "machine"],
)
def test_text_that_cannot_be_printed_is_refused_without_printing_it(run, text):
    assert text not in refused(run(text))


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


@pytest.mark.parametrize("value", [[], None, {}, [None]])
def test_a_benchmark_without_rounds_is_refused(value):
    assert "rounds" in refused(saved.run(rounds=value))


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


@pytest.mark.parametrize(
    "time",
    [
        *("yesterday", "2026-13-01", "", "NaT", "nan", "now", "Jan", "-5", None, 5, [], {}),
        *("0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"),  # no such time in UTC
    ],
)
def test_a_datetime_that_is_no_time_is_refused(time):
    assert "is not a time" in refused(saved.run(datetime=time))


@pytest.mark.parametrize("again", ['"seed": 1, "seed": 1, ', '"seed" :1, "\\u0073eed": 2, '])
def test_a_key_that_an_object_has_twice_is_refused_however_it_is_written(again):
    text = json.dumps(saved.run()).replace('"seed"', f'{again}"seed"', 1)
    assert "has the key 'seed' twice" in refused(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding):
    text = json.dumps(saved.run(machine={"label": "機械: é"}), ensure_ascii=False)
    assert runs.frame([runs.read("run.json", text.encode(encoding))])["machine"].unique() == ["機械: é"]


def test_a_number_of_very_many_digits_is_refused():
    assert "an integer of too many digits" in refused(b'{"a": ' + b"9" * 5_000 + b"}")
