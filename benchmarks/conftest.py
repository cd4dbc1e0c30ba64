"""Everything in this folder is measured by lab6."""

import pytest

from lab6.against import Against, judge
from lab6.measure.benchmarks import Benchmarks
from lab6.measure.plugin import OPTIONS

collect_ignore = ["test_peers.py"]  # measured only where it is named


def pytest_configure(config: pytest.Config) -> None:
    benchmarks = Benchmarks(config, judge(config.stash[OPTIONS]))
    config.pluginmanager.register(benchmarks, "lab6-benchmarks")
    config.pluginmanager.register(Against(benchmarks), "lab6-against")
