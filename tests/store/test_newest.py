import pytest

from lab6.store import newest
from lab6.store.load import encoded
from tests import saved
from tests.small import rounds

ONE = {100: ([1.0], [0.9])}
OLD = {"tensorflow": "2.19.0", "keras": "3.15.1"}
NEW = OLD | {"tensorflow": "2.20.0"}


def run(label, versions=OLD, month=1, **fields):
    machine = {"label": label, "versions": versions}
    return saved.run(ONE, machine, datetime=f"2026-{month:02}-01T00:00:00+00:00", **fields)


def others(count=newest.MANY):
    """A run of each of ``count`` other machines."""
    return [run(f"other {number}") for number in range(count)]


def kept(*runs):
    found, _ = newest.of_each(rounds(*runs))
    return found.loc[found["machine"] == "mine", "versions"].tolist()


def test_of_many_machines_only_the_newest_versions_of_each_are_kept_and_the_others_counted():
    found, [sentence] = newest.of_each(rounds(run("mine"), run("mine", NEW, month=2), *others()))
    assert found["machine"].tolist() == ["mine", *(f"other {number}" for number in range(newest.MANY))]
    assert found["versions"].tolist() == ["TensorFlow 2.20.0, Keras 3.15.1", *["TensorFlow 2.19.0, Keras 3.15.1"] * 10]
    assert sentence.startswith("1 of 12 runs, because")
    assert sentence.endswith("--where machine=mine shows all of one.")


def test_of_few_machines_all_versions_are_kept():
    few = rounds(run("mine"), run("mine", NEW, month=2), *others(newest.MANY - 1))
    assert newest.of_each(few) == (few, [])


def test_all_runs_of_the_newest_versions_are_kept_and_going_back_to_older_ones_makes_these_the_newest():
    new = "TensorFlow 2.20.0, Keras 3.15.1"
    assert kept(run("mine"), run("mine", NEW, 2), run("mine", NEW, 3), *others()) == [new, new]
    back = kept(run("mine"), run("mine", NEW, 2), run("mine", month=3), *others())
    assert back == ["TensorFlow 2.19.0, Keras 3.15.1"] * 2


@pytest.mark.parametrize(
    ("differing", "month"),
    [
        ({"backend": "jax"}, 2),
        ({"engine": "fused", "versions": OLD | {"numba": "0.68.0"}}, 2),
        ({"lab6_version": "0.1.0"}, 1),
    ],
    ids=["backend", "a package of one engine", "same versions"],
)
def test_what_else_differs_does_not_leave_a_run_out(differing, month):
    assert len(kept(run("mine"), run("mine", month=month, **differing), *others())) == 2


def test_a_newer_lab6_is_a_newer_version():
    runs = [run("mine"), run("mine", month=2, lab6_version="9.0.0"), *others()]
    found, _ = newest.of_each(rounds(*runs))
    assert found.loc[found["machine"] == "mine", "lab6_version"].tolist() == ["9.0.0"]


def test_the_lab_report_which_has_no_date_is_kept():
    found, _ = newest.of_each(rounds(run("mine"), run("mine", NEW, month=2), *others(), reported=True))
    assert (found["machine"] == "lab report").sum() == 5


def test_texts_as_categories_give_the_same(folder):
    runs = [run("mine"), run("mine", NEW, month=2), *others()]
    for place, content in enumerate(runs):
        saved.write(folder / f"{place}.json", content)
    found, sentences = newest.of_each(encoded(str(folder)))
    plain, same = newest.of_each(rounds(*runs))
    assert sorted(found["versions"].astype("string")) == sorted(plain["versions"])
    assert [text.split("; --where")[0] for text in sentences] == [text.split("; --where")[0] for text in same]
