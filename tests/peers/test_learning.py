import pytest

from benchmarks.peers import learning
from lab6.record import Record
from tests.test_record import RECORD, ROUND


def record(*accuracies: float, training_loss: float = 0.3) -> Record:
    """A way whose rounds had these training and test accuracies."""
    rounds = [
        ROUND | {"seed": seed, "training_accuracy": value, "training_loss": training_loss, "test_accuracy": value}
        for seed, value in enumerate(accuracies)
    ]
    return Record.model_validate(RECORD | {"training_images": 60_000, "test_images": 10_000, "rounds": rounds})


OURS = record(0.940, 0.942, 0.944)


def test_what_differs_by_no_more_than_the_seeds_is_not_named():
    assert learning.differences({"ours": OURS, "theirs": record(0.941, 0.943, 0.945)}, "ours") == {}


@pytest.mark.parametrize(("accuracies", "verdict"), [((0.90, 0.902, 0.904), "less"), ((0.97, 0.972, 0.974), "more")])
def test_a_way_that_learns_less_or_more_is_named_with_both_accuracies(accuracies, verdict):
    found = learning.differences({"ours": OURS, "same": OURS, "theirs": record(*accuracies)}, "ours")
    assert list(found) == ["theirs"]
    assert found["theirs"].startswith(
        f"theirs learns {verdict} than ours: its training accuracy is {accuracies[1]:.4f} and not 0.9420"
    )


def test_without_the_reference_or_with_one_round_each_nothing_is_judged():
    assert learning.differences({"theirs": record(0.5, 0.6)}, "ours") == {}
    assert learning.differences({"ours": record(0.94), "theirs": record(0.1)}, "ours") == {}


def test_what_diverged_is_named():
    found = learning.differences({"ours": OURS, "theirs": record(0.1, training_loss=float("nan"))}, "ours")
    assert found == {"theirs": "theirs diverged: a loss is not finite."}


def test_seeds_that_agree_to_the_last_image_do_not_make_a_band_of_no_width():
    assert learning.differences({"ours": record(0.94, 0.94), "theirs": record(0.9401, 0.9401)}, "ours") == {}


def test_ways_that_repeat_the_rounds_of_the_reference_do_not_narrow_the_band():
    """Seven rounds of Keras's ``fit`` on PyTorch, which shuffles by itself, and of lab6 at minibatch size 10: by the
    spread of all eight ways, most of which are the same rounds, they were found apart."""
    ours = record(0.93675, 0.9372, 0.93622, 0.93645, 0.93667, 0.93692, 0.93727)
    theirs = record(0.936, 0.9364, 0.93558, 0.936, 0.9346, 0.93582, 0.9347)
    copies = {f"copy {number}": ours for number in range(6)}
    assert learning.differences({"ours": ours, "theirs": theirs, **copies}, "ours") == {}
