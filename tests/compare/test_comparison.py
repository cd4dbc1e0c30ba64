import json
import math

import numpy as np
import pytest
from scipy import stats

from lab6.compare import comparison, words
from lab6.errors import OptionError, ResultsError
from lab6.store import cards
from tests import saved
from tests.machines import SIZES, machine, often
from tests.program import lab6
from tests.small import summarised


def compared(*runs, baseline=None):
    return comparison.compare(summarised(*runs), baseline)


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


def test_a_line_that_does_not_fit_is_said_with_where():
    odd = machine("odd", 30, 2)
    odd["benchmarks"][3]["stats"]["data"] = [0.6, 0.6, 0.6]  # by the line it takes 0.12 s
    judgement = summarised(odd, machine("even", 30, 2))
    own = cards.cards(judgement).set_index("setup")
    assert own.loc["odd", "worst_size"] == 1000
    assert own.loc["odd", "worst"] > cards.MISFIT
    said = "\n".join(words.sentences(judgement, comparison.compare(judgement)))
    assert "Two numbers do not explain compiled on odd: at minibatch size 1,0" in said


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
