import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6 import cli
from lab6.analysis import compare, lab_report
from lab6.analysis.answer import Question, answer
from lab6.errors import OptionError, ResultsError
from lab6.report import comparison
from tests import saved
from tests.analysis.small import rounds

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


def judged(*contents, reported=False):
    frames = [rounds(*contents)] + ([lab_report.rounds()] if reported else [])
    return answer(pd.concat(frames, ignore_index=True), Question())


def test_speed_ups_are_ratios_of_geometric_means_with_intervals():
    found = compare.compare(judged(*often("slow", 40, 4), *often("fast", 20, 2)))
    assert found.baseline == "slow"
    assert list(found.speedups["batch_size"]) == list(SIZES)
    assert found.speedups["speedup"].to_numpy() == pytest.approx(2)
    assert (found.speedups["speedup_low"] < 2).all()
    assert (found.speedups["speedup_high"] > 2).all()
    (mean,) = found.means.to_dict("records")
    assert (mean["setup"], mean["sizes"]) == ("fast", 5)
    assert mean["speedup"] == pytest.approx(2)
    assert 1.9 < mean["speedup_low"] < 2 < mean["speedup_high"] < 2.1


def test_the_interval_of_a_speed_up_is_welchs_over_processes():
    slow, fast = [2.0, 2.2, 2.1, 2.4], [1.0, 1.1, 1.3]
    runs = (
        saved.run({100: (own, [0.9] * len(own))}, {"label": label}, processes=len(own))
        for label, own in (("slow", slow), ("fast", fast))
    )
    found = compare.compare(judged(*runs))
    there = stats.ttest_ind(np.log(slow), np.log(fast), equal_var=False).confidence_interval(0.95)
    for (row,) in (found.speedups.to_dict("records"), found.means.to_dict("records")):
        assert (row["speedup_low"], row["speedup_high"]) == pytest.approx((math.exp(there.low), math.exp(there.high)))


def test_the_mean_has_the_interval_of_the_processes_means_over_sizes():
    """Processes whose sizes differ in opposite directions have the same mean, so that it is certain."""
    seesaw = {10: ([1.0, 2.0, 4.0], [0.9] * 3), 100: ([4.0, 2.0, 1.0], [0.9] * 3)}
    runs = (saved.run(seesaw, {"label": label}, processes=3) for label in ("a", "b"))
    found = compare.compare(judged(*runs))
    assert (found.speedups["speedup_high"] > 3).all()
    assert found.means["speedup_high"].item() == pytest.approx(1)


def test_the_mean_is_geometric():
    found = compare.compare(judged(machine("a", 10, 1), machine("b", 5, 2)), "a")
    ratios = found.speedups["speedup"]
    assert found.means["speedup"].iloc[0] == pytest.approx(math.exp(np.log(ratios).mean()))


def test_any_machine_can_be_the_baseline_by_a_part_of_its_name():
    judgement = judged(machine("lab desktop", 40, 4), machine("lab laptop", 20, 2))
    found = compare.compare(judgement, "LAPTOP")
    assert found.baseline == "lab laptop"
    assert found.speedups["speedup"].to_numpy() == pytest.approx(0.5)
    with pytest.raises(OptionError, match="--baseline: 'lab' names several machines; give one of: lab desk"):
        compare.compare(judgement, "lab")
    with pytest.raises(OptionError, match="--baseline: 'x' is no machine of these results"):
        compare.compare(judgement, "x")


def test_one_machine_alone_is_refused():
    with pytest.raises(ResultsError, match="here is the only machine in these results"):
        compare.compare(judged(saved.run()))


def test_a_card_finds_what_a_step_and_an_image_cost():
    factors = np.array([0.99, 1, 1.01])
    (card,) = compare.cards(judged(*often("a", 34.5, 1.9, noise=0.01))).to_dict("records")
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=1e-4)
    assert card["seconds_per_image"] == pytest.approx(1.9e-6, rel=1e-4)
    half = 4.303 * factors.std(ddof=1) / math.sqrt(3)
    assert card["seconds_per_step_high"] == pytest.approx(34.5e-6 * (1 + half), rel=1e-3)
    assert card["seconds_per_step_low"] == pytest.approx(34.5e-6 * (1 - half), rel=1e-3)
    assert abs(card["worst"]) < 1e-9
    assert not comparison.is_misfit(card)


def test_neither_number_is_negative():
    steps, seconds = np.array([6000.0, 600, 60]), np.array([[1.0, 1.3, 1.6], [6.0, 0.5, 0.04]])
    step, image = compare.fit(steps, 60_000.0, seconds)
    assert step[0] == 0
    assert image[0] > 0
    assert step[1] > 0
    assert image[1] == 0
    from scipy.optimize import nnls

    for row in (0, 1):
        design = np.stack([steps / seconds[row], 60_000 / seconds[row]], axis=1)
        assert (step[row], image[row]) == pytest.approx(tuple(nnls(design, np.ones(3))[0]), rel=1e-9)


