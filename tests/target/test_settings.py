import dataclasses
import math

import pytest

from lab6.target import settings
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


def test_the_settings_of_sizes_that_do_not_reach_the_target_are_those_that_fail():
    left = settings.failing(settings.settings(table(), 0.97))
    assert named(left) == [(60_000, 0.02, None)]
    assert left["best_accuracy"].tolist() == pytest.approx([0.936])


def test_settings_are_ordered_by_the_share_of_seeds_that_reached_the_target_and_then_by_accuracy():
    tried = {
        (10, 0.1, None): [None] * 3,
        (20, 0.1, None): [None, 90],
        (30, 0.1, None): [80, 90, None],
        (60_000, 0.1, None): [None] * 3,
    }
    ordered = settings.by_closeness(settings.settings(table(tried), 0.97))
    assert ordered["batch_size"].tolist() == [30, 20, 60_000, 10]


def test_trials_that_diverged_are_counted():
    own = table({(10, 0.1, None): [None, None, 70]})
    trials = [each.model_copy(update={"diverged": each.seed == 1 or None}) for each in own.trials]
    found = settings.settings(dataclasses.replace(own, trials=tuple(trials)), 0.97)
    assert found["diverged"].tolist() == [1]
    assert settings.settings(own, 0.97)["diverged"].tolist() == [0]


def test_rows_of_one_setting_agree_in_all_that_names_it_and_two_constant_rates_are_the_same():
    found = settings.settings(table(), 0.97)
    assert named(settings.same(found, {"batch_size": 10, "learning_rate": 0.001, "decay_steps": math.nan})) == [
        (10, 0.001, None)
    ]
    assert settings.same(found, {"batch_size": 10, "learning_rate": 0.002, "decay_steps": math.nan}).empty


def test_logs_are_those_of_the_trials_of_one_setting():
    frame = table().frame()
    best = settings.best(settings.settings(table(), 0.97))
    found = [settings.logs(frame, row, 0.97).tolist() for _, row in best.iterrows()]
    assert found == [pytest.approx([math.log(3_000)] * 3), pytest.approx([math.log(x) for x in (500, 600, 720)])]
