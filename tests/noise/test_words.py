import numpy as np
import pytest

from lab6.noise import words
from lab6.noise.scale import Fitted
from tests.noise.trained import found


def test_the_headline_says_how_the_noise_scale_changes():
    assert words.headline(found()) == (
        "Gradient noise scale: 100 (78 to 130) before training, 500 on average, 900 (700 to 1,200) after 256 images, "
        "at a test accuracy of 0.700."
    )
    assert ": 100 before training," in words.headline(found(seeds=2))


def test_what_is_unknown_is_said():
    own = found(scales={0: 100.0, 64: 300.0, 256: -900.0})
    assert words.headline(own).startswith("Gradient noise scale: 100 (78 to 130) before training, unknown after 256")
    assert any("more --seeds" in sentence for sentence in words.sentences(own))
    assert not any("more --seeds" in sentence for sentence in words.sentences(found()))


def test_published_figures_stand_beside_those_of_mnist_only():
    [published] = words.sentences(found())
    assert "50 at the start and 900 on average" in published
    assert "20 and 200" in published
    assert "another network" in published
    assert words.sentences(found("digits")) == []


def test_the_fitted_critical_size_is_told_where_it_is_known():
    [fitted] = words.sentences(found("digits", fitted=Fitted(153.2, 0.97)))
    assert fitted.endswith("accuracy of 0.97: 150.")


def test_warnings_and_few_seeds_are_told():
    few, warning = words.sentences(found("digits", warnings=("Dropout: told.",), seeds=2))
    assert "--seeds 3" in few
    assert warning == "Dropout: told."


def test_the_table_has_a_row_for_each_checkpoint():
    rows = [[cell.text for cell in row] for row in words.table(found()).rows()]
    assert rows[0] == ["0", "0.00", "2", "0.100", "0.8", "80", "100", "78-130"]
    assert rows[2][0] == "256"
    assert [row[-1] for row in map(list, words.table(found(seeds=1)).rows()) if row[-1].text != "-"] == []


@pytest.mark.parametrize(("value", "text"), [(73.4, "73"), (5.62, "5.6"), (1_449, "1,400"), (123_456, "120,000")])
def test_sizes_have_two_digits(value, text):
    own = found(scales={0: value, 64: 300.0, 256: 900.0}, spread=0.0)
    assert f": {text} (" in words.headline(own)
    assert not np.isnan(own.summary["noise_scale_low"].iloc[0])