def test_a_line_that_does_not_fit_is_said_with_where():
    odd = machine("odd", 30, 2)
    odd["benchmarks"][3]["stats"]["data"] = [0.6, 0.6, 0.6]  # by the line it takes 0.12 s
    judgement = judged(odd, machine("even", 30, 2))
    cards = compare.cards(judgement).set_index("setup")
    assert cards.loc["odd", "worst_size"] == 1000
    assert cards.loc["odd", "worst"] > compare.MISFIT
    said = comparison.sentences(judgement, compare.compare(judgement))
    assert [
        text for text in said if text.startswith("Two numbers do not explain compiled on odd: at minibatch size 1,0")
    ]


def test_two_sizes_have_a_card_without_residuals_and_one_has_none():
    two = compare.cards(judged(machine("a", 30, 2, sizes=(1, 100)))).iloc[0]
    assert two["seconds_per_step"] == pytest.approx(30e-6)
    assert math.isnan(two["worst"])
    one = compare.cards(judged(machine("a", 30, 2, sizes=(1,)))).iloc[0]
    assert math.isnan(one["seconds_per_step"])


def test_where_one_machine_overtakes_another():
    judgement = judged(*often("quick steps", 20, 4, noise=0.01), *often("quick images", 60, 1, noise=0.01))
    (turn,) = compare.compare(judgement).overtakings.to_dict("records")
    assert (turn["smaller"], turn["larger"]) == (10, 100)
    assert 10 < turn["batch_size"] < 30  # (60 - 20) / (4 - 1) = 13.3
    assert turn["then_faster"] == "quick images"
    (sentence, *_) = comparison.sentences(judgement, compare.compare(judgement))
    assert sentence.startswith("quick images overtakes quick steps at a minibatch size of about ")


def test_machines_that_cannot_be_distinguished_do_not_overtake():
    wide = [*often("a", 20, 4, noise=0.9), *often("b", 60, 1, noise=0.9)]
    assert (compare.compare(judged(*wide)).speedups["speedup"].iloc[[0, -1]] - 1).abs().min() > 0.6
    assert compare.compare(judged(*wide)).overtakings.empty


def test_methods_are_only_compared_with_the_same_but_all_with_the_lab_report():
    judgement = judged(machine("a", 30, 2), machine("b", 30, 2), machine("b", 90, 2, engine="fit"), reported=True)
    found = compare.compare(judgement, "a")
    assert found.unmatched == (("b", "fit"), ("lab report", "method not said"))
    against = compare.compare(judgement, "lab report")
    assert set(zip(against.means["setup"], against.means["method"], strict=True)) == {
        ("a", "compiled"),
        ("b", "compiled"),
        ("b", "fit"),
    }
    assert (against.speedups["speedup"] > 1).all()


def test_the_command_prints_and_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for place, run in enumerate([*often("a", 40, 4), *often("b", 20, 2)]):
        saved.write(tmp_path / "results" / "all" / f"{place:04}_run.json", run)
    cli.app(["compare"], standalone_mode=False)
    text = capsys.readouterr().out
    assert text.startswith("Fastest on average: compiled on b, 2 times as fast as a (1.9")
    assert sorted(path.name for path in (tmp_path / "build" / "compare").iterdir()) == [
        "speed-up-dark.svg",
        "speed-up.csv",
        "speed-up.png",
        "speed-up.svg",
    ]
    cli.app(["compare", "--format", "json", "--baseline", "b"], standalone_mode=False)
    document = json.loads(capsys.readouterr().out)
    assert document["on_average"][0]["speedup"] == pytest.approx(0.5)
    assert len(document["fitted"]) == 10
    cli.app(["compare", "--format", "markdown"], standalone_mode=False)
    assert "### Machine cards" in capsys.readouterr().out


def test_sizes_with_as_many_steps_have_no_card_and_no_warning():
    card = compare.cards(judged(machine("a", 30, 2, sizes=(30_000, 40_000, 50_000)))).iloc[0]
    assert math.isnan(card["seconds_per_step"])


def test_a_single_round_has_no_interval():
    once = saved.run({100: ([1.0], [0.9])}, {"label": "once"})
    found = compare.compare(judged(once, *often("often", 30, 2, sizes=(100,))))
    assert len(found.speedups) == 1
    assert found.speedups["speedup_low"].isna().all()
    assert found.means["speedup_low"].isna().all()


def test_the_lab_report_can_be_the_baseline_by_its_name_as_a_source():
    assert compare.compare(judged(machine("a", 30, 2), reported=True), "lab-report").baseline == "lab report"


def test_the_fastest_is_chosen_among_those_with_the_most_sizes():
    judgement = judged(machine("a", 40, 4), machine("b", 20, 2), machine("c", 4, 4, sizes=(1,)))
    text = comparison.headline(judgement, compare.compare(judgement))
    assert text == "Fastest on average: compiled on b, 2 times as fast as a over 5 minibatch sizes."


