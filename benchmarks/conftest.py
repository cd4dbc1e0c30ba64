"""Everything in this folder is measured by lab6."""

import pytest

from lab6.measuring.benchmarks import Benchmarks


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Benchmarks(config), "lab6-benchmarks")
