import re

import pytest

from lab6.report import wording
from tests import saved
from tests.report.samples import ODD, found, machines, sample

SURE = {10: ([4.0, 4.1, 4.2], [0.95, 0.95, 0.95]), 100: ([1.0, 1.1, 1.2], [0.90, 0.90, 0.90])}
"""The more accurate one is so in every draw."""

UNSURE = saved.run(processes=3)
"""Which of 10 and 100 to start with depends on the draw."""


def sentences(findings):
    return wording.reasons(findings.answer, findings.answer.headline)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.37824, "0.378 s"), (0.0012345, "0.00123 s"), (63.55, "63.5 s"), (538.9, "539 s"), (1234.5, "1,234 s")],
)
def test_a_time_has_three_digits(value, text):
    assert wording.seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(5.66, "5.7"), (1.25, "1.2"), (28.6, "29"), (1234.0, "1,234")])
def test_a_ratio_is_short(value, text):
    assert wording.times(value) == text


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((1,), "1"),
        ((1, 10), "1 and 10"),
        ((1, 10, 60_000), "1, 10 and 60,000"),
        (tuple(range(1, 61)), "60 sizes from 1 to 60"),
    ],
)
def test_sizes_are_listed_as_a_person_does(sizes, text):
    assert wording.listed(sizes) == text


def test_the_headline_names_size_method_machine_time_and_accuracy():
    answer = found(saved.run(SURE, {"label": ODD})).answer
    assert wording.headline(answer, answer.headline) == (
        "Start with minibatch size 10: with compiled on <script>alert(1)</script> & $x^2$ _a, one epoch takes 4.1 s "
        "and reaches a test accuracy of 0.950."
    )


def test_a_headline_in_doubt_says_so():
    answer = found(UNSURE).answer
    assert wording.headline(answer, answer.headline).startswith(
        "Start with minibatch size 100 (not distinguished from 10): with compiled on here, one epoch takes 1.1 s "
    )


def test_the_lab_report_says_start_with_100_and_why():
    answer = sample("lab report").answer
    assert wording.headline(answer, answer.headline) == (
        "Start with minibatch size 100: in the lab report, one epoch takes 4 s and reaches a training accuracy of "
        "0.840."
    )
    within, alternatives, sureness, single = sentences(sample("lab report"))
    assert within == (
        "1, 10 and 100 are within 0.01 of the best training accuracy (0.840, at 100); of these, 100 is the fastest."
    )
    assert alternatives == "10 takes 3 times as long, and 1,000 takes 3 s but loses 0.030 of accuracy."
    assert sureness == (
        "How sure this is cannot be said: that takes three processes and two seeds of each size; measure with "
        "--processes 3 or more."
    )
    assert single == "At minibatch size 60,000 an epoch is one single update, so little is learned however fast it is."


def test_sizes_that_cannot_be_distinguished_are_named_with_the_share():
    answer = found(UNSURE).answer
    assert 0.7 < answer.headline.share < 0.95
    (sureness,) = [sentence for sentence in sentences(found(UNSURE)) if "draws" in sentence]
    share = re.match(r"It wins (\d\d\.?\d?)% of 4,000 draws of the times and accuracies that 3 processes", sureness)[1]
    assert float(share) == pytest.approx(answer.headline.share * 100, abs=0.1)
    assert sureness.endswith(" possible, so it cannot be distinguished from 10; measure with more --processes.")


def test_a_size_that_always_wins_is_said_to():
    rule, alternatives, sureness = sentences(found(saved.run(SURE, processes=3)))
    assert rule == "It has the highest test accuracy, 0.950, and no other size comes within 0.01 of it."
    assert alternatives == "100 takes 1.1 s but loses 0.050 of accuracy."
    assert sureness == (
        "It wins all 4,000 draws of the times and accuracies that 3 processes of each size leave possible."
    )


def test_a_size_that_takes_about_as_long_is_not_said_to_take_one_time_as_long():
    close = {10: ([1.001] * 3, [0.95] * 3), 100: ([1.0] * 3, [0.95] * 3)}
    assert sentences(found(saved.run(close)))[1] == "10 takes hardly longer."


def test_the_tolerance_is_the_one_asked_for():
    assert sentences(found(saved.run(SURE), tolerance=0.1))[:2] == [
        "10 and 100 are within 0.1 of the best test accuracy (0.950, at 10); of these, 100 is the fastest.",
        "10 takes 3.7 times as long.",
    ]


def test_a_single_size_is_no_recommendation():
    answer = sample("one size").answer
    assert wording.headline(answer, answer.headline) == (
        "Minibatch size 100 is the only one here: with compiled on here, one epoch takes 0.6 s and reaches a test "
        "accuracy of 0.907; measure more sizes to compare."
    )
    assert sentences(sample("one size")) == []
    assert sentences(found(saved.run({60_000: ([0.5], [0.2])}))) == [
        "At minibatch size 60,000 an epoch is one single update."
    ]


