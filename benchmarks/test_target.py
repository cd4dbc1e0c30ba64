"""How long training takes to a test accuracy, with the settings that a table of trials recommends.

``pytest benchmarks/test_target.py --benchmark-save`` measures each engine with the minibatch size that should be the
fastest on this machine, by its saved epochs, and with its neighbours; and Keras's ``fit`` as it comes. Evaluations are
outside of the clock.
"""

import pytest

from benchmarks.recommended import Recommended
from lab6.errors import Lab6Error
from lab6.measure.plan import Case, Measured

NAMES = ("engine", "device", "batch_size", "setting")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lab6 = metafunc.config.pluginmanager.getplugin("lab6-benchmarks")
    cases: list[tuple[str, Case]] = []
    try:
        found = Recommended.of(metafunc.config, lab6.plan())
        cases += found.cases()
        lab6.notes += found.notes
    except Lab6Error as error:
        lab6.refusals.append(str(error))
    values = [(case.way.engine, case.way.device, case.batch_size, setting) for setting, case in cases]
    lab6.cases |= dict(zip(values, (case for _, case in cases), strict=True))
    ids = ["-".join([case.workload, *map(str, own)]) for (_, case), own in zip(cases, values, strict=True)]
    metafunc.parametrize(NAMES, values, ids=[name.removesuffix("-recommended") for name in ids])


def test_target(
    request: pytest.FixtureRequest, measured: Measured, engine: str, device: str, batch_size: int, setting: str
) -> None:
    """Train from new parameters until the test accuracy is reached."""
    request.config.pluginmanager.getplugin("lab6-benchmarks").report(measured)
