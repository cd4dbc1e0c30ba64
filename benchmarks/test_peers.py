"""How long one epoch takes as others would train it, and whether they learn as well: Keras on each of its backends, and
JAX and PyTorch written by hand.

``pytest benchmarks/test_peers.py --benchmark-save=peers`` measures all of them, on the CPU; ``-k "jax-scan or
compiled"`` some. They take turns, so that whatever disturbs the machine for a while meets all of them. A way that this
machine lacks is skipped. ``--workers 2`` races those that train with two workers, beside the same with one.
"""

import pytest

from benchmarks.peers import learning
from benchmarks.peers.ways import racing, versions
from lab6.measure.plan import Measured
from lab6.training import shares


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
    if len(options.threads) > 1:
        raise pytest.UsageError("--threads: the peers race with one number of threads: give one, such as 1.")
    lab6.ways.update(racing(plan))
    lab6.add_versions(versions())
    workload = plan.case(next(iter(lab6.ways.values())), 1).workload
    images, workers = plan.data.training_images, {way.workers for way in lab6.ways.values()}
    sizes = [size for size in options.sizes(images) if all(shares.divides(size, images, each) for each in workers)]
    cases = [(way, "cpu", size) for size in sizes for way in lab6.ways]
    names = ["-".join([workload, way, device, str(size)]) for way, device, size in cases]
    metafunc.parametrize(("way", "device", "batch_size"), cases, ids=names)


def test_peer(request: pytest.FixtureRequest, measured: Measured, way: str, device: str, batch_size: int) -> None:
    """Train on every image once, shuffled, until the device has finished; the ways take turns."""
    lab6 = request.config.pluginmanager.getplugin("lab6-benchmarks")
    lab6.report(measured)
    names = {of: name for name, of in lab6.ways.items()}
    field = [each for each in lab6.run.measured.values() if each.case.batch_size == batch_size and each.rounds]
    records = {names[each.case.way]: lab6.plan().record(each) for each in field if not each.problems}
    if sentence := learning.differences(records, next(iter(lab6.ways))).get(way):
        pytest.fail(sentence, pytrace=False)
