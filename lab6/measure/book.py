"""The only module that relies on private names of pytest-benchmark and pytest; pyproject.toml bounds their versions.

pytest-benchmark times functions inside a test. lab6's epochs are timed by workers, in turns that belong to several
tests, so fixtures are made ahead of their tests and given seconds one by one.
"""

import contextlib
import copy
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
from pytest_benchmark import plugin as benchmark_plugin
from pytest_benchmark import session as benchmark_session
from pytest_benchmark.fixture import BenchmarkFixture
from rich.console import Console

from lab6.probe import probe
from lab6.record import Machine, Record

ASKING = ("save", "autosave", "json", "compare", "compare_fail", "histogram")
"""pytest-benchmark's options that need measured benchmarks."""


class Book:
    """The benchmarks of one side: those of the session itself, or others beside it."""

    def __init__(self, config: pytest.Config, beside: bool = False) -> None:
        """``beside``: whether these are not the session's own, and so in none of its tables."""
        self._config = config
        self._benchmarks: list[Any] = [] if beside else session(config).benchmarks
        self._fixtures: dict[str, BenchmarkFixture] = {}
        self.name = secrets.token_hex(8)
        """Identifies the run among all saved ones, also if its file is copied or its machine renamed."""

    def fixture(self, item: pytest.Item, group: str) -> BenchmarkFixture:
        """pytest-benchmark's fixture of a test, which may not have begun."""
        if item.nodeid not in self._fixtures:
            own = session(self._config)
            self._fixtures[item.nodeid] = BenchmarkFixture(
                item,
                add_stats=self._benchmarks.append,
                logger=own.logger,
                warner=item.warn,
                disabled=own.disabled,
                **own.options,
            )
            self._fixtures[item.nodeid].group = group
        return self._fixtures[item.nodeid]

    def adopt(self, fixture: BenchmarkFixture, group: str) -> None:
        """Take pytest-benchmark's own fixture of a test that has begun."""
        fixture.group = group
        self._fixtures[fixture.fullname] = fixture

    def enter(self, item: pytest.Item, group: str, seconds: list[float], record: Record) -> None:
        """Enter what was measured so far for a test: the seconds of each round, and the record beside them."""
        fixture = self.fixture(item, group)
        stats = fixture.stats or fixture._make_stats(iterations=1)
        stats.stats = type(stats.stats)()  # the old one caches its median and all else
        for value in seconds:
            stats.update(value)
        fixture.extra_info.clear()
        fixture.extra_info.update(record.saved())

    def content(
        self, machine: Machine, commit: Mapping[str, Any], only: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What pytest-benchmark saves of them; ``machine``: what lab6 says of this side's machine; ``only``: tests."""
        benchmarks = [each for each in self._benchmarks if only is None or each.fullname in only]
        info = copy.deepcopy(session(self._config).get_machine_info())
        info["lab6"] = machine.saved()
        content: dict[str, Any] = self._config.hook.pytest_benchmark_generate_json(
            config=self._config, benchmarks=benchmarks, include_data=True, machine_info=info, commit_info=commit
        )
        return content | {"lab6_run": self.name}


def leave(fixture: BenchmarkFixture) -> None:
    """Let pytest-benchmark not warn that a fixture was not used."""
    fixture._mode = "lab6"


def session(config: pytest.Config) -> Any:
    """pytest-benchmark's own session."""
    return config._benchmarksession  # type: ignore[attr-defined]  # pytest-benchmark keeps it there


def show_all_columns(config: pytest.Config) -> None:
    """Let pytest-benchmark's table have its usual columns."""
    session(config).columns = benchmark_session.DEFAULT_COLUMNS


def has_begun(config: pytest.Config) -> bool:
    """Whether pytest-benchmark's session has been made."""
    return hasattr(config, "_benchmarksession")


def asked(config: pytest.Config) -> str:
    """The first of pytest-benchmark's options that needs measured benchmarks; empty if none was given."""
    given = [name for name in ASKING if config.getoption(f"benchmark_{name}")]
    return f"--benchmark-{given[0].replace('_', '-')}" if given else ""


def ask_nothing(config: pytest.Config) -> None:
    """Forget these options, since another machine measures, saves and compares."""
    for name in ASKING:
        setattr(config.option, f"benchmark_{name}", None)
        setattr(session(config), name, None)


def commit_info(config: pytest.Config) -> dict[str, Any]:
    """What pytest-benchmark saves of the present commit."""
    found = config.hook.pytest_benchmark_generate_commit_info(config=config)
    config.hook.pytest_benchmark_update_commit_info(config=config, commit_info=found)
    return dict(found)


def use_storage(config: pytest.Config, make: Callable[..., Any]) -> None:
    """Let pytest-benchmark take the storage that ``make`` returns for an address, unless that is None."""
    original = benchmark_session.load_storage
    config.add_cleanup(lambda: setattr(benchmark_session, "load_storage", original))

    def load(uri: str, **others: Any) -> Any:
        try:
            return make(uri, **others) or original(uri, **others)
        except (ImportError, ValueError) as error:  # of Elasticsearch
            raise pytest.UsageError(f"--benchmark-storage: {uri[:200]} cannot be used ({error}).") from error

    benchmark_session.load_storage = load


def forgive_cpuinfo(config: pytest.Config) -> None:
    """Let pytest-benchmark save a run without a description of the CPU if py-cpuinfo fails."""
    original = benchmark_plugin.get_cpu_info
    config.add_cleanup(lambda: setattr(benchmark_plugin, "get_cpu_info", original))
    benchmark_plugin.get_cpu_info = probe({})(original)


class UnnamedSave:
    """A plugin that makes the name in pytest-benchmark's ``--benchmark-save=NAME`` optional."""

    def __init__(self, parser: pytest.Parser, name: str) -> None:
        """``name``: the one that is used if none is given."""
        self._parser = parser
        self._name = name

    def pytest_plugin_registered(self, plugin: object) -> None:
        """Change the option as soon as pytest-benchmark has added it."""
        if getattr(plugin, "__name__", None) == "pytest_benchmark.plugin":
            for option in self._parser.getgroup("benchmark").options:
                if "--benchmark-save" in option.names():
                    option.attrs().update(nargs="?", const=self._name)


def console_of(config: pytest.Config) -> Console:
    """A console that writes where pytest writes, as wide and as colourful."""
    writer = config.get_terminal_writer()
    file: Any = writer._file
    return Console(file=file, width=writer.fullwidth, no_color=not writer.hasmarkup, highlight=False)


def uncaptured(config: pytest.Config) -> contextlib.AbstractContextManager[None]:
    """A context in which pytest captures no output."""
    manager: Any = config.pluginmanager.getplugin("capturemanager")
    context: contextlib.AbstractContextManager[None] = (
        manager.global_and_fixture_disabled() if manager else contextlib.nullcontext()
    )
    return context


def fail(reporter: pytest.TerminalReporter, code: pytest.ExitCode = pytest.ExitCode.TESTS_FAILED) -> None:
    """Let pytest exit with ``code``; at the summary it is too late for a test to fail."""
    if reporter._session is not None:
        reporter._session.exitstatus = code
