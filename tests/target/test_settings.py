import math

import pytest

from lab6.target import settings
from lab6.target.recommend import recommended
from tests import saved
from tests.small import rounds
from tests.target.tried import STEPS, table


def named(frame):
    return [
        (row["batch_size"], row["learning_rate"], None if math.isnan(row["decay_steps"]) else row["decay_steps"])
        for row in frame.to_dict("records")
    ]


def test_a_setting_has_the_geometric_mean_of_its_steps_with_students_interval():
    found = settings.settings(table(), 0.97)
    assert sorted(named(found), key=str) == sorted(STEPS, key=str)
    row = found[found["learning_rate"] == 0.004].iloc[0]
    assert row["steps"] == pytest.approx(600)
    factor = 1.2 ** (4.3027 / math.sqrt(3))
    assert (row["steps_low"], row["steps_high"]) == pytest.approx((600 / factor, 600 * factor), rel=1e-4)
    assert (row["seeds"], row["reached"], row["evaluated_every"]) == (3, 3, 10)


def test_fewer_than_three_seeds_have_no_interval_and_a_seed_that_fails_leaves_no_steps():
    found = settings.settings(table({(10, 0.1, None): [100, 200], (20, 0.1, None): [100, None, 100]}), 0.97)
    assert found["steps"].tolist() == pytest.approx([math.sqrt(20_000), math.nan], nan_ok=True)
    assert found["steps_low"].isna().all()
    assert found["reached"].tolist() == [2, 2]


def test_the_best_of_a_size_has_the_fewest_steps_of_those_with_three_seeds():
    best = settings.best(settings.settings(table(), 0.97))
    assert named(best) == [(10, 0.002, 5_000), (100, 0.004, None)]
    assert best["steps"].tolist() == pytest.approx([3_000, 600])


def test_if_no_setting_has_three_seeds_the_best_of_those_with_the_most_is_taken():
    few = {(10, 0.1, None): [100, 200], (10, 0.2, None): [50], (20, 0.1, None): [70, 70]}
    assert named(settings.best(settings.settings(table(few), 0.97))) == [(10, 0.1, None), (20, 0.1, None)]


def test_a_size_that_does_not_reach_the_target_has_what_came_closest():
    left = settings.closest(settings.settings(table(), 0.97))
    assert named(left) == [(60_000, 0.02, None)]
    assert left["best_accuracy"].tolist() == pytest.approx([0.936])


def test_logs_are_those_of_the_trials_of_one_setting():
    frame = table().frame()
    best = settings.best(settings.settings(table(), 0.97))
    found = [settings.logs(frame, row, 0.97).tolist() for _, row in best.iterrows()]
    assert found == [pytest.approx([math.log(3_000)] * 3), pytest.approx([math.log(x) for x in (500, 600, 720)])]


def test_what_is_recommended_comes_fastest_first_and_says_which_is_the_best_of_its_size():
    epochs = rounds(saved.run())  # a step of 10 takes 4.1 s / 6,000, one of 100 1.1 s / 600
    found = recommended(table(), 0.97, epochs)
    assert named(found) == [(100, 0.004, None), (10, 0.002, 5_000), (10, 0.001, None)]
    assert found["best"].tolist() == [True, True, False]
    assert found["seconds"].tolist() == pytest.approx([600 * 1.1 / 600, 3_000 * 4.1 / 6_000, 4_000 * 4.1 / 6_000], 1e-3)


def test_without_epochs_what_takes_the_fewest_images_is_recommended_first():
    found = recommended(table(), 0.97)
    assert named(found)[0] == (10, 0.002, 5_000)
    assert found["seconds"].isna().all()
    assert recommended(table(), 0.98).empty
