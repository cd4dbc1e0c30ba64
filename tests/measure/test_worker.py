import os
import re
import signal
import sys
import threading
from pathlib import Path

import pytest

import lab6
from lab6.errors import CacheError
from lab6.measure.commands import PROTOCOL, Worker
from lab6.measure.process import Died, Process, WorkerError, ending
from lab6.measure.way import Way
from lab6.record import Round

ROOT = Path(lab6.__file__).parents[1]
LESS = "leave out the largest of --batch-sizes."
PREPARING = {"batch_size": 50, "optimizer": "adam", "learning_rate": 0.001, "seed": 0}


@pytest.fixture(scope="module")
def core() -> int | None:
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


@pytest.fixture(scope="module")
def worker(tmp_path_factory, core):
    """A worker that has started, without data yet; it finds no pytest and lives for a minute at most."""
    folder = tmp_path_factory.mktemp("no-pytest")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("pytest", "_pytest", "pytest_benchmark"):
            (folder / f"{name}.py").write_text("raise ImportError('a worker imports no pytest', name=__name__)\n")
        patch.setenv("PYTHONPATH", str(folder))
        cores = None if core is None else (core,)
        process = Process(Way("compiled", "tensorflow", ROOT, threads=1, cores=cores))
    limit = threading.Timer(60, process._spawned.process.kill)
    limit.start()
    with ending([process]):
        process.started()
        yield process
    limit.cancel()


@pytest.fixture(scope="module")
def loaded(worker, digits):
    """The same worker with data."""
    worker.ask("load", dataset="digits", digest=digits.digest, data_dir=None, images=200)
    return worker


def test_it_says_what_it_sees_without_importing_pytest(worker, core):
    facts = worker.facts
    assert (facts["protocol"], facts["lab6_version"]) == (PROTOCOL, lab6.__version__)
    assert facts["threads"] == [1, 1]
    assert set(facts["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    assert worker.cores == (None if core is None else str(core))


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow", reason="it starts in this process")
def test_a_worker_that_should_train_on_more_gpus_than_there_are_says_so():
    worker = Worker()
    start = {"engine": "fit", "backend": "tensorflow", "device": "gpu:7", "place": None, "cores": None, "gpus": 2}
    assert "unavailable" not in worker.answer({"do": "start", **start})
    worker.answer({"do": "load", "dataset": "digits", "digest": "", "data_dir": None, "images": 200})
    answer = worker.answer({"do": "prepare", **PREPARING})
    assert answer["unavailable"].startswith("--workers: 2 workers need as many GPUs, gpu:7 and the next ones, but")


def test_other_data_than_the_one_that_asks_has_are_refused_in_one_sentence(worker):
    with pytest.raises(WorkerError) as caught:
        worker.ask("load", dataset="digits", digest="sha256:another", data_dir=None, images=200)
    assert str(caught.value).startswith("compiled failed: the data set digits has the digest sha256:")
    assert " in a worker, and not sha256:another: run it again" in str(caught.value)


def test_the_same_seed_trains_the_same_epoch_to_the_last_bit(loaded):
    ready = loaded.ask("prepare", **PREPARING)
    assert (ready["steps"], ready["precision"], ready["parameter_count"]) == (4, "float32", 101_770)
    assert ready["network"] == [784, 128, 10]
    assert ready["compile_seconds"] > 0
    assert ready["expected_seconds"] > 0
    answers = [loaded.ask("round", seed=seed) for seed in (3, 4, 3)]
    first, other, again = (Round.model_validate(answer["round"]) for answer in answers)
    learned = [(each.training_accuracy, each.training_loss, each.test_accuracy) for each in (first, other, again)]
    assert learned[0] == learned[2] != learned[1]
    assert (first.seed, other.seed) == (3, 4)
    assert all(answer["seconds"] > 0 for answer in answers)


def test_what_fails_costs_one_command(loaded):
    loaded.ask("free")
    with pytest.raises(WorkerError, match=r"^compiled failed: \w+: .*$"):
        loaded.ask("round", seed=0)
    assert loaded.ask("free") == {}


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_ctrl_c_is_not_for_workers(worker):
    os.kill(worker.identity, signal.SIGINT)
    assert worker.ask("free") == {}


def test_it_ends_when_its_input_ends_even_in_the_middle_of_a_command(loaded):
    """The last of this file: there is no worker afterwards."""
    loaded.tell("prepare", **PREPARING | {"batch_size": 1})
    loaded._spawned.process.stdin.close()
    loaded._spawned.process.stdin = None
    assert loaded._spawned.process.wait(20) == 0
    with pytest.raises(Died, match="process 1 of compiled ended with exit code 0"):
        loaded.answer()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ModuleNotFoundError("No module named 'jax'", name="jax"),
            {"unavailable": "jax is missing (No module named 'jax')"},
        ),
        (CacheError("one may be damaged: run it again."), {"failed": "one may be damaged: run it again."}),
        (MemoryError(), {"failed": f"there is not enough memory (MemoryError: MemoryError): {LESS}"}),
        (
            RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 5 bytes."),
            {
                "failed": "there is not enough memory (RuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 5 "
                f"bytes.): {LESS}"
            },
        ),
        (
            ValueError("Exception encountered when calling Own.call().\n\n\x1b[1mno such axis\x1b[0m\n\nArguments"),
            {"failed": "ValueError: no such axis"},
        ),
        (ValueError("first\nsecond"), {"failed": "ValueError: first"}),
        (RuntimeError("x" * 1_000), {"failed": f"RuntimeError: {'x' * 300}"}),
    ],
)
def test_whatever_a_framework_raises_is_one_short_line(monkeypatch, error, said):
    def free(self):
        raise error

    monkeypatch.setattr(Worker, "free", free)
    assert Worker().answer({"do": "free"}) == said


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_framework_that_cannot_read_where_lab6_is_is_not_available(monkeypatch, backend):
    monkeypatch.setattr(sys.modules[Worker.__module__], "__file__", "/not\udcffutf8/lab6/measure/commands.py")
    command = {"do": "start", "engine": "compiled", "backend": backend, "device": "cpu", "place": None, "cores": None}
    answer = Worker().answer(command)
    sentence = rf"{backend} cannot read the name of .*, /not\?utf8/lab6, .*: move lab6 elsewhere\."
    assert re.fullmatch(sentence, answer["unavailable"])
