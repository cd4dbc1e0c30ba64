"""Ways to train with several workers: what PyTorch's learns, and which race."""

import dataclasses
import os
import signal
import sys

import psutil
import pytest

from benchmarks.peers.ways import DDP, WAYS, together
from lab6.measure.team import Lost, start
from lab6.measure.way import Team
from lab6.record import Record
from tests.cluster import ROOT, Pytest, free_port
from tests.measure.conftest import options

PAIR = dataclasses.replace(DDP, tree=ROOT, threads=1, note="with 2 workers", team=Team(2, 10.0))


@pytest.fixture
def begun():
    """Starts a way, prepares it for a minibatch size of 600 digits, and ends it at last."""
    started = []

    def begun(way, batch_size: int):
        pytest.importorskip("torch")
        started.append(process := start(way))
        process.started()
        process.ask("load", dataset="digits", digest="", data_dir=None, images=600)
        process.ask("prepare", batch_size=batch_size, optimizer="adam", learning_rate=0.001, seed=0)
        return process

    yield begun
    for process in started:
        process.end()


def test_two_workers_of_pytorch_learn_what_one_learns(begun):
    """Within the rounding of float32; the last minibatch has 24 images."""
    alone = begun(dataclasses.replace(WAYS["torch-eager"], tree=ROOT, threads=1), 64)
    pair = begun(PAIR, 64)
    assert pair.facts["workers"] == 2
    for seed in (3, 4):
        ours, theirs = (process.ask("round", seed=seed)["round"] for process in (pair, alone))
        assert ours["training_loss"] == pytest.approx(theirs["training_loss"], rel=1e-5)
        assert ours["training_accuracy"] == pytest.approx(theirs["training_accuracy"], abs=1.5 / 600)
        assert ours["test_accuracy"] == pytest.approx(theirs["test_accuracy"], abs=2.5 / 10_000)


@pytest.mark.parametrize(("how", "said"), [("SIGKILL", "was killed (SIGKILL)"), ("SIGSTOP", "is stopped")])
def test_a_lost_worker_of_pytorch_is_named(begun, how, said):
    pair = begun(dataclasses.replace(PAIR, team=Team(2, 3.0)), 64)
    workers = [each for each in psutil.Process().children() if "lab6.measure.worker" in " ".join(each.cmdline())]
    os.kill(max(workers, key=lambda each: each.pid).pid, getattr(signal, how))
    with pytest.raises(Lost) as lost:
        pair.ask("round", seed=0)
    assert str(lost.value).startswith("worker 2 of 2 in process 1 of torch-ddp with 2 workers ")
    assert said in str(lost.value)


def test_with_workers_those_race_that_train_together_beside_the_same_with_one():
    found = together(options(workers="1,2", threads="1"), ROOT)
    assert {"compiled-jax", "torch-eager", "compiled-jax-2workers", "torch-ddp-2workers"} <= found.keys()
    assert "compiled-tensorflow" not in found
    assert {way.workers for name, way in found.items() if "2workers" in name} == {2}
    assert {way.workers for name, way in found.items() if "2workers" not in name} == {1}


def test_in_a_cluster_only_the_peer_of_pytorch_is_measured():
    found = together(options(cluster="1/2@10.0.0.1:5000"), ROOT)
    assert {name: (way.team.rank, way.team.address) for name, way in found.items()} == {
        "torch-ddp": (1, "10.0.0.1:5000")
    }


@pytest.mark.long
def test_torchrun_starts_the_peer_of_pytorch_on_each_machine(tmp_path):
    pytest.importorskip("torch")
    where = ("--no-python", "--nnodes=2", "--master-addr=127.0.0.1", f"--master-port={free_port()}")
    asked = ("benchmarks/test_peers.py", "--cluster=auto", "--batch-sizes=50", "--processes=2")
    started = []
    try:
        for rank in range(2):
            before = (sys.executable, "-m", "torch.distributed.run", f"--node-rank={rank}", *where)
            started.append(Pytest(tmp_path / str(rank), *asked, before=before))
        assert [each.ended() for each in started] == [0, 0], started[0].printed + started[1].printed
    finally:
        for each in started:
            each.end()
    (saved,) = started[0].saved()
    record = Record.model_validate(saved["extra_info"])
    assert (record.engine, record.workers) == ("torch-ddp", 2)
    assert [(round_.process, round_.seed) for round_ in record.rounds] == [(1, 0), (2, 1)]
