from pathlib import Path

import pytest

from lab6.measure.work import Data, Work
from lab6.place import Place
from tests.measure.conftest import DIGITS, options

MODEL, OPTIMIZER, DATA = (Place("own.py", name) for name in ("net", "steps", "images"))


class Told:
    """A process that answers with these, one after the other."""

    def __init__(self, *answers):
        self.asked, self._answers = [], list(answers)

    def ask(self, do, **arguments):
        self.asked.append((do, arguments))
        return self._answers.pop(0)


@pytest.mark.parametrize(
    ("work", "arguments"),
    [
        (Work(), {"optimizer": "adam", "learning_rate": 0.001}),
        (Work(hidden=(64, 32)), {"optimizer": "adam", "learning_rate": 0.001, "network": (64, 32)}),
        (Work(optimizer="nadam", learning_rate=None), {"optimizer": "nadam", "learning_rate": None}),
        (
            Work(model=MODEL, optimizer=OPTIMIZER, learning_rate=None),
            {"optimizer": OPTIMIZER.saved(), "learning_rate": None, "network": MODEL.saved()},
        ),
    ],
)
def test_a_worker_is_told_only_what_is_not_usual(work, arguments):
    assert work.arguments() == arguments


@pytest.mark.parametrize(
    ("work", "names"),
    [
        (Work(), []),
        (Work(hidden=(64, 32)), ["64-32"]),
        (Work(optimizer="sgd", learning_rate=0.5), ["sgd0.5"]),
        (Work(optimizer="nadam", learning_rate=None, described=(("learning_rate", 0.001),)), ["nadam0.001"]),
        (Work(optimizer="nadam", learning_rate=None), ["nadam"]),
        (Work(model=MODEL), ["net"]),
        (
            Work(
                model=MODEL,
                optimizer=OPTIMIZER,
                learning_rate=None,
                described=(("model_digest", "sha256:0123456789"), ("optimizer_digest", "sha256:abcdef0123")),
            ),
            ["net.012345", "steps.abcdef"],
        ),
    ],
)
def test_a_benchmark_is_named_after_what_is_not_usual(work, names):
    assert work.names() == names


def test_only_a_worker_can_describe_one_s_own():
    process = Told({}, {"model_digest": "sha256:1", "learning_rate": 0.1})
    given = options()
    assert Work.told(given, DIGITS, process) == Work.of(given)
    assert process.asked == []
    own = Work(model=MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "of", classmethod(lambda cls, options: own))
        told = Work.told(given, DIGITS, process)
    assert [do for do, _ in process.asked] == ["load", "describe"]
    assert process.asked[0][1] == DIGITS.loading()
    assert process.asked[1][1] == own.arguments()
    assert dict(told.described) == {"model_digest": "sha256:1", "learning_rate": 0.1}
    assert hash(told) != hash(own)  # cases are keys


def test_a_worker_describes_data_that_only_it_can_load():
    given = options(dataset="keras:fashion_mnist", images="50", data_dir="folder")
    answer = {"name": "fashion_mnist", "digest": "sha256:2", "source": "Keras", "training_images": 50, "test_images": 9}
    process = Told(answer | {"shape": [28, 28, 3]})
    assert Data.find(given) is None
    data = Data.told(given, process)
    assert (data.name, data.shape, data.is_part, data.choice) == ("fashion_mnist", (28, 28, 3), True, given.dataset)
    loading = {"dataset": "keras:fashion_mnist", "data_dir": str(Path("folder").absolute())}
    assert process.asked == [("load", loading | {"digest": "", "images": 50})]
    assert data.loading() == loading | {"digest": "sha256:2", "images": 50}


def test_a_place_of_data_is_told_as_plain_values():
    data = Data("images", "sha256:3", "own", 5, 5, choice=DATA)
    assert data.loading()["dataset"] == DATA.saved()