def test_disturbed_rounds_and_residuals_are_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    busy = saved.run({100: ([1.0, 1.1, 1.2], [0.9] * 3)}, {"label": "busy"}, others={100: [0.0, 1.0, 0.0]})
    saved.write(tmp_path / "results" / "a" / "0001_a.json", busy)
    saved.write(tmp_path / "results" / "b" / "0001_b.json", machine("b", 20, 2, noise=0.02))
    for form in ("table", "markdown", "json"):
        cli.app(["compare", "--format", form], standalone_mode=False)
        text = capsys.readouterr().out
        assert "Disturbed: 1 of" in text
        assert "Measured, and by the machine cards" in text or '"residual"' in text


INTERVAL = ["speedup_low", "speedup_high"]


@pytest.mark.parametrize(("ours", "theirs", "told"), [(1, 1, 0), (1, 5, 0), (5, 2, 0), (2, 2, 0), (3, 3, 5), (5, 3, 5)])
def test_with_fewer_than_three_processes_on_a_side_no_speed_up_has_an_interval(ours, theirs, told):
    found = compare.compare(judged(*often("a", 40, 4, runs=theirs), *often("b", 20, 2, runs=ours)))
    assert list(found.speedups[INTERVAL].notna().sum()) == [told, told]
    assert list(found.means[INTERVAL].notna().sum()) == [told > 0] * 2
    assert found.speedups["speedup"].to_numpy() == pytest.approx(2, rel=0.05)


def test_rounds_are_no_processes():
    apart = [machine("a", 40, 4, noise=0.02), machine("b", 20, 2, noise=0.02)]
    found = compare.compare(judged(*apart))
    assert list(found.speedups[INTERVAL].notna().sum()) == [0, 0]
    assert compare.cards(judged(*apart)).filter(like="_low").isna().all(axis=None)


def test_a_size_with_too_few_processes_has_no_interval_and_so_the_mean_has_none():
    few = often("b", 20, 2, runs=2, sizes=SIZES[1:]) + often("b", 20, 2, runs=2)
    found = compare.compare(judged(*often("a", 40, 4), *few))
    assert list(found.speedups["speedup_low"].isna()) == [True, False, False, False, False]
    assert found.means["speedup_low"].isna().all()


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_the_numbers_of_a_card_have_intervals_from_three_processes_on(runs):
    (card,) = compare.cards(judged(*often("a", 34.5, 1.9, runs=runs))).to_dict("records")
    bounds = [card[f"{name}_{end}"] for name in ("seconds_per_step", "seconds_per_image") for end in ("low", "high")]
    assert [math.isnan(bound) for bound in bounds] == [runs < 3] * 4
    assert card["seconds_per_step"] == pytest.approx(34.5e-6, rel=0.03)


def test_a_card_has_no_intervals_if_one_of_its_sizes_has_too_few_processes():
    (card,) = compare.cards(judged(*often("a", 30, 2, sizes=SIZES[1:]), machine("a", 30, 2))).to_dict("records")
    assert math.isnan(card["seconds_per_step_low"])
    assert card["seconds_per_step"] == pytest.approx(30e-6, rel=1e-3)


def turns(first, last, processes=3, baseline="a"):
    """Overtakings by machines whose speed-up over the other is ``first`` at the smallest size, ``last`` at the next;
    processes differ by a tenth."""
    spread = np.linspace(0.95, 1.05, 3)
    own = {size: ((spread / speedup).tolist(), [0.9] * 3) for size, speedup in ((10, first), (100, last))}
    other = {size: (spread.tolist(), [0.9] * 3) for size in (10, 100)}
    sides = (saved.run(sizes, {"label": label}, processes=processes) for label, sizes in (("a", other), ("b", own)))
    return compare.compare(judged(*sides), baseline).overtakings


@pytest.mark.parametrize(
    ("first", "last", "told"), [(0.8, 1.25, 1), (1.25, 0.8, 1), (0.8, 1.05, 0), (0.95, 1.25, 0), (0.5, 0.7, 0)]
)
def test_one_overtakes_another_if_both_intervals_exclude_1(first, last, told):
    found = turns(first, last)
    assert len(found) == told
    assert list(found["then_faster"]) == ["b" if last > 1 else "a"] * told
    assert len(turns(first, last, baseline="b")) == told  # whichever is the baseline


def test_without_intervals_nobody_overtakes():
    assert turns(0.1, 10, processes=2).empty


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
def test_nothing_cancels_in_the_fit_of_times_far_apart(sizes):
    steps = np.array([-(-60_000 // size) for size in sizes], dtype=float)
    for seconds in itertools.product((1e-9, 2e-9, 1.0, 1e9), repeat=len(sizes)):
        step, image = compare.fit(steps, 60_000.0, np.array([seconds]))
        assert (step[0], image[0]) == pytest.approx(exactly(steps, 60_000, seconds), rel=1e-6, abs=0), seconds


def test_two_sizes_that_no_line_goes_through_are_a_misfit():
    odd = saved.run({10: ([0.1] * 3, [0.9] * 3), 100: ([1.0] * 3, [0.9] * 3)})  # more steps in less time
    (card,) = compare.cards(judged(odd)).to_dict("records")
    assert card["seconds_per_step"] == 0
    assert comparison.is_misfit(card)
    assert card["worst_size"] == 100
