"""Folders in which the literal commands run, in a process of their own, or in this one with fake workers."""

import contextlib
import functools
import io
import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cpuinfo
import psutil
import pytest

from lab6.measure import processors, turns
from lab6.measure.way import Way
from tests import fake_worker

ROOT = Path(__file__).parent.parent
SMALL = ("--dataset", "digits", "--images", "200", "--devices", "cpu")
LEFT_OUT = ("LAB6_DATA_DIR", "COLUMNS", "KERAS_BACKEND", "XLA_FLAGS", "TF_XLA_FLAGS")
"""Environment variables of the caller, or set by lab6 in it, that would change what the commands do."""


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


def rule(how: str, **when: Any) -> dict[str, str]:
    """The variable by which fake workers misbehave in a round; see fake_worker.py."""
    return {"LAB6_FAKE": json.dumps([{"how": how, "do": "round"} | when])}


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in LEFT_OUT} | {"COLUMNS": "80"} | more


def pytest_command(*arguments: str) -> list[str]:
    return [sys.executable, "-u", "-m", "pytest", *arguments]


def run(folder: Path, *arguments: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """``pytest`` with ``arguments``, in ``folder``, in a process of its own."""
    return subprocess.run(
        pytest_command(*arguments),
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


cpu_info = functools.cache(cpuinfo.get_cpu_info)


def pretend(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """``pytest`` with ``arguments``, in ``folder``, in this process, with fake workers; it takes half a second."""
    outputs = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(outputs[0]),
        contextlib.redirect_stderr(outputs[1]),
    ):
        patch.chdir(folder)
        for name in LEFT_OUT:
            patch.delenv(name, raising=False)
        for name, value in ({"COLUMNS": "80"} | more).items():
            patch.setenv(name, value)
        patch.setattr(sys, "path", sys.path[:])
        patch.setattr(Way, "command", property(lambda way: [way.python, fake_worker.__file__]))
        patch.setattr(processors, "load", lambda: None)
        patch.setattr(turns, "SETTLE_SECONDS", 0)
        patch.setattr(cpuinfo, "get_cpu_info", lambda: dict(cpu_info()))
        code = pytest.main(list(arguments))
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(f"{folder}{os.sep}"):
            del sys.modules[name]  # another folder has one of the same name
    return subprocess.CompletedProcess(arguments, int(code), *(output.getvalue() for output in outputs))


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """All that was printed, without a traceback in it."""
    assert "Traceback" not in result.stdout + result.stderr
    return (result.stdout + result.stderr).splitlines()


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
