"""``pytest benchmarks`` on small data with workers that train nothing; ``test_measured.py`` has those that train."""

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from lab6.measure.process import Process
from lab6.record import Record
from lab6.training.datasets import choose
from tests.projects import (
    SMALL,
    environment,
    lines,
    pretend,
    pytest_command,
    rule,
    run,
    saved,
    with_fake_workers,
    with_source,
)


@pytest.fixture
def saved_run(project_folder):
    """A project with a saved run of one size, and what was printed."""
    result = pretend(project_folder, "benchmarks", *SMALL, "--batch-sizes=150", "--benchmark-save")
    assert result.returncode == 0, lines(result)
    return project_folder, result


def test_the_command_that_is_printed_last_measures_the_same_again_and_compares(saved_run):
    folder, result = saved_run
    again = re.search(r"^Measure again and compare: (\S*pytest) (.*)$", result.stdout, re.MULTILINE)
    result = pretend(folder, *shlex.split(again[2]))
    assert result.returncode == 0, lines(result)
    assert result.stdout.count("(NOW)") == 1


def test_a_second_run_is_compared_and_a_slower_one_fails_without_a_traceback(saved_run):
    folder, _ = saved_run
    arguments = ("benchmarks", *SMALL, "--batch-sizes=150", "--benchmark-compare=0001")
    (first,) = saved(folder)
    content = json.loads(first.read_text())

    content["benchmarks"][0]["stats"]["median"] = 1000.0
    first.write_text(json.dumps(content))
    result = pretend(folder, *arguments, "--benchmark-save=second", "--benchmark-compare-fail=median:10%")
    assert result.returncode == 0, lines(result)
    assert "(0001_digits-" in result.stdout  # their table has room for twelve characters
    assert [path.name for path in saved(folder)][1] == "0002_second.json"

    content["benchmarks"][0]["stats"]["median"] = 1e-6
    first.write_text(json.dumps(content))
    result = pretend(folder, *arguments, "--benchmark-compare-fail=median:10%")
    assert result.returncode == 1
    assert any("Performance has regressed" in line for line in lines(result))
    assert "One epoch with compiled on cpu" in result.stdout


def test_a_run_of_something_else_is_not_compared(saved_run):
    result = pretend(saved_run[0], "benchmarks", *SMALL, "--batch-sizes=100", "--benchmark-compare")
    assert result.returncode == 4
    assert "0001_digits-200images-compiled.json holds no benchmark of the same data set" in result.stderr
    assert "it has digits-200images-compiled-cpu-150 and this run digits-200images-compiled-cpu-100," in result.stderr


def test_a_run_whose_ceilings_are_unknown_is_saved_without_them(project_folder):
    arguments = ("--batch-sizes=100,150", "--processes=1", "--benchmark-save")
    result = pretend(project_folder, "benchmarks", *SMALL, *arguments, **rule("failed", do="ceilings"))
    assert result.returncode == 0, lines(result)
    assert result.stdout.count("the limit of cpu is not known (compiled failed: as it was told to.)") == 1
    for benchmark in json.loads(saved(project_folder)[0].read_text())["benchmarks"]:
        record = Record.model_validate(benchmark["extra_info"])
        assert (record.peak_flops_per_second, record.peak_bytes_per_second, record.limit_seconds) == (None, None, None)


