import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from lab6.compare import comparison, words
from lab6.errors import OptionError, ResultsError
from tests import saved
from tests.program import lab6
from tests.small import summarised

SIZES = (1, 10, 100, 1000, 60_000)


def machine(label, step, image, sizes=SIZES, noise=0.0, **fields):
    """A run of a machine whose steps and images take so many microseconds."""
    seconds = {size: -(-60_000 // size) * step * 1e-6 + 60_000 * image * 1e-6 for size in sizes}
    spread = (1 - noise, 1, 1 + noise)
    return saved.run(
        {size: ([own * factor for factor in spread], [0.9, 0.91, 0.92]) for size, own in seconds.items()},
        {"label": label},
        **fields,
    )


def often(label, step, image, noise=0.02, runs=3, sizes=SIZES, **fields):
    """Several runs of a machine, the slowest slower by ``noise`` than the middle one, the fastest as much faster."""
    factors = np.linspace(1 - noise, 1 + noise, runs)
    return [machine(label, step * factor, image * factor, sizes, **fields) for factor in factors]


def compared(*runs, baseline=None):
    return comparison.compare(summarised(*runs), baseline)


def card_of(*runs):
    """The only card of a machine."""
    (card,) = comparison.cards(summarised(*runs)).to_dict("records")
    return card


def test_speed_ups_are_ratios_of_geometric_means_with_intervals():
    found = compared(*often("slow", 40, 4), *often("fast", 20, 2))
    assert found.baseline == "slow"
    assert list(found.speedups["batch_size"]) == list(SIZES)
    assert found.speedups["speedup"].to_numpy() == pytest.approx(2)
    assert (found.speedups["speedup_low"] < 2).all()
    assert (found.speedups["speedup_high"] > 2).all()
    (mean,) = found.means.to_dict("records")
    assert (mean["setup"], mean["sizes"]) == ("fast", 5)
    assert mean["speedup"] == pytest.approx(2)
    assert 1.9 < mean["speedup_low"] < 2 < mean["speedup_high"] < 2.1
    uneven = compared(machine("a", 10, 1), machine("b", 5, 2), baseline="a")
    assert uneven.means["speedup"].item() == pytest.approx(math.exp(np.log(uneven.speedups["speedup"]).mean()))


def test_the_interval_of_a_speed_up_is_welchs_over_processes():
    slow, fast = [2.0, 2.2, 2.1, 2.4], [1.0, 1.1, 1.3]
    runs = (
        saved.run({100: (own, [0.9] * len(own))}, {"label": label}, processes=len(own))
        for label, own in (("slow", slow), ("fast", fast))
    )
    found = compared(*runs)
    there = stats.ttest_ind(np.log(slow), np.log(fast), equal_var=False).confidence_interval(0.95)
    for (row,) in (found.speedups.to_dict("records"), found.means.to_dict("records")):
        assert (row["speedup_low"], row["speedup_high"]) == pytest.approx((math.exp(there.low), math.exp(there.high)))


def test_the_mean_has_the_interval_of_the_processes_means_over_sizes():
    """Processes whose sizes differ in opposite directions have the same mean, so that it is certain."""
    seesaw = {10: ([1.0, 2.0, 4.0], [0.9] * 3), 100: ([4.0, 2.0, 1.0], [0.9] * 3)}
    runs = (saved.run(seesaw, {"label": label}, processes=3) for label in ("a", "b"))
    found = compared(*runs)
    assert (found.speedups["speedup_high"] > 3).all()
    assert found.means["speedup_high"].item() == pytest.approx(1)


def test_any_machine_can_be_the_baseline_by_a_part_of_its_name():
    judgement = summarised(machine("lab desktop", 40, 4), machine("lab laptop", 20, 2), reported=True)
    found = comparison.compare(judgement, "LAPTOP")
    assert found.baseline == "lab laptop"
    assert found.speedups.query("setup == 'lab desktop'")["speedup"].to_numpy() == pytest.approx(0.5)
    assert comparison.compare(judgement, "lab-report").baseline == "lab report"  # as a source is called
    with pytest.raises(OptionError, match="--baseline: 'lab' names several machines; give one of: lab desk"):
        comparison.compare(judgement, "lab")
    with pytest.raises(OptionError, match="--baseline: 'x' is not a machine in these results"):
        comparison.compare(judgement, "x")
    with pytest.raises(ResultsError, match="here is the only machine in these results"):
        compared(saved.run())


def test_a_card_finds_what_a_step_and_an_image_cost():
    factors = np.array([0.99, 1, 1.01])
    card = card_of(*often("a", 34.5, 1.9, noise=0.01))
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=1e-4)
    assert card["seconds_per_image"] == pytest.approx(1.9e-6, rel=1e-4)
    half = 4.303 * factors.std(ddof=1) / math.sqrt(3)
    assert card["seconds_per_step_high"] == pytest.approx(34.5e-6 * (1 + half), rel=1e-3)
    assert card["seconds_per_step_low"] == pytest.approx(34.5e-6 * (1 - half), rel=1e-3)
    assert abs(card["worst"]) < 1e-9
    assert not words.is_misfit(card)


def test_a_line_that_does_not_fit_is_said_with_where():
    odd = machine("odd", 30, 2)
    odd["benchmarks"][3]["stats"]["data"] = [0.6, 0.6, 0.6]  # by the line it takes 0.12 s
    judgement = summarised(odd, machine("even", 30, 2))
    cards = comparison.cards(judgement).set_index("setup")
    assert cards.loc["odd", "worst_size"] == 1000
    assert cards.loc["odd", "worst"] > comparison.MISFIT
    said = "\n".join(words.sentences(judgement, comparison.compare(judgement)))
    assert "Two numbers do not explain compiled on odd: at minibatch size 1,0" in said
    card = card_of(saved.run({10: ([0.1] * 3, [0.9] * 3), 100: ([1.0] * 3, [0.9] * 3)}))  # more steps in less time
    assert card["seconds_per_step"] == 0
    assert words.is_misfit(card)
    assert card["worst_size"] == 100


@pytest.mark.parametrize("sizes", [(1, 100), (1,), (30_000, 40_000, 50_000)])  # the last have as many steps each
def test_too_few_sizes_have_a_card_without_residuals_or_none(sizes):
    card = card_of(machine("a", 30, 2, sizes=sizes))
    fitted = 30e-6 if sizes == (1, 100) else math.nan
    assert card["seconds_per_step"] == pytest.approx(fitted, nan_ok=True)
    assert math.isnan(card["worst"])


def test_if_one_machine_overtakes_another_it_is_said_where():
    judgement = summarised(*often("quick steps", 20, 4, noise=0.01), *often("quick images", 60, 1, noise=0.01))
    (turn,) = comparison.compare(judgement).overtakings.to_dict("records")
    assert (turn["smaller"], turn["larger"]) == (10, 100)
    assert 10 < turn["batch_size"] < 30  # (60 - 20) / (4 - 1) = 13.3
    assert turn["then_faster"] == "quick images"
    (sentence, *_) = words.sentences(judgement, comparison.compare(judgement))
    assert sentence.startswith("quick images overtakes quick steps at a minibatch size of about ")


def test_methods_are_only_compared_with_the_same_but_all_with_the_lab_report():
    judgement = summarised(machine("a", 30, 2), machine("b", 30, 2), machine("b", 90, 2, engine="fit"), reported=True)
    found = comparison.compare(judgement, "a")
    assert found.unmatched == (("b", "fit"), ("lab report", "unknown method"))
    against = comparison.compare(judgement, "lab report")
    ways = sorted(zip(against.means["setup"], against.means["method"], strict=True))
    assert ways == [("a", "compiled"), ("b", "compiled"), ("b", "fit")]
    assert (against.speedups["speedup"] > 1).all()


def test_the_command_prints_and_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    busy = [[0.0, 1.0, 0.0] if size == 1 else [0.0] * 3 for size in SIZES]
    others = dict(zip(SIZES, busy, strict=True))
    for place, run in enumerate([*often("a", 40, 4), *often("b", 20, 2, noise=0.02, others=others)]):
        saved.write(tmp_path / "results" / "all" / f"{place:04}_run.json", run)
    text = lab6("compare").stdout
    assert text.startswith("Fastest on average: compiled on b, 2 times as fast as a (1.9")
    drawn = sorted(path.name for path in (tmp_path / "build" / "compare").iterdir())
    assert drawn == ["speed-up-dark.svg", "speed-up.csv", "speed-up.png", "speed-up.svg"]
    json_text = lab6("compare", "--format", "json", "--baseline", "b").stdout
    document = json.loads(json_text)
    assert document["on_average"][0]["speedup"] == pytest.approx(0.5)
    assert len(document["fitted"]) == 10
    assert "residual" in document["fitted"][0]
    markdown = lab6("compare", "--format", "markdown").stdout
    assert "### Machine cards" in markdown
    assert all("Measured, and by the machine cards" in form for form in (text, markdown))
    assert all("Disturbed: 3 of 90 rounds" in form for form in (text, markdown, json_text))


def test_the_fastest_is_chosen_among_those_with_the_most_sizes():
    judgement = summarised(machine("a", 40, 4), machine("b", 20, 2), machine("c", 4, 4, sizes=(1,)))
    text = words.headline(comparison.compare(judgement))
    assert text == "Fastest on average: compiled on b, 2 times as fast as a over 5 minibatch sizes."


INTERVAL = ["speedup_low", "speedup_high"]


@pytest.mark.parametrize(("ours", "theirs", "told"), [(1, 1, 0), (1, 5, 0), (5, 2, 0), (2, 2, 0), (3, 3, 5), (5, 3, 5)])
def test_with_fewer_than_three_processes_on_a_side_no_speed_up_has_an_interval(ours, theirs, told):
    found = compared(*often("a", 40, 4, runs=theirs), *often("b", 20, 2, runs=ours))
    assert list(found.speedups[INTERVAL].notna().sum()) == [told, told]
    assert list(found.means[INTERVAL].notna().sum()) == [told > 0] * 2
    assert found.speedups["speedup"].to_numpy() == pytest.approx(2, rel=0.05)


def test_a_size_with_too_few_processes_has_no_interval_and_so_the_mean_has_none():
    few = often("b", 20, 2, runs=2, sizes=SIZES[1:]) + often("b", 20, 2, runs=2)
    found = compared(*often("a", 40, 4), *few)
    assert list(found.speedups["speedup_low"].isna()) == [True, False, False, False, False]
    assert found.means["speedup_low"].isna().all()


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_the_numbers_of_a_card_have_intervals_from_three_processes_of_each_size_on(runs):
    card = card_of(*often("a", 34.5, 1.9, runs=runs))
    bounds = [card[f"{name}_{end}"] for name in ("seconds_per_step", "seconds_per_image") for end in ("low", "high")]
    assert [math.isnan(bound) for bound in bounds] == [runs < 3] * 4
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=0.03)
    one_size_less = card_of(*often("a", 30, 2, runs=runs, sizes=SIZES[1:]), machine("a", 30, 2))
    assert math.isnan(one_size_less["seconds_per_step_low"])
    assert one_size_less["seconds_per_step"] == pytest.approx(30e-6, rel=0.03)


