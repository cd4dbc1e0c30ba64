"""Folders in which the literal commands run, in processes of their own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests import fake_worker

ROOT = Path(__file__).parent.parent
SMALL = ("--dataset", "digits", "--images", "200", "--devices", "cpu")

SPY = """
import sys
from pathlib import Path

workers = []


def note(event, arguments):
    if event == "subprocess.Popen" and any("worker" in str(argument) for argument in arguments[1]):
        workers.append(arguments[1])


sys.addaudithook(note)


def pytest_unconfigure():
    frameworks = {"tensorflow", "keras", "jax", "torch"} & set(sys.modules)
    Path("spied").write_text(f"{len(workers)} workers, {sorted(frameworks)}")
"""
"""A plugin that writes down how many workers were started, and which frameworks pytest itself has imported."""


def project(folder: Path) -> Path:
    """A copy of what a fresh clone has: the benchmarks and the project's pytest configuration."""
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def with_source(folder: Path) -> Path:
    """Such a copy with lab6 in it, which may be changed: workers too import it from there."""
    shutil.copytree(ROOT / "lab6", project(folder) / "lab6", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Replace what is there once."""
    text = file.read_text()
    assert text.count(old) == 1, f"{old} is not once in {file}"
    file.write_text(text.replace(old, new))


def with_fake_workers(folder: Path) -> Path:
    """Let a copy with lab6 in it start workers that import no framework and train nothing."""
    real, fake = '[self.python, "-P", "-m", "lab6.measure.worker"]', f"[self.python, {fake_worker.__file__!r}]"
    change(folder / "lab6" / "measure" / "way.py", real, fake)
    return folder


def environment(**more: str) -> dict[str, str]:
    left_out = ("LAB6_DATA_DIR", "COLUMNS", "KERAS_BACKEND")
    return {name: value for name, value in os.environ.items() if name not in left_out} | {"COLUMNS": "80"} | more


def pytest_command(*arguments: str) -> list[str]:
    return [sys.executable, "-u", "-m", "pytest", *arguments]


def run(folder: Path, *arguments: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """``pytest`` with ``arguments``, in ``folder``."""
    return subprocess.run(
        pytest_command(*arguments),
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def saved(folder: Path) -> list[Path]:
    return sorted((folder / "results").glob("*/*.json"))


def wait_until(condition: Callable[[], object], seconds: float = 50) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of ``processes`` runs any more; one that ended and has no parent to notice counts as gone."""
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)
