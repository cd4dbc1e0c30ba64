"""``pytest benchmarks --against`` on small data: once for real, otherwise with workers that train nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab6.measure.process import Process
from lab6.record import Record
from lab6.store.load import load
from tests.measure.conftest import git
from tests.projects import SMALL, change, environment, lines, pretend, project, run, saved, with_source

ARGUMENTS = ("benchmarks", *SMALL, "--engines=tape", "--batch-sizes=200,100", "--rounds=2", "--benchmark-save")


def committed(folder: Path) -> Path:
    (folder / ".gitignore").write_text("__pycache__\nresults\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def sides(folder: Path) -> tuple[dict, dict]:
    """What is saved of baseline and candidate."""
    baseline, candidate = (json.loads(path.read_text()) for path in saved(folder))
    return baseline, candidate


def records(content: dict) -> list[Record]:
    return [Record.model_validate(own["extra_info"]) for own in content["benchmarks"]]


@pytest.fixture(scope="module")
def repository(tmp_path_factory, digits):
    return committed(project(tmp_path_factory.mktemp("repository")))


@pytest.fixture(scope="module")
def played(tmp_path_factory, digits):
    """A repository with a change that is not committed, in which real duets were played; git's status before; output.

    The change marks each round of the side that has it.
    """
    folder = committed(with_source(tmp_path_factory.mktemp("played")))
    worker = folder / "lab6" / "measure" / "commands.py"
    change(worker, '"round": round_.saved()}', '"round": round_.saved() | {"gpu_celsius_before": 42}}')
    change(folder / "lab6" / "__init__.py", '__version__ = "0.1.0"', '__version__ = "0.2.0"')
    (folder / "lab6" / "new.py").write_text("")
    status = git(folder, "status", "--porcelain")
    result = run(folder, *ARGUMENTS, "--against=HEAD", "--duration=1", "--minimum-effect=100%")
    return folder, status, result


def test_each_side_trains_its_own_code_from_the_same_seeds(played):
    folder, _, result = played
    assert result.returncode == 0, result.stdout + result.stderr
    baseline, candidate = map(records, sides(folder))
    assert len(baseline) == len(candidate) == 2
    for pair in zip(candidate, baseline, strict=True):
        for record, mark in zip(pair, (42, None), strict=True):
            assert [(round_.process, round_.seed) for round_ in record.rounds] == [(1, 0), (1, 1)]
            assert {round_.gpu_celsius_before for round_ in record.rounds} == {mark}
        learned = [[round_.training_accuracy for round_ in record.rounds] for record in pair]
        assert learned[0] == learned[1]
        assert [record.lab6_version for record in pair] == ["0.2.0", "0.1.0"]
    assert "Differs: lab6_version is 0.1.0 in the baseline and 0.2.0 in the candidate." in result.stdout


def test_both_files_say_what_they_are_and_the_tree_is_untouched(played):
    folder, status, _ = played
    contents = sides(folder)
    baseline, candidate = map(records, contents)
    assert len({record.duet for record in (*baseline, *candidate)}) == 1
    assert [{record.side for record in side} for side in (baseline, candidate)] == [{"baseline"}, {"candidate"}]
    assert {record.played for record in (*baseline, *candidate)} <= {"at the same time", "in turns"}
    assert {record.threads for record in (*baseline, *candidate)} == {1}
    assert len(load(str(folder / "results"))) == 8
    assert "unfinished" not in contents[0] | contents[1]
    commit = git(folder, "rev-parse", "HEAD")
    commits = [side["commit_info"] for side in contents]
    assert [(own["id"], own["dirty"]) for own in commits] == [(commit, False), (commit, True)]
    assert git(folder, "status", "--porcelain") == status
    assert git(folder, "stash", "list") == ""
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_the_output_says_how_the_sides_trained_and_where_the_files_are(played):
    folder, _, result = played
    text = result.stdout
    baseline, candidate = (str(path.relative_to(folder)) for path in saved(folder))
    assert Path(baseline).name == "0001_digits-200images-tape-baseline.json"
    assert Path(candidate).name == "0002_digits-200images-tape.json"
    assert "Compares the working tree with HEAD." in text
    assert "Both train cpu: " in text
    assert "  pair 1: " in text
    assert "Traceback" not in text + result.stderr
    assert f"Saved in {baseline} and {candidate}" in text
    assert f"check {baseline} {candidate}" in text
    assert text.index("Both train cpu: ") < text.index("pair 1: ") < text.index("Speed, tape on cpu")
    command = [sys.executable, "-c", "from lab6.__main__ import main; main()", "check", baseline, candidate]
    again = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stdout + again.stderr


def test_pairs_have_seeds_of_their_own(repository):
    result = pretend(repository, *ARGUMENTS, "--against=HEAD", "--duration=2")
    assert result.returncode == 0, lines(result)
    for record in (record for content in sides(repository) for record in records(content)):
        pairs = range(1, len(record.rounds) // 2 + 1)
        expected = [(pair, 2 * (pair - 1) + number) for pair in pairs for number in (0, 1)]
        assert [(round_.process, round_.seed) for round_ in record.rounds] == expected
        assert len(expected) >= 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--benchmark-disable"], "--against: nothing is timed with --benchmark-disable: leave one of them out."),
        (["-n", "2"], "-n: tests that run at the same time disturb each other's times: leave it out, or add -n 0."),
        (["--collect-only"], "--against: nothing is timed with --collect-only: leave that out."),
        (
            ["--check-against=x"],
            "--against makes its own comparison: leave --benchmark-compare and --check-against out",
        ),
        (["-k", "nothing"], "--against: no benchmark was selected, so nothing can be compared."),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(repository, arguments, message):
    if arguments[0] == "-n":
        pytest.importorskip("xdist")
    result = pretend(repository, *ARGUMENTS, "--against=HEAD", *arguments)
    assert result.returncode == 2, lines(result)
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"ERROR: {message}")
    assert not any("Exit" in line or "Interrupted" in line for line in lines(result))


def test_a_wrong_revision_is_refused_before_any_worker_starts(repository, tmp_path, monkeypatch):
    monkeypatch.setattr(Process, "__init__", None)
    outside = project(tmp_path)
    for folder, revision, sentence in (
        (repository, "nothing", "--against: 'nothing' is not a revision of this repository; give a commit, a branch"),
        (outside, "HEAD", "--against needs the git repository that"),
    ):
        result = pretend(folder, *ARGUMENTS, f"--against={revision}")
        assert result.returncode == pytest.ExitCode.USAGE_ERROR
        assert any(line.startswith(f"ERROR: {sentence}") for line in lines(result))
