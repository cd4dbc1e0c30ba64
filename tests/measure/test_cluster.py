"""``pytest benchmarks --cluster`` for real, with two workers of JAX, each as on a machine of its own."""

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab6.measure.team import start
from lab6.measure.way import Way
from tests import cluster
from tests.cluster import NAMES, ROOT, Pytest, free_port

pytest.importorskip("jax")

BRIEF = ("benchmarks", "--batch-sizes=50", "--processes=1", "--rounds=2")
ENDLESS = ("benchmarks", "--batch-sizes=50", "--processes=1", "--rounds=10000", "--patience=10")
BY_HAND = "{rank}/2@" + cluster.ADDRESS.format(1) + ":15000"


@contextlib.contextmanager
def machines(folder: Path, *arguments: str, place: str = BY_HAND) -> Iterator[tuple[list[str], Pytest, Pytest]]:
    """The same command on two machines; ``place``: for --cluster. Also the namespaces."""
    started = []
    with cluster.cable() as namespaces:
        try:
            for rank, (namespace, name) in enumerate(zip(namespaces, NAMES, strict=True)):
                before = cluster.machine(namespace, name, folder)
                given = f"--cluster={place.format(rank=rank)}"
                started.append(Pytest(folder / name, *arguments, given, before=before))
            yield namespaces, *started
        finally:
            for each in started:
                each.end()


@contextlib.contextmanager
def processes(folder: Path, *variables: dict[str, str]) -> Iterator[list[Pytest]]:
    """``--cluster auto`` in processes of this machine that have these environment variables."""
    started = []
    try:
        for rank, own in enumerate(variables):
            started.append(Pytest(folder / str(rank), *BRIEF, "--cluster=auto", **own))
        yield started
    finally:
        for each in started:
            each.end()


@pytest.fixture(scope="module")
def alone() -> list[dict]:
    """What one worker learns in two rounds."""
    process = start(Way("compiled", "jax", ROOT, threads=1))
    try:
        process.started()
        process.ask("load", dataset="digits", digest="", data_dir=None, images=600)
        process.ask("prepare", batch_size=50, optimizer="adam", learning_rate=None, seed=0)
        return [process.ask("round", seed=seed)["round"] for seed in (0, 1)]
    finally:
        process.end()


def learns_as(alone: list[dict], first: Pytest, hosts: int | None) -> None:
    """Make sure that what the first machine saved is what one worker learns."""
    (saved,) = first.saved()
    assert (saved["extra_info"]["workers"], saved["extra_info"].get("hosts")) == (2, hosts)
    for ours, theirs in zip(saved["extra_info"]["rounds"], alone, strict=True):
        assert ours["seed"] == theirs["seed"]
        assert ours["training_loss"] == pytest.approx(theirs["training_loss"], rel=1e-5)
        assert ours["training_accuracy"] == pytest.approx(theirs["training_accuracy"], abs=1.5 / 600)
        assert ours["test_accuracy"] == pytest.approx(theirs["test_accuracy"], abs=2.5 / 10_000)


def test_two_machines_learn_what_one_learns_and_only_the_first_saves(tmp_path, alone):
    with machines(tmp_path, *BRIEF) as (_, first, other):
        assert (first.ended(), other.ended()) == (0, 0), first.printed + other.printed
    learns_as(alone, first, hosts=2)
    assert other.saved() == []
    assert "Worker 2 on two trains with the first one, which measures, prints and saves." in other.printed
    assert "nothing was measured" not in other.printed


def ends_with_the_name_of(rank: int, first: Pytest, other: Pytest, way: str = "compiled (JAX)") -> None:
    """Make sure that the run has ended on both machines, and that what was finished is kept."""
    assert (first.ended(), other.ended()) == (1, 1), first.printed + other.printed
    sentences = re.findall(r"^  (worker .*; the run ends\.)$", first.printed, re.MULTILINE)
    assert len(sentences) == 1, first.printed
    assert sentences[0].startswith(f"worker {rank + 1} of 2 in process 1 of {way} with 2 workers ")
    assert "worker 2 on two" in other.printed
    assert "Traceback" not in first.printed + other.printed
    assert len(first.saved()[0]["extra_info"]["rounds"]) >= 1


def test_a_cut_cable_ends_the_run_with_the_name_of_the_worker_behind_it(tmp_path):
    with machines(tmp_path, *ENDLESS) as (namespaces, first, other):
        cluster.eventually(first.saved)
        cluster.cut(namespaces[1])
        ends_with_the_name_of(1, first, other)


@pytest.mark.long
@pytest.mark.parametrize("how", ["cut", signal.SIGKILL, signal.SIGSTOP])
def test_the_same_holds_for_the_peer_of_pytorch(tmp_path, how):
    pytest.importorskip("torch")
    with machines(tmp_path, "benchmarks/test_peers.py", *ENDLESS[1:]) as (namespaces, first, other):
        cluster.eventually(first.saved)
        if how == "cut":
            cluster.cut(namespaces[1])
        else:
            other.worker().send_signal(how)
        ends_with_the_name_of(1, first, other, "torch-ddp")


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("rank", [0, 1])
def test_a_worker_that_is_killed_or_stopped_ends_the_run_with_its_name(tmp_path, how, rank):
    with machines(tmp_path, *ENDLESS) as (_, first, other):
        cluster.eventually(first.saved)
        (first, other)[rank].worker().send_signal(how)
        ends_with_the_name_of(rank, first, other)


def test_slurm_says_who_is_who(tmp_path, alone):
    job = {"SLURM_JOB_ID": "7", "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0"}
    job["JAX_COORDINATOR_PORT"] = free_port()
    with processes(tmp_path, *(job | {"SLURM_PROCID": rank} for rank in "01")) as (first, other):
        assert (first.ended(), other.ended()) == (0, 0), first.printed + other.printed
    learns_as(alone, first, hosts=None)


@pytest.mark.long
def test_open_mpi_says_who_is_who(tmp_path, alone):
    job = {"OMPI_MCA_orte_hnp_uri": "1531576320.0;tcp://127.0.0.1:34911", "OMPI_COMM_WORLD_SIZE": "2"}
    job["JAX_COORDINATOR_PORT"] = free_port()
    ranks = [dict.fromkeys(("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"), rank) for rank in "01"]
    with processes(tmp_path, *(job | rank for rank in ranks)) as (first, other):
        assert (first.ended(), other.ended()) == (0, 0), first.printed + other.printed
    learns_as(alone, first, hosts=None)


@pytest.mark.long
def test_the_pods_of_the_documented_job_find_each_other(tmp_path, alone):
    """The command of docs/cluster.md, with the number of the pod where Kubernetes puts it."""
    (place,) = re.findall(r"--cluster, (\S*JOB_COMPLETION_INDEX\S*),", (ROOT / "docs" / "cluster.md").read_text())
    place = place.replace("$(JOB_COMPLETION_INDEX)", "{rank}")
    with machines(tmp_path, *BRIEF, place=place) as (_, first, other):
        assert (first.ended(), other.ended()) == (0, 0), first.printed + other.printed
    learns_as(alone, first, hosts=2)
