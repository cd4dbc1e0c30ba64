"""How long one epoch takes as others would train it, and whether they learn as well: Keras on each of its backends, and
JAX and PyTorch written by hand.

``pytest benchmarks/test_peers.py --benchmark-save=peers`` measures all of them, on the CPU; ``-k "jax-scan or
compiled"`` some. A way that this machine lacks is skipped.
"""

from collections.abc import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.peers.session import PARAMETERS, Session
from benchmarks.peers.ways import WAYS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lab6 = metafunc.config.pluginmanager.getplugin("lab6-benchmarks")
    plan = lab6.plan()
    if plan.options.optimizer != "adam":
        raise pytest.UsageError("--optimizer: the peers have Adam only; leave it out, or say adam.")
    if (plan.options.devices or ("cpu",)) != ("cpu",):
        raise pytest.UsageError("--devices: the peers race on the CPU only; leave it out, or say cpu.")
    if metafunc.config.getoption("engines") is not None:
        raise pytest.UsageError("--engines: peers are chosen by name, such as -k 'jax-scan or compiled'; leave it out.")
    for way in WAYS.values():
        lab6.add_versions(way.versions)
    cases = [(way, "cpu", size) for size in plan.options.batch_sizes for way in WAYS]
    names = ["-".join([plan.workload, way, device, str(size)]) for way, device, size in cases]
    metafunc.parametrize(PARAMETERS, cases, ids=names)


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    session = Session(request.session)
    yield session
    session.end()


@pytest.fixture
def benchmark(session: Session, way: str, batch_size: int) -> BenchmarkFixture:
    return session.fixture((way, batch_size))


@pytest.fixture
def race(session: Session, way: str, batch_size: int, benchmark: BenchmarkFixture) -> Callable[[], None]:
    return lambda: session.measure((way, batch_size))


def test_peer(race: Callable[[], None], way: str, device: str, batch_size: int) -> None:
    """Train on every image once, shuffled, until the device has finished; the ways take turns."""
    race()
