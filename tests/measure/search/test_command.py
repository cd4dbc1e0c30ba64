"""``lab6 steps`` from the command line: what it keeps, goes on with, and refuses. Most of its workers train nothing."""

import signal
import subprocess
import sys

import pytest

from lab6 import trials
from lab6.measure import places, processors
from lab6.measure.way import Way
from tests import fake_worker
from tests.program import lab6
from tests.projects import environment, rule, wait_until, with_fake_workers, with_source

SMALL = (
    "steps",
    "--dataset",
    "digits",
    "--images",
    "600",
    "--batch-sizes",
    "20,60",
    "--targets",
    "0.5,0.6",
    "--seeds",
    "2",
)
COMMAND = (sys.executable, "-c", "from lab6.__main__ import main; main()", *SMALL, "--output", "table.jsonl")


@pytest.fixture
def pretended(tmp_path, monkeypatch, digits):
    """An empty folder, and workers that train nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Way, "command", property(lambda way: [way.python, fake_worker.__file__]))
    monkeypatch.setattr(processors, "load", lambda: None)
    return tmp_path


def test_a_table_has_the_trials_of_each_size_and_says_what_was_trained(pretended):
    result = lab6(*SMALL)
    path = "results/steps/digits-600images-784-128-10-adam-0.5-0.6.jsonl"
    assert result.returncode == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["minibatch", "steps", "steps"],
        ["size", "to", "50%", "to", "60%"],
        ["20", "51", "76"],
        ["60", "18", "26"],
        [],
        ["The", "table:", path],
    ]
    assert "minibatch size 20: " in result.stderr
    found = trials.read(pretended / path)
    assert {trial.batch_size for trial in found.trials} == {20, 60}
    assert {trial.seed for trial in found.trials} == {0, 1}
    assert found.tried.training_images == 600
    assert found.tried.targets == (0.5, 0.6)
    assert found.tried.network == (784, 128, 10)


def test_a_finished_table_is_not_trained_again(pretended, monkeypatch):
    lab6(*SMALL)
    path = pretended / "results" / "steps" / "digits-600images-784-128-10-adam-0.5-0.6.jsonl"
    before = path.read_bytes()
    monkeypatch.setenv("LAB6_FAKE", '[{"how": "failed", "do": "trial"}]')
    again = lab6(*SMALL)
    assert again.returncode == 0
    assert f"has {len(before.splitlines()) - 1:,} trials already" in again.stderr
    assert path.read_bytes() == before


def test_a_size_that_fails_is_named_and_the_others_are_finished(pretended, monkeypatch):
    monkeypatch.setenv("LAB6_FAKE", '[{"how": "failed", "do": "trial", "batch_size": 60}]')
    result = lab6(*SMALL)
    assert result.returncode == 2
    assert "1 of 2 minibatch sizes are not finished (60: " in result.stderr
    (path,) = (pretended / "results" / "steps").iterdir()
    assert {trial.batch_size for trial in trials.read(path).trials} == {20}


def test_a_worker_that_dies_is_named(pretended, monkeypatch):
    """And with the last of them the search ends."""
    monkeypatch.setenv("LAB6_FAKE", '[{"how": "kill", "do": "trial"}]')
    monkeypatch.setattr(places, "each", lambda: [None, None])
    result = lab6(*SMALL, "--batch-sizes", "20,60,100")
    assert result.returncode == 2
    assert "was killed (SIGKILL)" in result.stderr
    assert "3 of 3 minibatch sizes are not finished" in result.stderr
    assert "Traceback" not in result.stderr


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(tmp_path):
    """It hangs when a size is tried from the second seed for the first time."""
    folder = with_fake_workers(with_source(tmp_path))
    path = folder / "table.jsonl"
    hanging = environment(**rule("hang", do="trial", seed=1))
    with subprocess.Popen(COMMAND, cwd=folder, env=hanging, stdout=-1, stderr=-1, text=True) as process:
        wait_until(lambda: path.exists() and len(path.read_text().splitlines()) >= 11)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    kept = trials.read(path).trials
    assert f"table.jsonl keeps {len(kept)} trials; the same command goes on with it." in " ".join(err.split())
    assert "Traceback" not in err
    assert {trial.seed for trial in kept} == {0}

    again = subprocess.run(COMMAND, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)
    assert again.returncode == 0
    found = trials.read(path).trials
    assert all(trial in found for trial in kept)
    assert {trial.seed for trial in found} == {0, 1}


def test_targets_out_of_reach_are_one_sentence_that_says_what_came_closest(pretended):
    result = lab6(*SMALL[:-4], "--targets", "0.95")
    assert result.returncode == 2
    assert "no trial reached 0.95 within 12 epochs; minibatch size " in result.stderr
    assert " came closest, with 0.500: give lower --targets, or more --max-epochs." in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--targets", "0"), "--targets: '0' is not allowed"),
        (("--targets", "1.5"), "--targets: '1.5' is not allowed"),
        (("--engine", "compiled,fit"), "--engine: the steps do not depend on the engine; give one"),
        (("--engine", "fit"), "--engine: fit cuts other minibatches than the other engines"),
        (("--engine", "none"), "--engine: 'none' is not known"),
        (("--device", "tpu"), "--device: 'tpu' is not allowed"),
        (("--seeds", "0"), "--seeds: '0' is not allowed"),
        (("--max-epochs", "0"), "--max-epochs: '0' is not allowed"),
        (("--batch-sizes", "601"), "--batch-sizes: '601' is not allowed"),
        (("--hidden", "8", "--model", "a.py:b"), "leave one of them out"),
        (("--output", ""), "--output: '' is not allowed"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(pretended, options, said):
    result = lab6("steps", "--dataset", "digits", "--images", "600", *options)
    assert result.returncode == 2
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_real_search_of_digits(tmp_path, monkeypatch, digits):
    monkeypatch.chdir(tmp_path)
    small = (
        "steps",
        "--dataset",
        "digits",
        "--images",
        "2000",
        "--batch-sizes",
        "100",
        "--targets",
        "0.6",
        "--seeds",
        "2",
    )
    result = lab6(*small, "--engine", "compiled")
    assert result.returncode == 0, result.stderr
    (path,) = (tmp_path / "results" / "steps").iterdir()
    found = trials.read(path).trials
    assert {trial.decay_steps is None for trial in found} == {True, False}
    reached = [trial for trial in found if trial.steps_to(0.6)]
    assert all(trial.steps_to(0.6) <= trial.steps and trial.best_accuracy >= 0.6 for trial in reached)
    assert len(reached) > 5
