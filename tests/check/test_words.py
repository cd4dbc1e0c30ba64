import math

import pytest

from lab6.check import words
from lab6.check.check import Terms, check
from lab6.render import numbers
from tests.check.sides import PAIRS, SIZES, STEADY, checked, duet, runs


def first(found):
    return found.rows.to_dict("records")[0]


def test_no_regression_is_said_in_one_sentence_and_a_slower_row_is_named_with_how_much():
    assert words.headline(checked()) == "No regression: 2 same of 2; all learn as well."
    assert words.reasons(checked()) == []
    assert words.row_sentence(first(checked())) == ""
    slower = checked(1.2)
    assert words.headline(slower) == (
        "Regressed: minibatch size 10 with compiled on cpu is 20.0% slower; minibatch size 100 with compiled on cpu is "
        "20.0% slower."
    )
    assert words.row_sentence(first(slower)) == (
        "minibatch size 10 with compiled on cpu is 20.0% slower (95% interval 18.7% to 21.3%)"
    )
    assert words.row_sentence(first(checked(3.0))).endswith("takes 3 times as long (95% interval x2.97 to x3.03)")


def test_a_row_that_learns_less_is_named_with_its_errors_and_one_that_diverged_with_that():
    found = checked(0.5, accuracies=(0.8, 0.81, 0.8))
    assert words.headline(found).startswith("Regressed: minibatch size 10 with compiled on cpu learns less; ")
    sentence = words.row_sentence(first(found))
    assert sentence.startswith("minibatch size 10 with compiled on cpu learns less: its training error is 2.")
    assert "times as large (95% interval x2." in sentence
    assert " and its test error is 5." in sentence
    assert words.reasons(found)[0] == f"M{sentence[1:]}."
    candidate = runs(*STEADY, year=2027)
    candidate.loc[0, "training_loss"] = math.nan
    found = check(runs(*STEADY), candidate, Terms())
    sentence = "minibatch size 100 with compiled on cpu diverged: a loss is NaN or infinite"
    assert words.headline(found) == f"Regressed: {sentence}."
    assert words.row_sentence(first(found)) == sentence


def test_if_nothing_is_settled_no_regression_is_not_said():
    found = checked(1.5, count=1)
    assert words.headline(found) == "Nothing settled: 2 inconclusive of 2; all learn as well."
    assert words.reasons(found) == [
        "Inconclusive: minibatch sizes 10 and 100 with compiled on cpu; an interval needs three processes on each "
        "side, because rounds of one process are not independent."
    ]
    assert words.outlook(found).startswith("So few measurements cannot find a slowdown of any size. More processes")


def test_if_some_rows_are_settled_both_are_said():
    baseline, candidate = runs(*STEADY, sizes=SIZES), runs(*STEADY, sizes=SIZES, year=2027)
    wide = candidate["seconds"].where(candidate["batch_size"] == 10, candidate["seconds"] ** 4)
    found, strict = (check(baseline, candidate.assign(seconds=wide), Terms(strict=own)) for own in (False, True))
    assert words.headline(found) == "No regression found: 1 same, 1 inconclusive of 2; all learn as well."
    assert words.reasons(found) == [
        "Inconclusive: minibatch size 100 with compiled on cpu; the change is not certain enough for a verdict."
    ]
    assert words.headline(strict).startswith("Not settled: ")


def test_open_learning_is_named_with_why():
    found = checked(accuracies=(0.960, 0.964, 0.955))
    assert words.headline(found) == "No regression: 2 same of 2; learning is inconclusive for 2."
    (sentence,) = words.reasons(found)
    assert sentence.startswith(
        "Learning is inconclusive: minibatch sizes 10 and 100 with compiled on cpu; the interval"
    )
    sides = [runs(*STEADY, year=year).query("round == 0") for year in (2026, 2027)]
    sides[1] = sides[1].assign(test_accuracy=0.5)
    assert words.reasons(check(*sides, Terms()))[0].endswith("fewer than two seeds are the same.")


