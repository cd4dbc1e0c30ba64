"""How long one epoch takes as others would train it, and whether they learn as well: Keras on each of its backends, and
JAX and PyTorch written by hand.

``pytest benchmarks/test_peers.py --benchmark-save=peers`` measures all of them, on the CPU; ``-k "jax-scan or
compiled"`` some. They take turns, so that whatever disturbs the machine for a while meets all of them. A way that this
machine lacks is skipped.
"""

import pytest

from benchmarks.peers import learning
from benchmarks.peers.ways import REFERENCE, WAYS, versions, ways
from lab6.measure import places
from lab6.measure.plan import Measured


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lab6 = metafunc.config.pluginmanager.getplugin("lab6-benchmarks")
    plan = lab6.plan()
    options = plan.options
    if options.optimizer != "adam":
        raise pytest.UsageError("--optimizer: the peers have Adam only; leave it out, or say adam.")
    if (options.devices or ("cpu",)) != ("cpu",):
        raise pytest.UsageError("--devices: the peers race on the CPU only; leave it out, or say cpu.")
    if metafunc.config.getoption("engines") is not None:
        raise pytest.UsageError("--engines: peers are chosen by name, such as -k 'jax-scan or compiled'; leave it out.")
    if options.is_duet:
        raise pytest.UsageError("--against: the peers race each other; compare revisions with pytest benchmarks.")
    threads = options.one_threads if isinstance(options.one_threads, int) else None
    lab6.ways.update(ways(plan.root, threads, places.first(threads)))
    lab6.add_versions(versions())
    workload = plan.case(next(iter(lab6.ways.values())), 1).workload
    cases = [(way, "cpu", size) for size in options.sizes(plan.data.training_images) for way in WAYS]
    names = ["-".join([workload, way, device, str(size)]) for way, device, size in cases]
    metafunc.parametrize(("way", "device", "batch_size"), cases, ids=names)


def test_peer(request: pytest.FixtureRequest, measured: Measured, way: str, device: str, batch_size: int) -> None:
    """Train on every image once, shuffled, until the device has finished; the ways take turns."""
    lab6 = request.config.pluginmanager.getplugin("lab6-benchmarks")
    lab6.report(measured)
    names = {of: name for name, of in lab6.ways.items()}
    field = [each for each in lab6.run.measured.values() if each.case.batch_size == batch_size and each.rounds]
    records = {names[each.case.way]: lab6.plan().record(each) for each in field if not each.problems}
    if sentence := learning.differences(records, REFERENCE).get(way):
        pytest.fail(sentence, pytrace=False)
