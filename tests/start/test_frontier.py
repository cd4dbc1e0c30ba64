import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6.start import frontier
from lab6.store.series import SERIES
from tests import saved
from tests.small import summarised

ACCURACY = "test_accuracy"
STEADY = [0.9, 0.9, 0.9]


def sizes(*rows):
    """One series; a row is a minibatch size, its seconds and its accuracy."""
    frame = pd.DataFrame(rows, columns=["batch_size", "seconds", ACCURACY])
    return frame.assign(setup="here", method="fit")


def start_of(summary, **asked):
    return frontier.start(summary.sizes, summary.samples, ACCURACY, **asked)


def start(measured, processes=3, **asked):
    """Where to start with a run of ``measured`` sizes."""
    return start_of(summarised(saved.run(measured, processes=processes)), **asked)


def started(*rows, **asked):
    """Where to start with sizes that were measured once."""
    return start({size: ([seconds], [accuracy]) for size, seconds, accuracy in rows}, **asked)


def dominated_by_definition(rows):
    return [
        any((other[1] <= row[1] and other[2] >= row[2]) and (other[1] < row[1] or other[2] > row[2]) for other in rows)
        for row in rows
    ]


def test_what_is_dominated_agrees_with_the_definition_on_random_sizes():
    random = np.random.default_rng(6)
    found = set()
    for count in itertools.chain.from_iterable([range(1, 9)] * 25):
        rows = [(place, *values) for place, values in enumerate(random.integers(1, 5, size=(count, 2)))]
        marked = frontier.dominated(sizes(*rows), ACCURACY).tolist()
        assert marked == dominated_by_definition(rows)
        found |= set(marked)
    assert found == {True, False}


def test_the_answer_keeps_the_rows_own_index():
    pair = sizes((1, 3, 0.8), (2, 4, 0.7)).set_axis([7, 3])
    assert frontier.dominated(pair, ACCURACY).to_dict() == {7: False, 3: True}


def test_a_series_does_not_dominate_another():
    slow, fast = sizes((1, 30, 0.8), (2, 40, 0.7)), sizes((1, 3, 0.9)).assign(method="tape")
    marked = frontier.mark_dominated(pd.concat([slow, fast], ignore_index=True), ACCURACY)
    assert marked["dominated"].tolist() == [False, True, False]


def test_steps_are_what_is_not_dominated_from_the_fastest_on():
    small = frontier.mark_dominated(sizes((1, 60, 0.9), (10, 12, 0.8), (100, 4, 0.7), (1_000, 5, 0.6)), ACCURACY)
    found = frontier.steps(small, ACCURACY)
    assert found.columns.tolist() == [*SERIES, "seconds", "batch_size", ACCURACY]
    assert found["batch_size"].tolist() == [100, 10, 1]
    assert found["seconds"].tolist() == [4, 12, 60]


def test_steps_keep_series_apart_and_in_their_order():
    both = pd.concat([sizes((1, 60, 0.9), (10, 12, 0.8)), sizes((1, 30, 0.9)).assign(method="a")], ignore_index=True)
    found = frontier.steps(frontier.mark_dominated(both, ACCURACY), ACCURACY)
    assert found[["method", "batch_size"]].to_numpy().tolist() == [["fit", 10], ["fit", 1], ["a", 1]]


@pytest.mark.parametrize(
    ("budget", "best"), [(2.9, None), (3, 1_000), (4, 100), (11.9, 100), (12, 100), (59, 100), (60, 1), (1e9, 1)]
)
def test_a_budget_buys_the_most_accurate_epoch_that_ends_in_time_and_of_equals_the_faster(budget, best):
    small = sizes((1, 60, 0.85), (10, 12, 0.84), (100, 4, 0.84), (1_000, 3, 0.81), (60_000, 3, 0.28))
    assert frontier.within_budget(small, ACCURACY, budget) == best
    equals = sizes((1, 5, 0.8), (2, 4, 0.8), (3, 4.5, 0.8))
    assert frontier.within_budget(equals, ACCURACY, 10) == 2


@pytest.mark.parametrize(
    ("slower", "chosen", "rival", "share"), [(None, 10, 100, 0.5), (100, 10, 100, 0.7), (10, 100, 10, 0.7)]
)
def test_of_two_noisy_sizes_the_one_that_is_not_chosen_is_a_rival(slower, chosen, rival, share):
    late = {size: 0.01 * (size == slower) for size in (10, 100)}
    found = start({size: ([1.0 + more, 1.1 + more, 1.2 + more], STEADY) for size, more in late.items()})
    assert (found.batch_size, found.rivals) == (chosen, (rival,))
    assert found.share == pytest.approx(share, abs=0.03 if slower is None else 0.2)


