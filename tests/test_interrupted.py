"""Runs of ``pytest benchmarks`` that are killed, interrupted, or fail: what they had finished is kept."""

import json
import random
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from lab6.store.load import load
from tests.projects import (
    environment,
    gone,
    lines,
    pretend,
    pytest_command,
    rule,
    run,
    saved,
    wait_until,
    with_fake_workers,
    with_source,
)

TAPE = ("benchmarks", "--devices=cpu", "--dataset=digits", "--engines=tape", "--benchmark-save")
THREE_SIZES = (*TAPE, "--images=200", "--batch-sizes=200,100,50")
KILLED = -signal.SIGKILL


@pytest.fixture
def pretended(tmp_path, digits):
    """A project whose workers train nothing, also in a process of its own."""
    return with_fake_workers(with_source(tmp_path))


@contextmanager
def begun(folder: Path, *arguments: str, ignoring: bool = False, **more: str) -> Iterator[subprocess.Popen]:
    """``pytest`` with ``arguments``, whose output goes to a file; it and its workers are killed at the end."""
    shell = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"] if ignoring else []
    command = [*shell, *pytest_command(*arguments)]
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**more), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        left = workers(process)
        process.kill()
        process.wait(10)
        for each in left:
            if each.is_running():
                each.kill()


def workers(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []


def interrupt(process: subprocess.Popen, folder: Path, expected: int) -> str:
    """Ctrl-C, which ends pytest with so many workers; what was printed."""
    left = workers(process)
    assert len(left) == expected
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == pytest.ExitCode.INTERRUPTED
    assert gone(left)
    text = (folder / "output").read_text()
    assert not any(word in text for word in ("Traceback", "Warning"))
    return text


def rounds(path: Path) -> dict[int, list[int]]:
    """The seeds of the rounds in a saved run, by minibatch size."""
    benchmarks = json.loads(path.read_text())["benchmarks"]
    for own in benchmarks:
        assert len(own["extra_info"]["rounds"]) == len(own["stats"]["data"]) == own["stats"]["rounds"]
        assert own["stats"]["median"] == pytest.approx(statistics.median(own["stats"]["data"]))
    return {
        own["params"]["batch_size"]: [round_["seed"] for round_ in own["extra_info"]["rounds"]] for own in benchmarks
    }


def finished(folder: Path, size: int, count: int) -> Callable[[], bool]:
    """Whether the files of a run have ``count`` rounds of a minibatch size."""
    return lambda: bool(saved(folder)) and all(len(rounds(path).get(size, [])) == count for path in saved(folder))


def test_a_killed_run_leaves_what_it_had_finished_and_no_worker(pretended):
    with begun(pretended, *THREE_SIZES, **rule("hang", batch_size=100, seed=1)) as process:
        wait_until(finished(pretended, 100, 1))
        left = workers(process)
        process.kill()
        assert process.wait(10) == KILLED
        assert len(left) == 3
        wait_until(lambda: gone(left), seconds=10)
    (path,) = saved(pretended)
    assert path.name == "0001_digits-200images-tape.json"
    content = json.loads(path.read_text())
    assert content["unfinished"] is True
    assert rounds(path) == {200: [0, 1, 2], 100: [0]}
    assert list(load(str(path))["seed"]) == [0, 1, 2, 0]

    assert pretend(pretended, *THREE_SIZES).returncode == 0
    cut_off, whole = saved(pretended)
    assert (cut_off, whole.name) == (path, "0002_digits-200images-tape.json")
    usual = json.loads(whole.read_text())
    assert set(content) == {*usual, "unfinished"}
    for part in ("stats", "extra_info", "options"):
        ours, theirs = (set(each["benchmarks"][0][part]) - {"load_before"} for each in (content, usual))
        assert ours == theirs, part


@pytest.mark.parametrize("ignored", [False, True], ids=["", "by a shell that has it ignored"])
def test_ctrl_c_leaves_finished_rounds_saved_says_so_and_ends_all_workers(pretended, ignored):
    with begun(pretended, *THREE_SIZES, ignoring=ignored, **rule("hang", batch_size=100, seed=1)) as process:
        wait_until(finished(pretended, 100, 1))
        time.sleep(0.5)
        text = interrupt(process, pretended, expected=3)
    assert "Interrupted; benchmarks with a finished round: 2, saved." in text
    (path,) = saved(pretended)
    assert rounds(path) == {200: [0, 1, 2], 100: [0]}
    assert json.loads(path.read_text())["unfinished"] is True


def test_ctrl_c_before_the_first_round_saves_nothing(pretended):
    with begun(pretended, *THREE_SIZES, **rule("hang", batch_size=200, seed=0)) as process:
        wait_until(lambda: len(workers(process)) == 3)
        time.sleep(1.5)
        text = interrupt(process, pretended, expected=3)
    assert "Interrupted; benchmarks with a finished round: 0." in text
    assert saved(pretended) == []


def test_ctrl_c_in_a_duet_keeps_the_pairs_that_both_sides_have_finished(pretended, tmp_path_factory):
    copies = tmp_path_factory.mktemp("temporary")
    python = ("--against-python", pytest_command()[0])
    more = rule("hang", batch_size=100, seed=1) | {"TMPDIR": str(copies)}
    with begun(pretended, *THREE_SIZES, *python, "--rounds=1", **more) as process:
        wait_until(finished(pretended, 200, 1))
        wait_until(lambda: "pair 1:" in (pretended / "output").read_text())
        time.sleep(1.5)  # into the second pair
        interrupt(process, pretended, expected=2)
    assert len(saved(pretended)) == 2
    for path in saved(pretended):
        assert json.loads(path.read_text())["unfinished"] is True
        assert rounds(path) == {200: [0], 100: [0], 50: [0]}
    assert list(copies.iterdir()) == []


def test_a_worker_that_is_killed_costs_only_its_own_rounds(project_folder):
    result = pretend(project_folder, *THREE_SIZES, **rule("kill", batch_size=100, seed=1))
    assert result.returncode == 0, lines(result)
    line = "process 2 of tape was killed (SIGKILL); out of memory, perhaps. Its other rounds are missing."
    assert [each.strip() for each in lines(result)].count(line) == 1
    (path,) = saved(project_folder)
    assert rounds(path) == {200: [0, 1, 2], 100: [0, 2], 50: [0, 2]}
    assert "unfinished" not in json.loads(path.read_text())


@pytest.mark.parametrize(
    ("how", "seed", "kept", "said"),
    [
        ("kill", 0, {200: [0, 1]}, "2 failed, 1 passed"),
        ("failed", 1, {200: [0, 1], 100: [0], 50: [0, 1]}, "tape failed: as it was told to."),
    ],
    ids=["dies", "fails in its second round"],
)
def test_a_worker_that_fails_keeps_what_was_finished_and_the_run_fails(project_folder, how, seed, kept, said):
    result = pretend(
        project_folder, *THREE_SIZES, "--rounds=2", "--processes=1", **rule(how, batch_size=100, seed=seed)
    )
    assert result.returncode == 1, lines(result)
    (path,) = saved(project_folder)
    assert rounds(path) == kept
    assert any(said in line for line in lines(result))
    assert "benchmarks.py:" not in result.stdout  # a part of a traceback


def test_a_lost_worker_ends_the_run_and_what_was_finished_is_kept_as_unfinished(project_folder):
    pytest.importorskip("jax")
    together = ("benchmarks", "--dataset=digits", "--images=200", "--batch-sizes=200,100,50", "--workers=2")
    result = pretend(
        project_folder, *together, "--benchmark-save", **rule("kill", batch_size=100, seed=1), KERAS_BACKEND="jax"
    )
    assert result.returncode == 1, lines(result)
    sentence = (
        "worker 1 of 2 in process 2 of compiled (JAX) with 2 workers was killed (SIGKILL); out of memory, perhaps; "
        "the run ends."
    )
    assert sentence in [each.strip() for each in lines(result)]
    (path,) = saved(project_folder)
    assert rounds(path) == {200: [0, 1, 2], 100: [0]}
    assert json.loads(path.read_text())["unfinished"] is True
    extra = [each["extra_info"] for each in json.loads(path.read_text())["benchmarks"]]
    assert {(own["workers"], "hosts" in own) for own in extra} == {(2, False)}


def read(folder: Path) -> dict[int, list[float]]:
    """What is saved in ``folder``: the training accuracies by minibatch size; each file is whole, or it raises."""
    if not saved(folder):
        return {}
    frame = load(str(folder / "results"))
    return {size: list(own["training_accuracy"]) for size, own in frame.groupby("batch_size")}


@pytest.mark.long
def test_no_finished_round_of_a_run_is_lost_whenever_it_is_killed(tmp_path, digits):
    arguments = (*THREE_SIZES, "--rounds=20")
    template = with_fake_workers(with_source(tmp_path / "template"))
    whole = Path(shutil.copytree(template, tmp_path / "whole"))
    start = time.monotonic()
    assert run(whole, *arguments, LAB6_FAKE_SECONDS="0.01").returncode == 0
    life = time.monotonic() - start
    expected = read(whole)
    assert {size: len(own) for size, own in expected.items()} == {200: 60, 100: 60, 50: 60}
    kills = measuring = number = 0
    while kills < 50:
        number += 1
        folder = Path(shutil.copytree(template, tmp_path / str(number)))
        with begun(folder, *arguments, LAB6_FAKE_SECONDS="0.01") as process:
            end, seen = time.monotonic() + random.uniform(0, life), {}
            while time.monotonic() < end:
                seen = read(folder)
                time.sleep(0.01)
            left = workers(process)
            process.kill()
            kills += process.wait(10) == KILLED
            wait_until(lambda left=left: gone(left), seconds=10)
        kept = read(folder)
        for size, own in kept.items():
            assert own == expected[size][: len(own)], f"other rounds were saved in {folder}"
        for size, own in seen.items():
            assert len(kept.get(size, [])) >= len(own), f"a saved round was lost in {folder}"
        for size in expected:
            if f"minibatch size {size}:" in (folder / "output").read_text():
                assert len(kept[size]) == 60, f"a round that was said to be finished was lost in {folder}"
        measuring += 0 < sum(map(len, kept.values())) < 180
        shutil.rmtree(folder)
    assert measuring >= 5
