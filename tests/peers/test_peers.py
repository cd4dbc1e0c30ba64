"""What is written by hand learns what lab6's engines learn."""

import functools
import pkgutil
import sys

import keras
import numpy as np
import pytest

from benchmarks.peers.peer import WIDTHS
from benchmarks.peers.ways import WAYS
from lab6.errors import DeviceError
from lab6.training import network, seeded
from lab6.training.datasets import Dataset, Images
from lab6.training.engines import engine
from lab6.training.engines.compiled import Compiled

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # PyTorch uses it itself

PEERS = [name for name, way in WAYS.items() if way.place]


@pytest.fixture(scope="module", autouse=True)
def denormal_numbers():
    """Other tests have them again; the peers in PyTorch flush them for the whole process."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


def make(name: str, dataset, batch_size: int):
    way = WAYS[name]
    pytest.importorskip(way.backend)
    try:
        peer = pkgutil.resolve_name(way.place)(dataset, batch_size)
    except DeviceError as error:
        pytest.skip(str(error))
    peer.prepare()
    return peer


def run(trainer, seed: int):
    trainer.reset(seed)
    return trainer.train_epoch(), trainer.evaluate()


@pytest.fixture(scope="module")
def compiled(small):
    """What lab6 learns with a minibatch size: means, test accuracy and parameters."""

    @functools.cache
    def compiled(batch_size: int):
        made = Compiled(engine.Task(network.build, keras.optimizers.Adam, small, batch_size))
        made.prepare()
        return *run(made, seed=3), made.model.get_weights()

    return compiled


def test_the_initial_parameters_are_those_of_the_network():
    for one, other in zip(seeded.parameters(3, WIDTHS), network.build(3).get_weights(), strict=True):
        assert one.dtype == other.dtype == np.float32
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("batch_size", [64, 600])
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_learns_what_lab6_learns_from_the_same_weights_in_the_same_order(small, compiled, name, batch_size):
    """Within the rounding of float32; PyTorch's own Adam has epsilon elsewhere, which only tiny gradients notice."""
    peer, (theirs, their_accuracy, weights) = make(name, small, batch_size), compiled(batch_size)
    ours, our_accuracy = run(peer, seed=3)
    rounding = 1e-3 if name == "torch-eager" else 1e-5
    assert ours.loss == pytest.approx(theirs.loss, rel=rounding)
    assert ours.accuracy == pytest.approx(theirs.accuracy, abs=1.5 / 600)
    assert our_accuracy == pytest.approx(their_accuracy, abs=2.5 / 500)
    if name != "torch-eager":
        for one, other in zip(peer.parameters(), weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", PEERS)
def test_the_last_smaller_minibatch_counts(small, name):
    """Were it left out, its labels would not matter."""
    first, last = np.split(seeded.order(0, 600), [576])
    labels = small.training.labels.copy()
    labels[last] = (labels[last] + 1) % 10
    other = Dataset("digits", small.digest, "for tests", Images(small.training.pixels, labels), small.test)
    found = []
    for dataset in (small, other):
        peer = make(name, dataset, 64)
        found.append((run(peer, seed=0)[0].loss, peer.parameters()))
        assert peer.steps == len(first) // 64 + 1
    assert found[0][0] != found[1][0]
    assert any(np.any(ours != theirs) for ours, theirs in zip(found[0][1], found[1][1], strict=True))


@pytest.mark.parametrize("name", PEERS)
def test_a_reset_is_exact_whatever_was_trained_before(small, name):
    peer = make(name, small, 64)
    first = run(peer, seed=5), peer.parameters()
    run(peer, seed=9)
    again = run(peer, seed=5), peer.parameters()
    assert again[0] == first[0] != run(peer, seed=6)
    for one, other in zip(again[1], first[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_a_compiler_torch_compile_is_unavailable(small, monkeypatch):
    pytest.importorskip("torch")
    from benchmarks.peers.torch_compile import TorchCompile

    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(DeviceError, match="needs a C\\+\\+ compiler, and there is no no-such-compiler here"):
        TorchCompile(small, 100)
