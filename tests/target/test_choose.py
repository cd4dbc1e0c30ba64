from pathlib import Path

import pytest

from lab6.errors import OptionError, ResultsError
from lab6.target import choose
from tests import saved
from tests.small import rounds
from tests.target.tried import STEPS, table, write

OTHERWISE = {
    "dataset_digest": ("sha256:ffff", "sha256:ffff there and sha256:06b0"),
    "training_images": (1_000, "1000 there and 60000"),
    "image_shape": ((32, 32, 3), "32 x 32 x 3 there and unknown"),
    "network": ((784, 10), "784-10 there and 784-128-10"),
    "model_digest": ("sha256:1234", "sha256:1234 there and unknown"),
    "optimizer": ("sgd", "sgd there and adam"),
    "optimizer_digest": ("sha256:1234", "sha256:1234 there and unknown"),
}
"""Another value for each field of the work, and what a refusal says of it."""

WORK = choose.work_of(rounds(saved.run()))


def shipped(monkeypatch, folder):
    monkeypatch.setattr(choose, "files", lambda package: folder)


def test_every_field_of_the_work_is_tested_here():
    assert set(OTHERWISE) == set(choose.WORK) == set(WORK)


def test_a_named_table_comes_before_ones_own_and_ones_own_before_those_of_lab6(tmp_path, monkeypatch):
    shipped(monkeypatch, tmp_path / "lab6")
    own = tmp_path / "own"
    assert choose.choose(WORK, own=own) is None
    write(tmp_path / "lab6" / "tables" / "a.jsonl", table())
    assert choose.choose(WORK, own=own).source == tmp_path / "lab6" / "tables" / "a.jsonl"
    write(own / "mine.jsonl", table())
    assert choose.choose(WORK, own=own).source == own / "mine.jsonl"
    named = write(tmp_path / "named.jsonl", table())
    assert choose.choose(WORK, named, own).source == named


def test_of_several_tables_the_one_with_the_most_trials_is_taken_and_other_work_and_empty_ones_are_not(tmp_path):
    write(tmp_path / "a.jsonl", table({(10, 0.001, None): [5]}))
    write(tmp_path / "b.jsonl", table())
    write(tmp_path / "c.jsonl", table(STEPS | {(20, 0.001, None): [5]}, optimizer="sgd"))
    write(tmp_path / "d.jsonl", table({}))
    assert choose.choose(WORK, own=tmp_path).source == tmp_path / "b.jsonl"


def test_learning_rate_and_test_images_may_differ(tmp_path):
    other = choose.work_of(rounds(saved.run(learning_rate=0.5, test_images=10)))
    named = write(tmp_path / "a.jsonl", table())
    assert choose.choose(other, named).source == named


def test_ones_own_network_and_images_are_compared_as_results_name_them(tmp_path):
    own = {"network": None, "model": "cnn()", "model_digest": "sha256:1", "image_shape": (32, 32, 3)}
    work = choose.work_of(rounds(saved.run(**{name: value for name, value in own.items() if value})))
    named = write(tmp_path / "a.jsonl", table(**own))
    assert (work["network"], work["image_shape"]) == ("cnn()", "32 x 32 x 3")
    assert choose.choose(work, named).source == named


@pytest.mark.parametrize("field", OTHERWISE)
def test_a_named_table_of_other_work_is_refused_with_the_field_and_both_values(tmp_path, field):
    value, told = OTHERWISE[field]
    named = write(tmp_path / "a.jsonl", table(**{field: value}))
    with pytest.raises(OptionError, match=f"--steps: .*a.jsonl is of other work: {field} is {told} in these results;"):
        choose.choose(WORK, named)


def test_an_empty_table_and_one_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(OptionError, match="holds no trial yet"):
        choose.choose(WORK, write(tmp_path / "a.jsonl", table({})))
    with pytest.raises(ResultsError, match=r"none\.jsonl cannot be read"):
        choose.choose(WORK, Path("none.jsonl"))
