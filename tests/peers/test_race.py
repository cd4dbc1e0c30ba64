"""Processes of their own: real ones, on small data."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from benchmarks import test_peers
from benchmarks.peers.peer import Unavailable
from benchmarks.peers.process import Process, WorkerError
from benchmarks.peers.ways import WAYS, Way
from lab6.analysis import results
from lab6.training.backends import USERS_XLA_FLAGS
from tests.test_benchmarks import environment, project, run, saved

SMALL = ("--dataset=digits", "--images=300", "--batch-sizes=300,70", "--rounds=2", "--benchmark-save=peers")


@pytest.fixture
def compiled():
    process = Process(WAYS["compiled-tensorflow"])
    yield process
    process.end()


def load(process: Process, digits) -> None:
    process.ask("load", dataset="digits", digest=digits.digest, data_dir=None, images=300)


def test_a_worker_trains_each_round_from_its_seed(compiled, digits):
    load(compiled, digits)
    answer = compiled.ask("prepare", batch_size=70, seeds=[4, 5], learning_rate=0.001)
    assert answer["steps"] == 5
    assert answer["compile_seconds"] > 0
    first, second = (compiled.ask("round") for _ in range(2))
    assert [first["round"]["seed"], second["round"]["seed"]] == [4, 5]
    assert first["seconds"] > 0
    assert compiled.ask("free") == {}


def test_what_a_worker_cannot_do_is_one_sentence_and_it_goes_on(compiled, digits):
    load(compiled, digits)
    with pytest.raises(WorkerError, match="compiled-tensorflow failed: AssertionError: prepare comes first"):
        compiled.ask("round")
    with pytest.raises(WorkerError, match="compiled-tensorflow failed: DataError: .* has the digest"):
        compiled.ask("load", dataset="digits", digest="sha256:other", data_dir=None, images=300)
    assert compiled.ask("free") == {}


def test_a_worker_that_dies_is_reported(compiled, digits):
    load(compiled, digits)
    os.kill(compiled._process.pid, signal.SIGKILL)
    with pytest.raises(WorkerError, match="the process of compiled-tensorflow died with exit code -9"):
        compiled.ask("free")


def test_a_worker_ends_when_nobody_speaks_to_it_any_more(compiled, digits):
    load(compiled, digits)
    compiled._process.stdin.close()
    compiled._process.stdin = None  # or it would be closed once more
    assert compiled._process.wait(30) == 0


def test_a_way_whose_framework_refuses_or_is_missing_is_unavailable(digits, monkeypatch):
    monkeypatch.setattr(Way, "environment", {"KERAS_BACKEND": "nonesuch"})
    process = Process(WAYS["fit-tensorflow"])
    try:
        load(process, digits)
        with pytest.raises(Unavailable, match="fit-tensorflow: KERAS_BACKEND: 'nonesuch' is not known"):
            process.ask("prepare", batch_size=70, seeds=[0], learning_rate=0.001)
    finally:
        process.end()


@pytest.fixture(scope="module")
def raced(tmp_path_factory, digits):
    """A project in which three ways have raced, one of which died in its first round."""
    pytest.importorskip("jax")
    folder = project(tmp_path_factory.mktemp("project"))
    peer = folder / "benchmarks" / "peers" / "torch_eager.py"
    peer.write_text(
        "import os\nfrom benchmarks.peers.jax_scan import JaxScan\n\n\nclass TorchEager(JaxScan):\n"
        "    def train_epoch(self):\n        os._exit(3)\n"
    )
    ways = "compiled-tensorflow or jax-scan or torch-eager"
    return folder, run(folder, "benchmarks/test_peers.py", *SMALL, "-k", ways)


def test_a_way_that_dies_costs_only_itself(raced):
    _, result = raced
    assert result.returncode == 1, result.stdout + result.stderr
    assert "4 passed" in result.stdout
    assert "2 failed" in result.stdout
    assert "the process of torch-eager died with exit code 3" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_what_was_raced_is_saved_and_read(raced):
    (path,) = saved(raced[0])
    assert path.name == "0001_peers.json"
    content = json.loads(path.read_text())
    assert {own["name"] for own in content["benchmarks"]} == {
        f"test_peer[digits-300images-{way}-cpu-{size}]"
        for way in ("compiled-tensorflow", "jax-scan")
        for size in (300, 70)
    }
    assert content["machine_info"]["lab6"]["versions"]["jaxlib"]
    rounds = results.load(str(path))
    assert len(rounds) == 8
    ways = set(zip(rounds["engine"], rounds["backend"], strict=True))
    assert ways == {("compiled", "tensorflow"), ("jax-scan", "jax")}
    alike = rounds.pivot(index=["batch_size", "seed"], columns="engine", values="training_accuracy")
    assert alike["compiled"].to_numpy() == pytest.approx(alike["jax-scan"].to_numpy(), abs=1.5 / 300)


def test_the_folder_alone_does_not_race(tmp_path, digits):
    result = run(project(tmp_path), "benchmarks", "--collect-only", "-q", *SMALL)
    assert "test_epoch[" in result.stdout
    assert "test_peer" not in result.stdout


def test_another_optimizer_is_refused_in_one_sentence(tmp_path, digits):
    result = run(project(tmp_path), "benchmarks/test_peers.py", "--optimizer=sgd", *SMALL)
    assert result.returncode == pytest.ExitCode.INTERRUPTED
    assert "--optimizer: the peers have Adam only; leave it out, or say adam." in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_another_device_is_refused_in_one_sentence():
    options = SimpleNamespace(optimizer="adam", devices=("gpu:0",))
    plugins = SimpleNamespace(getplugin=lambda _: SimpleNamespace(plan=lambda: SimpleNamespace(options=options)))
    config = SimpleNamespace(pluginmanager=plugins, getoption=lambda _: None)
    with pytest.raises(pytest.UsageError, match="--devices: the peers race on the CPU only; leave it out, or say cpu"):
        test_peers.pytest_generate_tests(SimpleNamespace(config=config))


def test_what_is_written_by_hand_has_the_users_xla_flags_and_lab6s_ways_lab6s(monkeypatch):
    monkeypatch.setenv(USERS_XLA_FLAGS, "--users")
    assert WAYS["jax-scan"].environment["XLA_FLAGS"] == "--users"
    assert "XLA_FLAGS" not in WAYS["compiled-tensorflow"].environment


def test_ctrl_c_keeps_finished_rounds_and_ends_all_processes(tmp_path, digits):
    folder = project(tmp_path)
    arguments = ("--dataset=digits", "--batch-sizes=60000", "--rounds=500", "--benchmark-save", "-k=tensorflow")
    command = [sys.executable, "-u", "-m", "pytest", "benchmarks/test_peers.py", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while not list(folder.glob("results/*/.unfinished/*/0002-00001.json")):
            assert process.poll() is None
            time.sleep(0.1)
        workers = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, text
    assert "Interrupted; benchmarks with a finished round: 2, saved." in text
    assert len(workers) == 2
    assert not any(worker.is_running() for worker in workers)
    (path,) = saved(folder)
    rounds = results.load(str(path))
    assert set(rounds["engine"]) == {"compiled", "fit"}
    assert 2 <= len(rounds) < 1_000