def turns(first, last, processes=3, baseline="a"):
    """Overtakings by machines whose speed-up over the other is ``first`` at the smallest size, ``last`` at the next;
    processes differ by a tenth."""
    spread = np.linspace(0.95, 1.05, 3)
    own = {size: ((spread / speedup).tolist(), [0.9] * 3) for size, speedup in ((10, first), (100, last))}
    other = {size: (spread.tolist(), [0.9] * 3) for size in (10, 100)}
    sides = (saved.run(sizes, {"label": label}, processes=processes) for label, sizes in (("a", other), ("b", own)))
    return compared(*sides, baseline=baseline).overtakings


@pytest.mark.parametrize(
    ("first", "last", "told"), [(0.8, 1.25, 1), (1.25, 0.8, 1), (0.8, 1.05, 0), (0.95, 1.25, 0), (0.5, 0.7, 0)]
)
def test_one_overtakes_another_if_both_intervals_exclude_1(first, last, told):
    found = turns(first, last)
    assert len(found) == told
    assert list(found["then_faster"]) == ["b" if last > 1 else "a"] * told
    assert len(turns(first, last, baseline="b")) == told  # whichever is the baseline
    assert turns(first, last, processes=2).empty  # without intervals


def exactly(steps, images, seconds):
    """The fit of least squares, neither number below 0, in fractions, which do not round."""
    x = [Fraction(int(step)) / Fraction(own) for step, own in zip(steps, seconds, strict=True)]
    y = [images / Fraction(own) for own in seconds]
    xx, yy, xy = (sum(a * b for a, b in zip(*pair, strict=True)) for pair in ((x, x), (y, y), (x, y)))
    step, image = yy * sum(x) - xy * sum(y), xx * sum(y) - xy * sum(x)
    if step < 0 or image < 0:
        return (0.0, float(sum(y) / yy)) if step < 0 else (float(sum(x) / xx), 0.0)
    return float(step / (xx * yy - xy * xy)), float(image / (xx * yy - xy * xy))


@pytest.mark.parametrize("sizes", [(1, 60_000), (1, 10, 60_000), (59_999, 60_000)])
def test_nothing_cancels_and_neither_number_is_negative_in_the_fit_of_times_far_apart(sizes):
    steps = np.array([-(-60_000 // size) for size in sizes], dtype=float)
    for seconds in itertools.product((1e-9, 2e-9, 1.0, 1e9), repeat=len(sizes)):
        step, image = comparison.fit(steps, 60_000.0, np.array([seconds]))
        assert (step[0], image[0]) == pytest.approx(exactly(steps, 60_000, seconds), rel=1e-6, abs=0), seconds
