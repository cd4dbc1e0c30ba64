"""``pytest benchmarks`` for real, on small data: with each engine, with each backend, and with MNIST itself."""

import json
import os
import re

import pytest

from lab6.limit import Ceilings, dense_cost, epoch_floor
from lab6.measure import processors
from lab6.record import SCHEMA_VERSION, Machine, Record
from tests.projects import SMALL, project, run, saved

SPY = """
import sys


def pytest_unconfigure():
    with open("imported", "w") as file:
        file.write(str({"tensorflow", "keras", "jax", "torch"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory, digits):
    """A project in which ``pytest benchmarks --benchmark-save`` has run on small data, and what it printed."""
    folder = project(tmp_path_factory.mktemp("project"))
    arguments = ("--batch-sizes=10,150", "--engines=compiled,fit,tape", "--processes=1", "--rounds=2")
    (folder / "spy.py").write_text(SPY)
    return folder, run(folder, "benchmarks", "--benchmark-save", *SMALL, *arguments, "-p", "spy")


def test_one_file_is_saved_in_the_machines_folder_and_pytest_imports_no_framework(measured):
    folder, result = measured
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = saved(folder)
    assert path.name == "0001_digits-200images-compiled-fit-tape.json"
    assert f"Saved in {path.relative_to(folder)}" in result.stdout
    assert (folder / "imported").read_text() == "set()"


def test_the_file_holds_raw_rounds_and_documented_records(measured):
    content = json.loads(saved(measured[0])[0].read_text())
    assert "unfinished" not in content
    assert Machine.model_validate(content["machine_info"]["lab6"]).versions["tensorflow"]
    assert not [name for name in content["machine_info"]["cpu"] if name.startswith("hz_")]
    assert len(content["benchmarks"]) == 6
    for benchmark in content["benchmarks"]:
        record = Record.model_validate(benchmark["extra_info"])
        assert record.saved() == benchmark["extra_info"]
        assert record.schema_version == SCHEMA_VERSION
        own = {name: getattr(record, name) for name in ("engine", "device", "batch_size")}
        assert benchmark["params"] == own | {"workers": 1, "threads": None}
        assert len(benchmark["stats"]["data"]) == 2
        assert all(seconds > 0 for seconds in benchmark["stats"]["data"])
        assert [(round_.process, round_.seed) for round_ in record.rounds] == [(1, 0), (1, 1)]
        assert all(round_.cores for round_ in record.rounds) == hasattr(os, "sched_getaffinity")
        assert record.threads >= 1
        assert record.steps_per_epoch == -(-200 // record.batch_size)
        assert record.dataset_digest.startswith("sha256:eee496b4")
        assert (record.compile_seconds is None) == (record.engine == "tape")
        ceilings = Ceilings(record.peak_flops_per_second, record.peak_bytes_per_second)
        floor = epoch_floor(dense_cost(record.network, "adam"), record.batch_size, 200, ceilings)
        assert record.limit_seconds == floor.seconds > 0
        assert (record.load_before is None) == (processors.read() is None)
        assert {round_.other_cpu_seconds is None for round_ in record.rounds} == {record.load_before is None}
        assert all(round_.peak_memory_bytes > 10**8 for round_ in record.rounds if round_.peak_memory_bytes)


def test_engines_agree_on_what_was_learned(measured):
    content = json.loads(saved(measured[0])[0].read_text())
    records = [Record.model_validate(benchmark["extra_info"]) for benchmark in content["benchmarks"]]
    for batch_size in (10, 150):
        compiled, fit, tape = (
            [round_.training_accuracy for round_ in record.rounds]
            for record in records
            if record.batch_size == batch_size
        )
        assert compiled == pytest.approx(tape, abs=0.011)
        assert sum(fit) / 2 == pytest.approx(sum(compiled) / 2, abs=0.15)


def test_a_log_is_plain_and_says_what_matters(measured):
    lines = measured[1].stdout.splitlines()
    text = measured[1].stdout
    assert "\x1b" not in text
    assert sum(line.startswith("Data set: digits, NOT MNIST, 200 + 10,000 images") for line in lines) == 2
    data = next(index for index, line in enumerate(lines) if line.startswith("Data set:"))
    first = next(index for index, line in enumerate(lines) if "compiled on cpu, minibatch size 10:" in line)
    assert data < first
    own_table = next(index for index, line in enumerate(lines) if line.startswith("One epoch with compiled on cpu"))
    their_table = next(index for index, line in enumerate(lines) if "Name (time in" in line)
    assert their_table < own_table
    assert all(len(line) <= 80 for line in lines[own_table : own_table + 8])
    assert re.search(r"^Machine: .* cores, .* GiB", text, re.MULTILINE)
    assert re.search(r"^Versions: Python .*TensorFlow .*Keras .*NumPy", text, re.MULTILINE)


def test_real_mnist_is_measured_and_named(tmp_path, mnist_folder):
    folder = project(tmp_path)
    arguments = ("--benchmark-save", "--batch-sizes=1000", "--devices=cpu", "--processes=1")
    result = run(folder, "benchmarks", *arguments, LAB6_DATA_DIR=str(mnist_folder))
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Data set: MNIST, 60,000 + 10,000 images, from {mnist_folder}" in result.stdout
    (path,) = saved(folder)
    assert path.name == "0001_mnist-compiled.json"
    (benchmark,) = json.loads(path.read_text())["benchmarks"]
    record = Record.model_validate(benchmark["extra_info"])
    assert record.dataset == "mnist"
    assert all(0.77 < round_.training_accuracy < 0.83 for round_ in record.rounds)
    assert all(0.89 < round_.test_accuracy < 0.93 for round_ in record.rounds)


@pytest.mark.parametrize(("backend", "packages"), [("jax", {"jax", "jaxlib"}), ("torch", {"torch"})])
def test_each_keras_backend_measures_and_says_so(tmp_path, digits, backend, packages):
    pytest.importorskip(backend)
    folder = project(tmp_path)
    arguments = ("--benchmark-save", *SMALL, "--batch-sizes=100", "--processes=1")
    result = run(folder, "benchmarks", *arguments, KERAS_BACKEND=backend)
    assert result.returncode == 0, result.stdout + result.stderr
    (path,) = folder.glob("results/*/0001_*.json")
    saved = json.loads(path.read_text())
    assert packages < set(saved["machine_info"]["lab6"]["versions"]) <= {*packages, "python", "keras", "numpy"}
    record = Record.model_validate(saved["benchmarks"][0]["extra_info"])
    assert (record.backend, record.engine) == (backend, "fit" if backend == "torch" else "compiled")
    assert record.rounds[0].training_accuracy > 0.05
    assert "warning" not in result.stdout