def test_the_share_is_that_of_two_means_with_students_t():
    """Logs of 10 scatter by s around 0 with t of two degrees, 100 takes exactly ``s / sqrt(3)`` longer."""
    found = start({10: (np.exp([-0.1, 0, 0.1]).tolist(), STEADY), 100: ([math.exp(0.1 / math.sqrt(3))] * 3, STEADY)})
    assert found.share == pytest.approx(stats.t.cdf(1, 2), abs=0.02)


def test_the_noise_of_accuracies_counts_too():
    found = start({10: ([4.0] * 3, [0.90, 0.91, 0.92]), 100: ([1.0] * 3, [0.88, 0.90, 0.925])}, tolerance=0.01)
    assert (found.batch_size, found.rivals) == (100, (10,))
    assert 0.5 < found.share < 0.95


def test_rivals_come_by_how_often_they_win_until_95_percent_are_made_up():
    shares = np.array([0.02, 0.6, 0.2, 0.15, 0.03])
    sizes = np.array([1, 10, 20, 30, 40])
    assert frontier._rivals(sizes, shares, 1) == (20, 30)
    assert frontier._rivals(sizes, shares, 2) == (10, 30)
    assert frontier._rivals(sizes, np.array([0.01, 0.95, 0.04, 0, 0]), 1) == ()


def test_the_share_is_of_the_chosen_size_also_if_others_win_more_often():
    # 20 and 30 are noisy, and each is faster than 100 in almost half of the draws.
    noisy = np.exp(np.array([-0.1, 0, 0.1]) + 0.001).tolist()
    found = start({20: (noisy, STEADY), 30: (noisy, STEADY), 100: ([1.0] * 3, STEADY)})
    assert (found.batch_size, set(found.rivals)) == (100, {20, 30})
    assert found.share == pytest.approx(0.25, abs=0.03)


def test_a_single_size_has_no_share_for_want_of_another():
    found = start({10: ([1.0, 1.1, 1.2], STEADY)})
    assert (found.batch_size, found.share, found.rivals) == (10, None, ())


@pytest.mark.parametrize(("processes", "seeds"), [(2, 3), (1, 3), (3, 1)])
def test_a_size_with_two_processes_or_one_seed_leaves_the_share_unknown(processes, seeds):
    runs = [saved.run({10: ([4.0] * 3, STEADY)}, processes=3)]
    runs += [saved.run({100: ([1.0], [0.9])}, seed=place % seeds) for place in range(3)][:processes]
    if processes == 1:
        runs[1:] = [saved.run({100: ([1.0] * 3, STEADY)})]
    found = start_of(summarised(*runs))
    assert (found.batch_size, found.share, found.rivals) == (100, None, ())


@pytest.mark.parametrize(
    ("best", "other", "tolerance", "chosen"),
    [
        (0.84, 0.83, 0.01, 100),
        (0.84, 0.8299, 0.01, 10),
        (0.13, 0.12, 0.01, 100),
        (0.84, 0.84, 0, 100),
        (0.84, 0.8399, 0, 10),
        (0.84, 0.0, 1, 100),
    ],
)
def test_the_fastest_within_the_tolerance_is_chosen_edges_included(best, other, tolerance, chosen):
    found = started((10, 4.0, best), (100, 1.0, other), tolerance=tolerance)
    assert found.batch_size == chosen
    assert found.within == ((10, 100) if chosen == 100 else (10,))


@pytest.mark.parametrize(("first", "second", "chosen"), [(0.835, 0.84, 100), (0.84, 0.835, 10), (0.84, 0.84, 10)])
def test_of_equally_fast_sizes_the_more_accurate_is_chosen(first, second, chosen):
    found = started((10, 3.0, first), (100, 3.0, second))
    assert (found.batch_size, found.within) == (chosen, (10, 100))


def test_an_inaccurate_size_is_not_chosen_for_being_as_fast_and_the_most_accurate_is_the_fastest_of_equals():
    assert started((10, 3.0, 0.84), (100, 3.0, 0.2), (1_000, 5.0, 0.84)).batch_size == 10
    found = started((1, 60.0, 0.85), (10, 12.0, 0.85), (100, 4.0, 0.84))
    assert (found.batch_size, found.most_accurate) == (100, 10)