def test_the_accuracy_is_the_one_judged():
    answer = found(saved.run(SURE), accuracy="training").answer
    assert "a training accuracy of 0.900" in wording.headline(answer, answer.headline)
    assert "the highest training accuracy" in wording.reasons(answer, answer.headline)[0]


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (None, None),
        (0.25, "Within 0.25 s, no epoch ends with compiled on here; the fastest takes 1.1 s."),
        (
            2.0,
            "Within 2 s, one epoch with compiled on here reaches the highest test accuracy, 0.900, with minibatch size "
            "100 (1.1 s).",
        ),
        (
            4.1,  # just as long as the more accurate one takes
            "Within 4.1 s, one epoch with compiled on here reaches the highest test accuracy, 0.950, with minibatch "
            "size 10 (4.1 s).",
        ),
    ],
)
def test_a_budget_is_answered_where_one_is_asked_for(budget, text):
    answer = found(saved.run(SURE), budget=budget).answer
    assert wording.budget(answer, answer.headline) == text


CAVEAT = (
    "Times are geometric means over processes, each with the median of its rounds; accuracies are means over seeds; "
    "both with Student's 95% intervals."
)


@pytest.mark.parametrize(
    ("processes", "tests", "told"), [(3, [0.9] * 3, False), (2, [0.9] * 3, True), (1, [0.9], True)]
)
def test_which_intervals_are_missing_is_said_if_any_is(processes, tests, told):
    run = saved.run({10: ([1.0] * 3, [0.9] * 3)}, processes=3)
    answer = found(run, saved.run({100: ([1.0] * len(tests), tests)}, processes=processes)).answer
    missing = " A time from fewer than three processes has no interval, nor has an accuracy from one seed."
    assert wording.caveat(answer) == CAVEAT + missing * told


def test_what_is_judged_otherwise_than_usual_is_said():
    switched = "Judged by training accuracy"
    assert switched in wording.caveat(sample("beside the lab report").answer)
    assert switched not in wording.caveat(sample("lab report").answer)  # has nothing else
    assert switched not in wording.caveat(found(UNSURE).answer)


TWICE = {100: ([1.0, 1.0, 1.0], [0.9] * 3), 10: ([4.0, 4.0, 4.0], [0.95] * 3)}


@pytest.mark.parametrize("others", [None, {100: [0.0] * 3}])
def test_where_no_round_is_disturbed_nothing_is_said(others):
    assert wording.disturbances(found(saved.run(TWICE, others=others)).answer) == []


def test_disturbed_rounds_are_counted_with_the_most_that_others_used_and_what_to_do():
    one = saved.run(TWICE, others={10: [0.0, 2.0, 0.0], 100: [0.0, 0.8, 1.5]})
    assert wording.disturbances(found(one, saved.run(TWICE, {"label": "quiet"})).answer) == [
        "Disturbed: 3 of 12 rounds, in which other programs used up to 1.5 of 2 cores; they count like the others, so "
        "measure again when the machine is quiet."
    ]


@pytest.mark.parametrize("count", [6, 7])
def test_a_budget_is_answered_for_six_series_each_and_of_more_for_two(count):
    limit = 1.0
    answer = found(*machines([f"machine {number}" for number in range(count)], ["compiled"]), budget=limit).answer
    told = wording.budgets(answer)
    if count == 6:
        assert len(told) == 6
    else:
        best = answer.summary[answer.summary["seconds"] <= limit].nlargest(1, "test_accuracy")["setup"].item()
        own, most, rest = told
        assert f"with compiled on {answer.headline.setup} " in own
        assert f"with compiled on {best} " in most
        assert rest == "What the other 5 series reach is on the page and in --format json."


def test_without_a_budget_nothing_is_said_of_one_however_many_series_there_are():
    assert wording.budgets(sample("fifty machines").answer) == []


def cut(*counts):
    """What is said of runs that were cut off after so many rounds."""
    runs = [saved.run({100: ([1.0] * count, [0.9] * count)}, datetime=f"2026-01-0{count}") for count in counts]
    return wording.cut_off(found(*(run | {"unfinished": True} for run in runs), saved.run()).answer)


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([7], ["Cut off: 0.json (7 rounds) was interrupted, and holds what it had finished."]),
        (
            [1, 2],
            ["Cut off: 0.json (1 round) and 1.json (2 rounds) were interrupted, and hold what they had finished."],
        ),
        (
            [1, 2, 3, 4, 5],
            [
                "Cut off: 0.json (1 round), 1.json (2 rounds), 2.json (3 rounds) and 2 more were interrupted, and hold "
                "what they had finished."
            ],
        ),
        ([], []),
    ],
)
def test_runs_that_were_cut_off_are_named(counts, text):
    assert cut(*counts) == text