def test_pytest_benchmarks_own_compare_reads_what_was_saved(saved_run):
    command = [sys.executable, "-m", "pytest_benchmark", "--storage", "results", "compare"]
    options = ["--group-by=param:batch_size", "--columns=min,median"]
    result = subprocess.run(
        [*command, *options], cwd=saved_run[0], env=environment(), capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert "test_epoch[digits-200images-compiled-cpu-150]" in result.stdout


@pytest.fixture(scope="module")
def pretended(tmp_path_factory, digits):
    """A project whose workers train nothing, also in a process of its own."""
    return with_fake_workers(with_source(tmp_path_factory.mktemp("pretended")))


def test_a_histogram_is_drawn_and_a_terminal_without_unicode_gets_no_traceback(pretended):
    arguments = (*SMALL, "--batch-sizes=150", f"--benchmark-histogram={pretended}/picture")
    result = run(pretended, "benchmarks", *arguments, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, lines(result)
    assert "One epoch with compiled on cpu" in result.stdout
    (picture,) = pretended.glob("picture*.svg")
    assert picture.stat().st_size > 1_000


def test_a_labelled_machine_has_that_folder_and_no_host_name(project_folder):
    arguments = ("--batch-sizes=200", "--rounds=2", "--optimizer=sgd", "--learning-rate=0.5", "--seed=7")
    result = pretend(project_folder, "benchmarks", "--benchmark-save=mine", *SMALL, *arguments, "--machine=Lab desktop")
    assert result.returncode == 0, lines(result)
    (path,) = saved(project_folder)
    assert path.parts[-2:] == ("lab-desktop", "0001_mine.json")
    content = json.loads(path.read_text())
    assert content["machine_info"]["lab6"]["label"] == content["machine_info"]["node"] == "Lab desktop"
    (benchmark,) = content["benchmarks"]
    assert benchmark["name"] == "test_epoch[digits-200images-sgd0.5-compiled-cpu-200]"
    record = Record.model_validate(benchmark["extra_info"])
    assert (record.optimizer, record.learning_rate) == ("sgd", 0.5)
    by_process = sorted((round_.process, round_.seed) for round_ in record.rounds)
    assert by_process == [(1, 7), (1, 8), (2, 9), (2, 10), (3, 11), (3, 12)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-sizes", "70000"], "--batch-sizes: '70000' is not allowed; give whole numbers from 1 to 60,000."),
        (
            ["--dataset=mine.npz", "--batch-sizes=13"],
            "--batch-sizes: '13' is not allowed; give whole numbers from 1 to",
        ),
        (["--devices", "gpu:99", "--benchmark-save"], "--devices: gpu:99 was asked for, but TensorFlow sees only cpu"),
        (["-p", "no:benchmark"], "lab6 measures with pytest-benchmark, which is not loaded"),
        (["--data-dir", "truncated"], "is damaged or is not a .npz archive"),
        (["--benchmark-save", "--benchmark-storage", "in-the-way"], "results cannot be saved in"),
        (["--benchmark-compare-fail=median:5%"], "there is no saved run (any) to compare with in"),
        (["--benchmark-compare=9999"], "there is no saved run (9999) to compare with in"),
        (["--benchmark-json=nowhere/a.json"], "--benchmark-json: the folder nowhere does not exist"),
        (["--against-python", "no/python"], "--against-python: 'no/python' is not a program; give the path of a"),
    ],
)
def test_wrong_input_is_answered_with_one_sentence_before_any_worker_starts(
    project_folder, monkeypatch, arguments, message
):
    (project_folder / "truncated").mkdir()
    (project_folder / "truncated" / "mnist.npz").write_bytes(b"PK\x03\x04 cut off")
    (project_folder / "in-the-way").write_text("")
    images, labels = np.zeros((12, 4, 4), np.uint8), np.arange(12) % 2
    np.savez(project_folder / "mine.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    if "gpu:99" not in arguments:  # only a framework knows which GPUs there are
        monkeypatch.setattr(Process, "__init__", None)
    has_sizes = any("--batch-sizes" in each for each in arguments)
    small = () if has_sizes else ("--images=200", "--processes=1")
    before = psutil.Process().children()
    result = pretend(project_folder, "benchmarks", *small, *arguments)
    assert psutil.Process().children() == before
    assert result.returncode == 4
    (line,) = [line for line in lines(result) if line.startswith("ERROR")]
    assert message in line
    assert "Not saving anything" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("backend", "engines", "sentence"),
    [
        ("numpy", "fit", "KERAS_BACKEND: 'numpy' is not known; give one of tensorflow, jax, torch."),
        (
            "jax",
            "tape",
            "JAX, which KERAS_BACKEND names, has no tape; give one of compiled, fit, fused, or set",
        ),
        ("torch", "fit,compiled", "give one of fit, fused, or set KERAS_BACKEND to tensorflow or jax."),
    ],
)
def test_what_a_keras_backend_lacks_is_refused(project_folder, backend, engines, sentence):
    result = pretend(project_folder, "benchmarks", *SMALL, f"--engines={engines}", KERAS_BACKEND=backend)
    assert result.returncode == 4
    assert any(line.startswith("ERROR: ") and sentence in line for line in lines(result))


def test_a_folder_taken_for_the_name_of_a_run_is_noticed(project_folder):
    result = pretend(project_folder, "--benchmark-save", "benchmarks")
    assert result.returncode == 4
    assert "took 'benchmarks' for the name" in result.stderr


def test_disabled_benchmarks_run_once_and_report_nothing(project_folder):
    result = pretend(project_folder, "benchmarks", *SMALL, "--batch-sizes=100", "--benchmark-disable")
    assert result.returncode == 0, lines(result)
    assert "1 passed" in result.stdout
    assert "One epoch" not in result.stdout


def test_a_terminal_has_live_progress(pretended):
    pty = pytest.importorskip("pty", reason="needs a system with pseudo-terminals")
    command = pytest_command("benchmarks", *SMALL, "--batch-sizes=100", "--rounds=2")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=pretended, env=environment(TERM="xterm"), stdout=theirs, stderr=theirs)
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while chunk := os.read(ours, 65_536):
            output += chunk
    assert process.wait(60) == 0
    text = output.decode()
    assert "[1/1] compiled on cpu, minibatch size 100: compiling" in text
    assert "starting 3 processes" in text
    assert "process 3 of 3, round 2 of 2" in text
    assert "Data set: digits, NOT MNIST" in text


def test_a_network_that_swallows_everything_does_not_hold_up_the_start(project_folder, monkeypatch):
    """A proxy that never answers stands for such a network; tests of the data sets tell how long it may take."""
    monkeypatch.setitem(choose.SECONDS, "auto", 1)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        proxy = f"http://127.0.0.1:{listening.getsockname()[1]}"
        proxies = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
        start = time.monotonic()
        result = pretend(project_folder, "benchmarks", "--images=200", "--batch-sizes=200", "--devices=cpu", **proxies)
        assert time.monotonic() - start < 20
    assert result.returncode == 0, lines(result)
    assert "digits, NOT MNIST" in result.stdout
    assert "no mirror delivered MNIST within 1 s" in result.stdout or "no answer in time" in result.stdout
