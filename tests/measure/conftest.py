"""What the tests of measuring share: workers that answer at once, and a plan for them."""

import dataclasses
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lab6.measure.command_line import parse
from lab6.measure.options import HELP, Options
from lab6.measure.plan import Case, Plan
from lab6.measure.progress import Progress
from lab6.measure.target import Goal
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.record import Machine
from tests import fake_worker
from tests.saved import MACHINE

DIGITS = Data("digits", "sha256:0", "for tests", 600, 500, choice="digits")


class Fake:
    """What workers will do that are started with the interpreter ``python``, and what they were told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        python = folder / "fake-python"
        python.write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, '-S', fake_worker.__file__])}\n")
        python.chmod(0o755)
        self.python = str(python)
        self._monkeypatch = monkeypatch
        self._log = folder / "fake-workers.log"
        self._rules: list[dict[str, Any]] = []
        self.console = Console(file=io.StringIO(), width=200)
        self.progress = Progress(self.console, total=1)
        monkeypatch.setenv("LAB6_FAKE_LOG", str(self._log))

    def rule(self, how: str, **when: Any) -> None:
        """Let workers misbehave at a command like this; see fake_worker.py."""
        self._rules.append({"how": how} | when)
        self._monkeypatch.setenv("LAB6_FAKE", json.dumps(self._rules))

    def told(self, *commands: str) -> list[dict[str, Any]]:
        """What the workers were told, in its order; only these ``commands`` if there are any."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [found for found in map(json.loads, lines) if not commands or found["do"] in commands]

    def way(self, engine: str = "compiled", tree: str = "tree", **more: Any) -> Way:
        return Way(engine, "tensorflow", Path("/") / tree, python=self.python, **more)

    @property
    def printed(self) -> list[str]:
        file = self.console.file
        assert isinstance(file, io.StringIO)
        return file.getvalue().splitlines()


@pytest.fixture
def fake(monkeypatch, tmp_path) -> Fake:
    if os.name == "nt":
        pytest.skip("needs scripts that can stand as programs")
    return Fake(monkeypatch, tmp_path)


def options(environment=None, **given: str) -> Options:
    """What the command line means; each option is named without dashes."""
    names = [option.removeprefix("--").replace("-", "_") for option in HELP]
    return parse(Namespace(**(dict.fromkeys(names) | given)), Path("/tree"), environment or {})


def plan(**given: Any) -> Plan:
    """A plan of these options, without any data."""
    chosen, machine = options(**given), Machine.model_validate(MACHINE)
    data = dataclasses.replace(DIGITS, folder=chosen.data_dir, is_part=chosen.images is not None)
    return Plan(chosen, Path("/tree"), Work.of(chosen), data, ("cpu",), machine, None, "0.1.0")


GOAL = Goal((0.97,), learning_rate=0.004, decay_steps=1_700, every=20, steps=1_700)


def case(way: Way, batch_size: int, goal: Goal | None = None, **given: Any) -> Case:
    """A benchmark on the same data."""
    made = plan(**given)
    return Case(way, batch_size, made.work, made.data, goal)


def git(folder: Path, *arguments: str) -> str:
    options = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *options, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, and changes of each kind since."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "repository"
    (folder / "below").mkdir(parents=True)
    for name in ("kept.py", "changed.py", "deleted.py", "below/code.py", "Süd öst.py"):
        (folder / name).write_text("old")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "changed.py").write_text("new")
    (folder / "below" / "code.py").write_text("staged")
    git(folder, "add", "below")
    (folder / "deleted.py").unlink()
    (folder / "untracked.py").write_text("new")
    (folder / "ignored.log").write_text("new")
    return folder
