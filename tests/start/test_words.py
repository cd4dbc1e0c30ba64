import re

import pytest

from lab6.render import numbers
from lab6.start import words
from lab6.store import notes
from tests import saved
from tests.samples import ODD, found, numbered, sample
from tests.small import answered

SURE = {10: ([4.0, 4.1, 4.2], [0.95, 0.95, 0.95]), 100: ([1.0, 1.1, 1.2], [0.90, 0.90, 0.90])}
"""The more accurate one is so in every draw."""

UNSURE = saved.run(processes=3)
"""Which of 10 and 100 to start with depends on the draw."""


def headline(findings):
    return words.headline(findings.answer, findings.answer.headline)


def sentences(findings):
    return words.reasons(findings.answer, findings.answer.headline)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (numbers.seconds, 0.37824, "0.378 s"),
        (numbers.seconds, 0.0012345, "0.00123 s"),
        (numbers.seconds, 63.55, "63.5 s"),
        (numbers.seconds, 538.9, "539 s"),
        (numbers.seconds, 1234.5, "1,234 s"),
        (numbers.times, 5.66, "5.7"),
        (numbers.times, 1.25, "1.2"),
        (numbers.times, 28.6, "29"),
        (numbers.times, 1234.0, "1,234"),
        (numbers.listed, (1,), "1"),
        (numbers.listed, (1, 10), "1 and 10"),
        (numbers.listed, (1, 10, 60_000), "1, 10 and 60,000"),
        (numbers.listed, tuple(range(1, 61)), "60 sizes from 1 to 60"),
    ],
)
def test_times_have_three_digits_ratios_are_short_and_sizes_are_listed_as_a_person_does(write, value, text):
    assert write(value) == text


def test_the_headline_names_size_method_machine_time_and_accuracy_and_a_size_that_may_be_as_good():
    assert headline(found(saved.run(SURE, {"label": ODD}))) == (
        "Start with minibatch size 10: with compiled on <script>alert(1)</script> & $x^2$ _a, one epoch takes 4.1 s "
        "and reaches a test accuracy of 0.950."
    )
    assert headline(found(UNSURE)).startswith(
        "Start with minibatch size 100 (not distinguished from 10): with compiled on here, one epoch takes 1.1 s "
    )


def test_the_lab_report_says_start_with_100_and_why():
    assert headline(sample("lab report")) == (
        "Start with minibatch size 100: in the lab report, one epoch takes 4 s and reaches a training accuracy of "
        "0.840."
    )
    within, alternatives, sureness, single = sentences(sample("lab report"))
    assert within == (
        "1, 10 and 100 are within 0.01 of the best training accuracy (0.840, at 100); of these, 100 is the fastest."
    )
    assert alternatives == "10 takes 3 times as long, and 1,000 takes 3 s but loses 0.030 of accuracy."
    assert sureness == (
        "How sure this is cannot be said: it takes three processes and two seeds of each size; measure with "
        "--processes 3 or more."
    )
    assert single == "At minibatch size 60,000 an epoch is one single update, so little is learned however fast it is."


def test_sizes_that_cannot_be_distinguished_are_named_with_the_share():
    answer = found(UNSURE).answer
    assert 0.7 < answer.headline.share < 0.95
    (sureness,) = [sentence for sentence in sentences(found(UNSURE)) if "draws" in sentence]
    share = re.match(
        r"It wins (\d\d\.?\d?)% of 4,000 draws of times and accuracies that are compatible with 3 processes", sureness
    )[1]
    assert float(share) == pytest.approx(answer.headline.share * 100, abs=0.1)
    assert sureness.endswith(" of each size, so it cannot be distinguished from 10; measure with more --processes.")


def test_a_size_that_always_wins_is_said_to():
    rule, alternatives, sureness = sentences(found(saved.run(SURE, processes=3)))
    assert rule == "It has the highest test accuracy, 0.950, and no other size comes within 0.01 of it."
    assert alternatives == "100 takes 1.1 s but loses 0.050 of accuracy."
    assert sureness == (
        "It wins all 4,000 draws of times and accuracies that are compatible with 3 processes of each size."
    )


def test_a_size_that_takes_about_as_long_is_not_said_to_take_one_time_as_long():
    close = {10: ([1.001] * 3, [0.95] * 3), 100: ([1.0] * 3, [0.95] * 3)}
    assert sentences(found(saved.run(close)))[1] == "10 takes hardly longer."


