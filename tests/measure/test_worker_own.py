"""What a worker says of one's own network, optimizer and data."""

import pytest

from lab6.limit import Ceilings
from lab6.measure import roofline
from lab6.measure.commands import Worker

MODULE = """
import keras
import numpy as np

layers = keras.layers

def model():
    kernel = {"kernel_initializer": keras.initializers.GlorotUniform(1)}
    return keras.Sequential([layers.Flatten(), layers.Dense(3, "relu", **kernel), layers.Dense(4, "softmax", **kernel)])

def wide():
    return keras.Sequential([layers.Flatten(), layers.Dense(3)])

def optimizer():
    return keras.optimizers.SGD(0.25, momentum=0.5)

def data():
    draw = np.random.default_rng(0)
    images, labels = draw.integers(0, 256, (60, 5, 6, 3), np.uint8), (np.arange(60) % 4).astype(np.uint8)
    return images[:50], labels[:50], images[50:], labels[50:]
"""


@pytest.fixture
def place(tmp_path):
    """The arguments that name a function of the module."""
    (tmp_path / "own.py").write_text(MODULE)
    return lambda name: {"module": str(tmp_path / "own.py"), "name": name, "folder": None, "pickled": False}


@pytest.fixture
def worker(place):
    """A worker in this process, with one's own data."""
    made = Worker()
    made.start("tape", "tensorflow", "cpu", None, None)
    made.data = made.load(place("data"), "", None, 40)
    return made


def test_data_are_described_and_must_not_change(worker, place):
    said = dict(worker.data)
    digest = said.pop("digest")
    assert said.pop("source")
    assert said == {"name": "data", "training_images": 40, "test_images": 10, "shape": (5, 6, 3), "classes": 4}
    assert worker.load(place("data"), digest, None, None)["training_images"] == 50
    answer = worker.answer(
        {"do": "load", "dataset": place("data"), "digest": "sha256:0", "data_dir": None, "images": 1}
    )
    assert "and not sha256:0: run it again while nothing changes it" in answer["failed"]


def test_one_s_own_is_described_as_it_is_when_it_is_prepared(worker, place):
    own = {"network": place("model"), "optimizer": place("optimizer"), "learning_rate": None}
    said = worker.describe(**own)
    assert set(said) == {"learning_rate", "model", "model_digest", "optimizer", "optimizer_digest"}
    assert (said["learning_rate"], said["model"], said["optimizer"]) == (0.25, "model", "optimizer()")
    ready = worker.prepare(batch_size=15, seed=0, **own)
    assert {name: ready[name] for name in said} == said
    assert (ready["steps"], ready["network"], ready["precision"], ready["parameter_count"]) == (3, None, "float32", 289)
    assert ready["cost"]["image_bytes"] == 90
    first, again = (worker.round(seed=1)["round"] for _ in range(2))
    assert first["training_loss"] == again["training_loss"]


def test_what_is_named_has_no_digest(worker):
    assert worker.describe(network=[5, 4], optimizer="nadam", learning_rate=None) == {"learning_rate": 0.001}


def test_ceilings_are_those_of_its_parameters_and_slots(worker, place, monkeypatch):
    asked = []
    monkeypatch.setattr(roofline, "measure", lambda *arguments: asked.append(arguments) or Ceilings(2.0, 3.0))
    said = worker.ceilings(optimizer=place("optimizer"), network=place("model"))
    assert said == {"flops_per_second": 2.0, "bytes_per_second": 3.0}
    assert asked == [("tensorflow", "cpu", 2 * 289)]


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (
            {"network": "wide"},
            "the network has outputs of shape (3,) for images of shape (5, 6, 3), but the data",
        ),
        ({"network": "nothing"}, "own.py:nothing: there is no function nothing in "),
        ({"optimizer": "model"}, "own.py:model returned a Sequential instead of a Keras optimizer: let it return one."),
        ({"network": "data"}, "own.py:data returned a tuple instead of a Keras model: let it return one."),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(worker, place, own, sentence):
    both = {name: place(own.get(name, usual)) for name, usual in {"network": "model", "optimizer": "optimizer"}.items()}
    answer = worker.answer({"do": "describe", "learning_rate": None, **both})
    assert answer["unavailable"].startswith(sentence)


def test_trials_and_epochs_of_one_s_own_optimizer_name_it_alike(worker, place):
    """Trials set other learning rates than its own, by which it is known."""
    own = {"optimizer": place("optimizer"), "learning_rate": None, "network": place("model")}
    built, prepared = worker.build(batch_size=10, **own), worker.prepare(batch_size=10, seed=0, **own)
    assert prepared["learning_rate"] == 0.25
    for field in ("learning_rate", "optimizer", "optimizer_digest", "model_digest", "parameter_count"):
        assert built[field] == prepared[field]


def test_a_trial_goes_to_its_targets_at_its_own_rate(worker, place):
    worker.build(batch_size=10, optimizer=place("optimizer"), learning_rate=None, network=place("model"))
    goal = {"targets": [0.001, 1.0], "learning_rate": 0.05, "decay_steps": 8, "every": 2, "steps": 8}
    said = worker.trial(seed=1, goal=goal)
    assert said["reached"][:1] == [[0.001, 2]]
    assert 2 <= said["steps"] <= 8
    assert said["diverged"] is False
    assert worker.trial(seed=1, goal=goal) == said
    assert worker.trial(seed=1, goal=goal | {"learning_rate": 1e30})["diverged"] is True
