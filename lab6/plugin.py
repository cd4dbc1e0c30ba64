"""The pytest plugin for other projects: the fixture ``epoch_benchmark``, and what lab6 does around it.

A project asks for it with ``addopts = "-p lab6.plugin"`` in its configuration of pytest, or with
``pytest_plugins = ["lab6.plugin"]`` in the ``conftest.py`` at its top; lab6 does nothing in projects that do not. See
docs/projects.md.
"""

import pytest

from lab6.against import Against, judge
from lab6.measure import plugin
from lab6.measure.project import Project


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load lab6's options."""
    if not pluginmanager.has_plugin(plugin.__name__):
        pluginmanager.register(plugin, plugin.__name__)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixture and the hooks."""
    project = Project(config, judge(plugin.options_of(config)))
    config.pluginmanager.register(project, "lab6-project")
    config.pluginmanager.register(Against(project), "lab6-against")
