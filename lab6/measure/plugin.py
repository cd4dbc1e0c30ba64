"""The pytest plugin that this project's pytest configuration loads: lab6's options, and where results are stored.

What happens to benchmarks once they run is in :mod:`lab6.measure.benchmarks`.
"""

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from pytest_benchmark.logger import Logger

from lab6 import paths
from lab6.errors import Lab6Error
from lab6.measure import book, machine
from lab6.measure.command_line import parse
from lab6.measure.options import HELP, Options
from lab6.measure.storage import ResultsStorage
from lab6.outlet import outlet, trouble

UNNAMED = "unnamed"
"""The name of a run that was given none, until what it measures is known."""

OPTIONS = pytest.StashKey[Options]()
"""Where pytest's configuration keeps lab6's options."""

NARROWED = pytest.StashKey[bool]()
"""Whether lab6 chose the columns of pytest-benchmark's table."""

_RESULTS = "results"
_COLUMNS = ("median",)
"""The default columns of pytest-benchmark's table: what fits a terminal; the file has all of them."""

_DEFAULT_STORAGE = "file://./.benchmarks"  # pytest-benchmark's


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add lab6's options, in a group of their own."""
    group = parser.getgroup("lab6", "lab6: what `pytest benchmarks` measures")
    for option, (metavar, text) in HELP.items():
        with _taken(option):
            group.addoption(option, metavar=metavar, help=text)
    pluginmanager.register(book.UnnamedSave(parser, UNNAMED))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Let a run go on, and be saved, if its output cannot be written; this is before pytest captures output."""
    sys.stdout, sys.stderr = outlet(sys.stdout, "replace"), outlet(sys.stderr)
    with _taken(*HELP):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Fail a run that did not do what was asked: its output cannot be written, or nothing was measured."""
    yield
    config, wanted = session.config, book.asked(session.config)
    planned = config.option.collectonly or config.option.setupplan
    if wanted and session.exitstatus == pytest.ExitCode.OK and not planned and not book.session(config).benchmarks:
        print(f"ERROR: {wanted}: nothing was measured.", file=sys.stderr)
        session.exitstatus = 2
    if why := trouble(sys.stdout):
        print(f"ERROR: the output cannot be written ({why}): write it elsewhere.", file=sys.stderr)
        session.exitstatus = 2


def options_of(config: pytest.Config) -> Options:
    """lab6's options. Raises UsageError, or CollectError during collection, if this plugin was not loaded in time."""
    if OPTIONS not in config.stash:
        refused = pytest.Collector.CollectError if book.has_begun(config) else pytest.UsageError
        raise refused(
            "lab6's plugin was not loaded before the benchmarks were collected: name their folder, as in pytest "
            "benchmarks, or add -p lab6.measure.plugin."
        )
    return config.stash[OPTIONS]


def is_early(config: pytest.Config) -> bool:
    """Whether lab6 was loaded before the command line was parsed, as ``--benchmark-save`` without a name needs it."""
    return any(name.startswith("lab6.") for name in config.option.plugins)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Validate the options, and replace pytest-benchmark's storage by lab6's before it is made."""
    if book.has_begun(config):
        return  # it is too late
    try:
        options = parse(config.option, config.rootpath)
    except Lab6Error as error:
        raise pytest.UsageError(str(error)) from error
    if "benchmark_storage" not in config.option:
        raise pytest.UsageError(
            "lab6 measures with pytest-benchmark, which is not loaded: leave -p no:benchmark out, or add "
            "-p pytest_benchmark.plugin where PYTEST_DISABLE_PLUGIN_AUTOLOAD is set."
        )
    if config.option.benchmark_json:
        config.option.benchmark_json = _report(str(config.option.benchmark_json))
    config.stash[OPTIONS] = options
    config.option.benchmark_save_data = True
    if config.option.benchmark_storage == _DEFAULT_STORAGE:
        config.option.benchmark_storage = str(config.rootpath / _RESULTS)
    if not config.option.benchmark_columns:
        config.option.benchmark_columns = list(_COLUMNS)
        config.stash[NARROWED] = True
    book.forgive_cpuinfo(config)
    book.use_storage(config, lambda uri, logger, **_: _storage(config, uri, logger))


@contextlib.contextmanager
def _taken(*options: str) -> Iterator[None]:
    """A context in which another plugin or ``conftest.py`` may turn out to have one of lab6's ``options`` too."""
    try:
        yield
    except (ValueError, argparse.ArgumentError) as error:
        taken = [each for each in options if re.search(rf"(?<![\w-]){each}(?![\w-])|dest '{_dest(each)}'", str(error))]
        if not taken:
            raise
        raise pytest.UsageError(
            f"{taken[0]} is an option of lab6 and of another plugin or a conftest.py: rename that one, or leave lab6's "
            "plugin out."
        ) from error


def _dest(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _storage(config: pytest.Config, uri: str, logger: Logger) -> ResultsStorage | None:
    """lab6's storage for a path or a ``file://`` address; None for Elasticsearch, which is pytest-benchmark's."""
    if uri.startswith("elasticsearch+http"):
        return None
    try:
        root = paths.local("--benchmark-storage", uri.removeprefix("file://"), "a folder")
    except Lab6Error as error:
        raise pytest.UsageError(str(error)) from error
    label = config.stash[OPTIONS].machine or machine.default_label()
    storage = ResultsStorage(root, logger, machine.folder_name(label))
    if name := config.option.benchmark_save or config.option.benchmark_autosave:
        _check_save(config, storage, name)
    return storage


def _report(text: str) -> Path:
    """The file that ``--benchmark-json`` names. Raises UsageError if it cannot be written."""
    file = Path(paths.expanded(text))
    if not file.parent.is_dir():
        raise pytest.UsageError(f"--benchmark-json: the folder {file.parent} does not exist; make it, or name another.")
    there = os.path.lexists(file)
    try:
        file.open("ab").close()
    except OSError as error:
        why = error.strerror
        raise pytest.UsageError(f"--benchmark-json: {file} cannot be written ({why}): name another file.") from error
    if not there:
        file.unlink()
    return file


def _check_save(config: pytest.Config, storage: ResultsStorage, name: str) -> None:
    if not name.isprintable():
        raise pytest.UsageError(f"--benchmark-save: {name[:60]!r} is not allowed; give printable characters.")
    try:
        storage.check_writable(name)
    except Lab6Error as error:
        raise pytest.UsageError(str(error)) from error
    if not config.option.file_or_dir and Path(name).is_dir():
        raise pytest.UsageError(
            f"--benchmark-save took {name!r} for the name to save under; put it after the folder (pytest {name} "
            "--benchmark-save), or give both (--benchmark-save=NAME)."
        )
