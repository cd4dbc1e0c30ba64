import math

import numpy as np
import pytest

from lab6.store import cards
from lab6.store.cards import is_misfit
from tests import saved
from tests.machines import SIZES, card_of, machine, often, team
from tests.small import summarised


def test_a_card_finds_what_a_step_and_an_image_cost():
    factors = np.array([0.99, 1, 1.01])
    card = card_of(*often("a", 34.5, 1.9, noise=0.01))
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=1e-4)
    assert card["seconds_per_image"] == pytest.approx(1.9e-6, rel=1e-4)
    half = 4.303 * factors.std(ddof=1) / math.sqrt(3)
    assert card["seconds_per_step_high"] == pytest.approx(34.5e-6 * (1 + half), rel=1e-3)
    assert card["seconds_per_step_low"] == pytest.approx(34.5e-6 * (1 - half), rel=1e-3)
    assert abs(card["worst"]) < 1e-9
    assert not is_misfit(card)


def test_more_steps_in_less_time_cannot_be_explained():
    card = card_of(saved.run({10: ([0.1] * 3, [0.9] * 3), 100: ([1.0] * 3, [0.9] * 3)}))  # more steps in less time
    assert card["seconds_per_step"] == 0
    assert is_misfit(card)
    assert card["worst_size"] == 100


@pytest.mark.parametrize("sizes", [(1, 100), (1,), (30_000, 40_000, 50_000)])  # the last have as many steps each
def test_too_few_sizes_have_a_card_without_residuals_or_none(sizes):
    card = card_of(machine("a", 30, 2, sizes=sizes))
    fitted = 30e-6 if sizes == (1, 100) else math.nan
    assert card["seconds_per_step"] == pytest.approx(fitted, nan_ok=True)
    assert math.isnan(card["worst"])


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_the_numbers_of_a_card_have_intervals_from_three_processes_of_each_size_on(runs):
    card = card_of(*often("a", 34.5, 1.9, runs=runs))
    bounds = [card[f"{name}_{end}"] for name in ("seconds_per_step", "seconds_per_image") for end in ("low", "high")]
    assert [math.isnan(bound) for bound in bounds] == [runs < 3] * 4
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=0.03)
    one_size_less = card_of(*often("a", 30, 2, runs=runs, sizes=SIZES[1:]), machine("a", 30, 2))
    assert math.isnan(one_size_less["seconds_per_step_low"])
    assert one_size_less["seconds_per_step"] == pytest.approx(30e-6, rel=0.03)


def of(*runs):
    """The cards by their methods."""
    return cards.cards(summarised(*runs)).set_index("method")


def seconds(times, **fields):
    """A run with such seconds at each minibatch size."""
    return saved.run({size: ([own] * 3, [0.9] * 3) for size, own in times.items()}, backend="jax", threads=1, **fields)


def test_workers_have_the_step_and_image_of_one_and_an_exchange_of_their_own():
    found = of(*team(1, 0), *team(2, 4000), *team(4, 9000))
    assert found["workers"].to_list() == [1, 2, 4]
    assert found["seconds_per_step"].to_numpy() == pytest.approx(30e-6, rel=0.01)
    assert found["seconds_per_image"].to_numpy() == pytest.approx(2e-6, rel=0.01)
    assert math.isnan(found["seconds_per_exchange"].iloc[0])
    assert found["seconds_per_exchange"].iloc[1:].to_numpy() == pytest.approx([4e-3, 9e-3], rel=0.01)
    two = found.loc["compiled with 2 workers"]
    assert 3.7e-3 < two["seconds_per_exchange_low"] < 4e-3 < two["seconds_per_exchange_high"] < 4.3e-3
    assert (found["worst"].abs() < 1e-3).all()


def test_a_card_explains_measured_workers_within_a_fifth():
    """One and two workers of a core each on a virtual machine, over its loopback."""
    one, two = {100: 0.162, 1_000: 0.137, 60_000: 0.141}, {100: 2.7, 1_000: 0.28, 60_000: 0.076}
    summary = summarised(seconds(one), seconds(two, workers=2))
    found = cards.cards(summary)
    assert found["seconds_per_exchange"].iloc[1] == pytest.approx(4e-3, rel=0.1)
    assert not [card for card in found.to_dict("records") if is_misfit(card)]
    fitted = cards.fitted(summary, found)
    assert fitted["fitted_seconds"].to_numpy() == pytest.approx(fitted["seconds"], rel=0.2)
    assert fitted["residual"].abs().max() == pytest.approx(found["worst"].abs().max())


def test_an_epoch_off_the_line_is_marked_and_the_other_sizes_still_agree():
    off = {100: 0.138, 1_000: 0.1218, 10_000: 0.12, 60_000: 0.2}
    found = of(seconds(off), *team(2, 4000, noise=0))
    assert found["worst_size"].to_list() == [60_000, 60_000]
    assert is_misfit(found.iloc[0])
    assert found["seconds_per_exchange"].iloc[1] == pytest.approx(4e-3, rel=0.05)


@pytest.mark.parametrize("other", [{"threads": 2}, {"engine": "fit"}, {"label": "there"}])
def test_without_one_worker_alike_a_step_holds_the_exchange(other):
    found = of(*team(1, 0, **other), *team(2, 4000)).iloc[1]
    assert found["seconds_per_step"] == pytest.approx(4030e-6, rel=0.01)
    assert found["seconds_per_image"] == pytest.approx(2e-6, rel=0.01)
    assert math.isnan(found["seconds_per_exchange"])
    assert abs(found["worst"]) < 1e-3


def test_three_numbers_that_go_through_three_times_have_no_residuals():
    found = of(seconds({100: 0.138, 1_000: 0.1218}), seconds({100: 2.478}, workers=2))
    assert found["seconds_per_exchange"].iloc[1] == pytest.approx(4e-3)
    assert found["worst"].isna().all()


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_an_exchange_has_an_interval_from_three_processes_of_each_on(runs):
    found = of(*team(1, 0), *team(2, 4000, runs=runs))
    known = [found[f"{name}_{end}"].notna().any() for name in cards.NUMBERS for end in ("low", "high")]
    assert known == [runs == 3] * 6
