import numpy as np
import pytest

from tests import saved
from tests.target.tried import judged, table

SURE = {10: ([4.0, 4.1, 4.2], [0.9] * 3), 100: ([1.0, 1.01, 1.02], [0.9] * 3), 1_000: ([0.5, 0.5, 0.51], [0.9] * 3)}


def test_a_time_is_steps_times_seconds_of_a_step_and_the_fastest_is_the_shortest():
    found = judged(table(), saved.run(SURE, processes=3))
    assert found.times["seconds"].tolist() == pytest.approx([3_000 * 4.1 / 6_000, 600 * 1.01 / 600], rel=1e-3)
    assert (found.headline.batch_size, found.headline.choices) == (100, 2)
    assert found.headline.seconds == pytest.approx(found.chosen(found.headline)["seconds"])


def test_an_interval_is_made_of_steps_and_seconds_and_wider_than_that_of_either():
    found = judged(table(), saved.run(SURE, processes=3)).times.loc[100]
    logs = {name: np.log(found[f"{name}_high"] / found[f"{name}_low"]) for name in ("seconds", "steps")}
    assert found["seconds_low"] < found["seconds"] < found["seconds_high"]
    assert logs["seconds"] == pytest.approx(logs["steps"], rel=0.1)  # steps vary the most
    sure = judged(table({(100, 0.1, None): [600] * 3}), saved.run(SURE, processes=3)).times.loc[100]
    assert 0 < np.log(sure["seconds_high"] / sure["seconds_low"]) < logs["seconds"] / 5


def test_sizes_that_draws_cannot_distinguish_are_rivals():
    far = judged(table(), saved.run(SURE, processes=3)).headline
    assert (far.batch_size, far.rivals) == (100, ())
    assert 0.95 < far.share <= 1
    even = {(10, 0.1, None): [1_000, 1_100, 1_200], (100, 0.1, None): [700, 740, 800]}
    near = judged(
        table(even), saved.run({10: ([6.0, 6.1, 6.2], [0.9] * 3), 100: ([0.9, 0.91, 0.92], [0.9] * 3)}, processes=3)
    )
    assert near.headline.batch_size == 10
    assert near.headline.rivals == (100,)
    assert 0.5 < near.headline.share < 0.95


@pytest.mark.parametrize(("steps", "processes"), [(3, 1), (2, 3)])
def test_without_three_processes_and_seeds_there_is_an_answer_but_no_interval_and_no_share(steps, processes):
    few = {(10, 0.1, None): [3_000] * steps, (100, 0.1, None): [600] * steps}
    found = judged(table(few), saved.run(SURE, processes=processes))
    assert found.headline.batch_size == 100
    assert found.headline.share is None
    assert found.times[["seconds_low", "seconds_high"]].isna().all(axis=None)


def test_the_headline_is_of_the_machine_that_is_asked_for_and_else_of_the_fastest():
    runs = [saved.run(SURE), saved.run({size: ([9.0], [0.9]) for size in SURE}, {"label": "slow"})]
    assert judged(table(), *runs).headline.setup == "here"
    assert judged(table(), *runs, setup="slow").headline.setup == "slow"
    assert [own.setup for own in judged(table(), *runs).fastest] == ["here", "slow"]


def test_sizes_beyond_those_measured_have_no_time():
    found = judged(table(), saved.run({10: SURE[10], 50: ([2.0], [0.9])}))
    assert list(found.times["batch_size"]) == [10]
    assert found.headline.choices == 1
    nothing = judged(table(), saved.run({1_000: SURE[1_000]}))
    assert (nothing.headline, nothing.fastest, len(nothing.times)) == (None, (), 0)
