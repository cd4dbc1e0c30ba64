"""Everything in this folder is measured by lab6."""

from pathlib import Path

import pytest

from benchmarks.peers.ways import first
from lab6.against import Against, judge
from lab6.measure import plugin
from lab6.measure.benchmarks import Benchmarks

collect_ignore = ["test_peers.py", "test_target.py"]  # measured only where they are named


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    if not pluginmanager.has_plugin(plugin.__name__):  # the configuration, chosen with -c, does not name it
        pluginmanager.register(plugin, plugin.__name__)


def pytest_configure(config: pytest.Config) -> None:
    benchmarks = Benchmarks(config, judge(plugin.options_of(config)))
    if any(Path(argument.split("::")[0]).name == "test_peers.py" for argument in config.args):
        benchmarks.first = first
    config.pluginmanager.register(benchmarks, "lab6-benchmarks")
    config.pluginmanager.register(Against(benchmarks), "lab6-against")
