"""Benchmarks in pytest-benchmark's session: the one module that touches pytest-benchmark's internals.

pytest-benchmark times functions inside a test. lab6's epochs are timed by workers, in turns that belong to several
tests, so fixtures are made ahead of their tests and given seconds one by one.
"""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lab6.record import Machine, Record


class Book:
    """The benchmarks of one side: those of the session itself, or others beside it."""

    def __init__(self, config: pytest.Config, beside: bool = False) -> None:
        """``beside``: whether these are not the session's own, and so in none of its tables."""
        self._config = config
        self._benchmarks: list[Any] = [] if beside else session(config).benchmarks
        self._fixtures: dict[str, BenchmarkFixture] = {}

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

    def enter(self, item: pytest.Item, seconds: list[float], record: Record) -> None:
        """Enter what was measured so far for a test: the seconds of each round, and the record beside them."""
        fixture = self._fixtures[item.nodeid]
        stats = fixture.stats or fixture._make_stats(iterations=1)
        stats.stats = type(stats.stats)()  # it remembers its median, and all else, from when it was saved before
        for value in seconds:
            stats.update(value)
        fixture.extra_info.clear()
        fixture.extra_info.update(record.saved())

    def content(self, machine_info: Mapping[str, Any], commit_info: Mapping[str, Any]) -> dict[str, Any]:
        """What pytest-benchmark saves of them."""
        content: dict[str, Any] = self._config.hook.pytest_benchmark_generate_json(
            config=self._config,
            benchmarks=self._benchmarks,
            include_data=True,
            machine_info=machine_info,
            commit_info=commit_info,
        )
        return content


def session(config: pytest.Config) -> Any:
    """pytest-benchmark's own session."""
    return config._benchmarksession  # type: ignore[attr-defined]  # where it is kept


def commit_info(config: pytest.Config) -> dict[str, Any]:
    """What pytest-benchmark saves of the present commit."""
    found = config.hook.pytest_benchmark_generate_commit_info(config=config)
    config.hook.pytest_benchmark_update_commit_info(config=config, commit_info=found)
    return dict(found)


def machine_info(config: pytest.Config, machine: Machine) -> dict[str, Any]:
    """What pytest-benchmark saves of the machine, with ``machine`` in place of what lab6 says of its own side."""
    found = copy.deepcopy(session(config).get_machine_info())
    found["lab6"] = machine.saved()
    return dict(found)
