import json
import math

import pandas as pd
import pytest

from lab6.store import run as runs
from tests import saved

TWO_ROUNDS = {100: ([1.5, 1.25], [0.90, 0.75])}


def read(content):
    file = content if isinstance(content, bytes) else json.dumps(content).encode()
    return runs.frame([runs.read("run.json", file)]).to_dict("records")


def test_every_value_lands_in_its_place():
    gpus = [{"name": "A GPU", "driver": "570.1", "memory_bytes": 2**35}, {"name": "Another"}]
    run = saved.run(
        TWO_ROUNDS,
        {"gpus": gpus, "intra_op_threads": 3, "settings": {"XLA_FLAGS": "--a", "OMP_NUM_THREADS": "1"}},
        seed=7,
        processes=2,
        device_name="A GPU",
        threads=4,
        workers=6,
        hosts=3,
        duet="a name",
        side="candidate",
        played="in turns",
        compile_seconds=0.5,
        load_before=0.75,
        peak_flops_per_second=4e11,
        peak_bytes_per_second=2e11,
        limit_seconds=0.0625,
        target=0.75,
        decay_steps=60,
        evaluated_every=6,
        image_shape=[28, 28],
        model_digest="sha256:1",
        optimizer_digest="sha256:2",
    )
    run["unfinished"] = True
    run["commit_info"] = {"id": "a" * 40, "dirty": True, "branch": "main"}
    run["benchmarks"][0]["extra_info"]["rounds"][1] |= {
        "cores": "0,1",
        "steps": 54,
        "cpu_seconds": 2.5,
        "other_cpu_seconds": 0.25,
        "waiting_seconds": 0.125,
        "peak_memory_bytes": 1_000,
        "gpu_peak_memory_bytes": 2_000,
        "gpu_memory_bytes": 3_000,
        "gpu_clock_hz_before": 4_000,
        "gpu_clock_hz_after": 5_000,
        "gpu_celsius_before": 40,
        "gpu_celsius_after": 50,
    }
    first, second = read(run)
    assert second == {
        "source": "run.json",
        "run": second["run"],
        "measured_at": pd.Timestamp("2026-01-02 03:04:05", tz="UTC"),
        "unfinished": True,
        "commit": "a" * 40,
        "dirty": True,
        "machine": "here",
        "cpu_model": "A CPU",
        "usable_cores": 2,
        "memory_bytes": 2**34,
        "gpus": "A GPU (driver 570.1); Another (driver unknown)",
        "intra_op_threads": 3,
        "inter_op_threads": 2,
        "versions": "Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6",
        "settings": "OMP_NUM_THREADS=1, XLA_FLAGS=--a",
        "schema_version": 1,
        "lab6_version": "0.1.0",
        "engine": "compiled",
        "backend": "tensorflow",
        "device": "cpu",
        "device_name": "A GPU",
        "threads": 4,
        "workers": 6,
        "hosts": 3,
        "duet": "a name",
        "side": "candidate",
        "played": "in turns",
        "dataset": "mnist",
        "dataset_digest": "sha256:06b0",
        "training_images": 60_000,
        "test_images": 10_000,
        "image_shape": "28 x 28",
        "batch_size": 100,
        "steps_per_epoch": 600,
        "optimizer": "adam",
        "optimizer_digest": "sha256:2",
        "learning_rate": 0.001,
        "target": 0.75,
        "decay_steps": 60,
        "evaluated_every": 6,
        "network": "784-128-10",
        "model_digest": "sha256:1",
        "precision": "float32",
        "parameter_count": 101_770,
        "compile_seconds": 0.5,
        "load_before": 0.75,
        "peak_flops_per_second": 4e11,
        "peak_bytes_per_second": 2e11,
        "limit_seconds": 0.0625,
        "round": 1,
        "seed": 8,
        "process": 2,
        "cores": "0,1",
        "steps": 54,
        "seconds": 1.25,
        "training_accuracy": 0.70,
        "training_loss": 0.5,
        "test_accuracy": 0.75,
        "cpu_seconds": 2.5,
        "other_cpu_seconds": 0.25,
        "waiting_seconds": 0.125,
        "peak_memory_bytes": 1_000,
        "gpu_peak_memory_bytes": 2_000,
        "gpu_memory_bytes": 3_000,
        "gpu_clock_hz_before": 4_000,
        "gpu_clock_hz_after": 5_000,
        "gpu_celsius_before": 40,
        "gpu_celsius_after": 50,
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
    assert read(saved.run(machine={"versions": {"flax": "0.12"}}))[0]["versions"] == "flax 0.12"


def test_packages_come_in_the_same_order_however_they_were_saved():
    versions = {"flax": "0.12", "numpy": "2.4.6", "python": "3.11.7"}
    assert read(saved.run(machine={"versions": versions}))[0]["versions"] == "Python 3.11.7, NumPy 2.4.6, flax 0.12"


def test_a_run_is_named_by_its_content():
    one, same, other = (read(saved.run(seed=seed))[0]["run"] for seed in (0, 0, 1))
    assert one == same != other


def test_a_run_that_was_formatted_anew_is_the_same_run():
    run = saved.run()
    anew = json.dumps(dict(reversed(run.items())), indent=4).encode()
    assert read(anew)[0]["run"] == read(run)[0]["run"]


@pytest.mark.parametrize("info", [None, 7, {}, {"unversioned": True}, {"id": "<b>"}, {"id": "HEAD"}, {"id": None}])
def test_what_is_no_commit_is_an_unknown_one(info):
    row = read(saved.run() | {"commit_info": info})[0]
    assert pd.isna(row["commit"])
    assert pd.isna(row["dirty"])


def test_a_commit_does_not_change_the_name_of_a_run():
    assert read(saved.run() | {"commit_info": {"id": "a" * 40}})[0]["run"] == read(saved.run())[0]["run"]


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05"])
def test_times_are_in_utc(text):
    assert read(saved.run(datetime=text))[0]["measured_at"] == pd.Timestamp("2026-01-02 03:04:05", tz="UTC")


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_diverged_is_kept(loss):
    run = saved.run(TWO_ROUNDS)
    run["benchmarks"][0]["extra_info"]["rounds"][0]["training_loss"] = loss
    assert str(read(run)[0]["training_loss"]) == str(loss)


@pytest.mark.parametrize(
    "change", [{"dataset": "digits"}, {"engine": "fit"}, {"device": "gpu:0"}, {"optimizer": "sgd"}]
)
def test_benchmarks_of_one_size_that_differ_otherwise_are_all_read(change):
    run = saved.run(TWO_ROUNDS)
    assert len(read(run | {"benchmarks": run["benchmarks"] + saved.run(TWO_ROUNDS, **change)["benchmarks"]})) == 4


def test_benchmarks_of_other_functions_in_the_same_file_are_left_out():
    """A project that measures its training may time other functions too; pytest-benchmark saves them together."""
    content, other = saved.run(), {"name": "test_sum", "group": None, "stats": {"data": [1e-7]}}
    content["benchmarks"] += [other | {"extra_info": extra} for extra in ({}, {"batch_size": 32})]
    assert len(read(content)) == len(read(saved.run()))