def test_the_end_says_what_could_have_been_found_and_the_command_that_finds_less():
    apart = words.outlook(checked())
    assert apart.startswith(
        "This check could have found a slowdown of 2.4%. More processes on each side find smaller ones: "
    )
    assert "pytest benchmarks --processes N" in apart
    assert apart.endswith("pytest benchmarks --against REV")
    together = words.outlook(check(*duet(*PAIRS), Terms(minimum_effect=0.001)))
    assert together.startswith("This check could have found a slowdown of 0.3%. A longer one finds smaller ones")
    assert together.endswith("pytest benchmarks --against REV --duration 600")
    assert words.outlook(check(*duet(*PAIRS), Terms())) == (
        "This check could have found a slowdown of 2.0%, the minimum effect; --minimum-effect sets it."
    )
    early = check(*duet(*PAIRS[:2]), Terms())
    assert words.reasons(early)[0].endswith("; too few pairs to bound the change yet.")
    assert words.headline(early).startswith("Nothing settled: 1 inconclusive of 1")


def test_disturbed_rounds_are_named_unless_a_duet_disturbs_both_sides_alike():
    quiet, busy = runs(*STEADY), runs(*STEADY, year=2027).assign(other_cpu_seconds=0.5)
    sentence = "Disturbed: 15 of 30 rounds, in which other programs used up to 0.5 of "
    assert words.reasons(check(quiet, busy, Terms()))[-1].startswith(sentence)
    both = [side.assign(other_cpu_seconds=0.5) for side in duet(*PAIRS)]
    assert not any("Disturbed" in reason for reason in words.reasons(check(*both, Terms())))


def test_the_sides_say_how_much_was_measured():
    assert list(words.sides(checked())) == [
        "Baseline: 5 runs, 5 processes, 30 rounds, run-0.json to run-4.json",
        "Candidate: 5 runs, 5 processes, 30 rounds, run-0.json to run-4.json",
    ]
    assert list(words.sides(check(*duet(*PAIRS), Terms()))) == [
        "Baseline: 1 run, 8 processes, 8 rounds, baseline.json",
        "Candidate: 1 run, 8 processes, 8 rounds, candidate.json",
        "Duet: 8 pairs a row, trained at the same time",
    ]


def test_learning_has_a_line_for_each_accuracy():
    speed, learned = words.tables(checked(accuracies=(0.9, 0.91, 0.9)))
    assert (speed.title, learned.title) == ("Speed, compiled on cpu", "Learning, compiled on cpu")
    assert [cell.text for cell in next(speed.rows())][::6] == ["10", "same"]
    lines = [[cell.text for cell in cells] for cells in learned.rows()]
    assert [line[:4] for line in lines[:2]] == [
        ["10", "training", "0.9120", "0.8533"],
        ["10", "test", "0.9620", "0.9033"],
    ]
    assert lines[1][-1] == "less"
    _, learned = words.tables(checked())
    assert next(learned.rows())[5].text == "equal"


@pytest.mark.parametrize(("change", "text"), [(0.152, "+15.2%"), (-0.0004, "+0.0%"), (-0.3, "-30.0%"), (2.0, "x3")])
def test_changes_are_percentages_until_they_double(change, text):
    assert numbers.change(change) == text


def test_a_duet_of_different_networks_says_so():
    sides = duet(*PAIRS)
    larger = sides[1].assign(parameter_count=35_066)
    sentence = "The network differs: 101,770 parameters in the baseline, 35,066 in the candidate."
    assert sentence in words.reasons(check(sides[0], larger, Terms()))
    digests = [side.assign(model_digest=f"sha256:{number}") for number, side in enumerate(sides)]
    sentence = "The network differs: other layers, with 101,770 parameters on both sides."
    assert sentence in words.reasons(check(*digests, Terms()))
    assert not any("network" in reason for reason in words.reasons(check(*sides, Terms())))


def test_disturbed_rounds_of_two_sides_that_number_them_alike_are_named():
    sides = [runs(*STEADY, year=year).assign(other_cpu_seconds=0.5) for year in (2026, 2027)]
    assert any("Disturbed: 30 of 30 rounds" in reason for reason in words.reasons(check(*sides, Terms())))