def test_tolerance_and_accuracy_are_those_asked_for():
    assert sentences(found(saved.run(SURE), tolerance=0.1))[:2] == [
        "10 and 100 are within 0.1 of the best test accuracy (0.950, at 10); of these, 100 is the fastest.",
        "10 takes 3.7 times as long.",
    ]
    by_training = found(saved.run(SURE), accuracy="training")
    assert "a training accuracy of 0.900" in headline(by_training)
    assert "the highest training accuracy" in sentences(by_training)[0]


def test_a_single_size_is_no_recommendation():
    assert headline(sample("one size")) == (
        "Minibatch size 100 is the only one here: with compiled on here, one epoch takes 0.6 s and reaches a test "
        "accuracy of 0.907; measure more sizes to compare."
    )
    assert sentences(sample("one size")) == []
    assert sentences(found(saved.run({60_000: ([0.5], [0.2])}))) == [
        "At minibatch size 60,000 an epoch is one single update."
    ]


REACHES = "one epoch with compiled on here reaches the highest test accuracy,"


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (0.25, "Within 0.25 s, no epoch ends with compiled on here; the fastest takes 1.1 s."),
        (2.0, f"Within 2 s, {REACHES} 0.900, with minibatch size 100 (1.1 s)."),
        (4.1, f"Within 4.1 s, {REACHES} 0.950, with minibatch size 10 (4.1 s)."),  # which takes just as long
    ],
)
def test_a_budget_is_answered_where_one_is_asked_for(budget, text):
    assert words.budgets(found(saved.run(SURE), budget=budget).answer) == [text]
    assert words.budgets(found(saved.run(SURE)).answer) == []


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
    assert words.caveat(answer) == CAVEAT + missing * told


def test_what_is_judged_otherwise_than_usual_is_said():
    switched = "Judged by training accuracy"
    assert switched in words.caveat(sample("beside the lab report").answer)
    assert switched not in words.caveat(sample("lab report").answer)  # has nothing else
    assert switched not in words.caveat(found(UNSURE).answer)


def test_disturbed_rounds_are_counted_with_the_most_that_others_used_and_what_to_do():
    sizes = {100: ([1.0] * 3, [0.9] * 3), 10: ([4.0] * 3, [0.95] * 3)}
    one = saved.run(sizes, others={10: [0.0, 2.0, 0.0], 100: [0.0, 0.8, 1.5]})
    assert notes.disturbances(found(one, saved.run(sizes, {"label": "quiet"})).answer.summary.rounds) == [
        "Disturbed: 3 of 12 rounds, in which other programs used up to 1.5 of 2 cores; they count like the others, so "
        "measure again when the machine is quiet."
    ]
    for others in (None, {100: [0.0] * 3}):
        assert notes.disturbances(found(saved.run(sizes, others=others)).answer.summary.rounds) == []


def test_a_budget_is_answered_for_six_series_each_and_of_more_for_two_and_only_if_asked_for():
    assert len(words.budgets(numbered(6, budget=1.0).answer)) == 6
    answer = numbered(7, budget=1.0).answer
    best = answer.summary.sizes[answer.summary.sizes["seconds"] <= 1.0].nlargest(1, "test_accuracy")["setup"].item()
    own, most, rest = words.budgets(answer)
    assert f"with compiled on {answer.headline.setup} " in own
    assert f"with compiled on {best} " in most
    assert rest == "What the other 5 series reach is on the page and in --format json."
    assert words.budgets(numbered(7).answer) == []


SEVERAL = "run-0.json (1 round), run-1.json (2 rounds), run-2.json (3 rounds) and 2 more were"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([7], "run-0.json (7 rounds) was interrupted, and holds what it had finished."),
        ([1, 2], "run-0.json (1 round) and run-1.json (2 rounds) were interrupted, and hold what they had finished."),
        ([1, 2, 3, 4, 5], f"{SEVERAL} interrupted, and hold what they had finished."),
        ([], None),
    ],
)
def test_runs_that_were_cut_off_are_named_with_their_rounds(counts, text):
    runs = [saved.run({100: ([1.0] * count, [0.9] * count)}, datetime=f"2026-01-0{count}") for count in counts]
    answer = found(*(run | {"unfinished": True} for run in runs), saved.run()).answer
    assert notes.cut_off(answer.summary.rounds) == ([f"Cut off: {text}"] if text else [])


def test_a_method_with_threads_or_workers_is_used():
    own = answered(saved.run(workers=2, threads=1))
    assert "using compiled with 2 workers on here, one epoch takes" in words.headline(own, own.headline)
