import json
import math

import numpy as np
import pandas as pd
import pytest

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


def judged(*contents, reported=False):
    frames = [rounds(*contents)] + ([lab_report.rounds()] if reported else [])
    return answer(pd.concat(frames, ignore_index=True), Question())


def test_speed_ups_are_ratios_of_medians_with_intervals():
    found = compare.compare(judged(machine("slow", 40, 4, noise=0.02), machine("fast", 20, 2, noise=0.02)))
    assert found.baseline == "slow"
    assert list(found.speedups["batch_size"]) == list(SIZES)
    assert found.speedups["speedup"].to_numpy() == pytest.approx(2)
    assert (found.speedups["speedup_low"] < 2).all()
    assert (found.speedups["speedup_high"] > 2).all()
    (mean,) = found.means.to_dict("records")
    assert (mean["setup"], mean["sizes"]) == ("fast", 5)
    assert mean["speedup"] == pytest.approx(2)
    assert 1.91 < mean["speedup_low"] < 2 < mean["speedup_high"] < 2.09


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
    (card,) = compare.cards(judged(machine("a", 34.5, 1.9, noise=0.01))).to_dict("records")
    assert card["seconds_per_step"] == pytest.approx(34.5e-6)
    assert card["seconds_per_image"] == pytest.approx(1.9e-6)
    assert card["seconds_per_step_low"] < 34.5e-6 < card["seconds_per_step_high"]
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
    quick_steps, quick_images = machine("quick steps", 20, 4, noise=0.01), machine("quick images", 60, 1, noise=0.01)
    judgement = judged(quick_steps, quick_images)
    (turn,) = compare.compare(judgement).overtakings.to_dict("records")
    assert (turn["smaller"], turn["larger"]) == (10, 100)
    assert 10 < turn["batch_size"] < 30  # (60 - 20) / (4 - 1) = 13.3
    assert turn["then_faster"] == "quick images"
    (sentence, *_) = comparison.sentences(judgement, compare.compare(judgement))
    assert sentence.startswith("quick images overtakes quick steps at a minibatch size of about ")


def test_machines_that_cannot_be_told_apart_do_not_overtake():
    wide = [machine("a", 30, 2.0, noise=0.3), machine("b", 31, 1.95, noise=0.3)]
    assert compare.compare(judged(*wide)).overtakings.empty


def test_methods_are_only_held_against_the_same_but_all_against_the_lab_report():
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
    saved.write(tmp_path / "results" / "a" / "0001_a.json", machine("a", 40, 4, noise=0.02))
    saved.write(tmp_path / "results" / "b" / "0001_b.json", machine("b", 20, 2, noise=0.02))
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


def test_what_was_measured_once_has_no_interval():
    once = saved.run({100: ([1.0], [0.9])}, {"label": "once"})
    found = compare.compare(judged(once, machine("often", 30, 2, sizes=(100,), noise=0.02)))
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
        assert "round 2" in text
        assert "Measured, and by the machine cards" in text or '"residual"' in text
