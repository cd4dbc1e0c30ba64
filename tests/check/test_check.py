import math

import pandas as pd
import pytest

from lab6.check import words
from lab6.check.check import Terms, check
from lab6.errors import OptionError, ResultsError
from tests.check.sides import SIZES, STEADY, duet, runs

OTHER = {"versions": {"python": "3.11.7", "tensorflow": "2.20.0", "keras": "3.15.1", "numpy": "2.4.6"}}


def pair(slower=1.0, **fields):
    candidate = runs(*(slower * level for level in STEADY), **({"year": 2027} | fields))
    return runs(*STEADY), candidate


@pytest.mark.parametrize(
    ("slower", "settled", "failed", "strictly"),
    [(1.0, True, False, False), (1.1, True, True, True), (0.9, True, False, False), (1.015, False, False, True)],
)
def test_what_is_slower_fails_and_what_is_open_only_if_strict(slower, settled, failed, strictly):
    found = check(*pair(slower), Terms())
    assert list(found.settled) == [settled]
    assert found.failed == found.regressed.any() == failed
    assert check(*pair(slower), Terms(strict=True)).failed == strictly


def test_open_learning_fails_only_if_strict_and_less_or_diverging_fails_however_fast():
    baseline, candidate = pair()
    slightly = candidate.assign(test_accuracy=candidate["test_accuracy"] - 0.01 * (candidate["seed"] == 1))
    found = check(baseline, slightly, Terms())
    assert list(found.settled) == list(found.unsettled) == [True]
    assert not found.failed
    assert check(baseline, slightly, Terms(strict=True)).failed
    baseline, candidate = pair(0.5)
    assert check(baseline, candidate.assign(test_accuracy=0.5), Terms()).failed
    candidate.loc[0, "training_loss"] = math.nan
    assert check(baseline, candidate, Terms()).failed


def test_rows_of_one_side_are_kept_and_named_and_fail_only_if_strict():
    baseline, candidate = runs(*STEADY, sizes=SIZES), runs(*STEADY, sizes={100: 1.0, 7: 1.0}, year=2027)
    found = check(baseline, candidate, Terms())
    assert list(found.unmatched["batch_size"]) == [7, 10]
    assert words.reasons(found) == [
        "Only in the baseline, so not checked: minibatch size 10 with compiled on cpu.",
        "Only in the candidate, so not checked: minibatch size 7 with compiled on cpu.",
    ]
    assert not found.failed
    assert check(baseline, candidate, Terms(strict=True)).failed
    assert not check(candidate, candidate.assign(run=candidate["run"] + "x"), Terms(strict=True)).failed


def test_the_rows_of_the_whole_check_may_be_more_than_those_that_are_measured():
    found = [check(*pair(), Terms(rows=rows)).rows["finds"].iloc[0] for rows in (None, 1, 5)]
    assert found[0] == found[1] < found[2]


@pytest.mark.parametrize(
    ("machine", "field", "values"),
    [
        ({"cpu_model": "Another"}, "cpu_model", ("A CPU", "Another")),
        ({"cpu_model": None}, "cpu_model", ("A CPU", "unknown")),
        ({"usable_cores": 4}, "usable_cores", ("2", "4")),
        ({"memory_bytes": 2**33}, "memory_bytes", (str(2**34), str(2**33))),
        ({"gpus": [{"name": "H100", "driver": "1"}]}, "gpus", ("none", r"H100 \(driver 1\)")),
        ({"intra_op_threads": 1}, "intra_op_threads", ("2", "1")),
        ({"settings": {"XLA_FLAGS": "--a"}}, "settings", ("none", "XLA_FLAGS=--a")),
        (OTHER, "tensorflow", ("2.21.0", "2.20.0")),
    ],
)
def test_other_machines_are_refused_with_field_and_values_unless_allowed(machine, field, values):
    sides = pair(machine=machine)
    with pytest.raises(
        ResultsError, match=f"{field} is {values[0]} in the baseline .* and {values[1]} in the candidate"
    ):
        check(*sides, Terms())
    found = check(*sides, Terms(allowed=(field,)))
    said = f"Differs, as was allowed: {field} is {values[0]} in the baseline and {values[1]} in the candidate."
    assert said.replace("\\", "") in words.reasons(found)


def test_a_driver_is_part_of_the_machine_and_its_label_is_not():
    one, other = ({"gpus": [{"name": "H100", "driver": driver}]} for driver in ("550", "560"))
    with pytest.raises(ResultsError, match=r"gpus is H100 \(driver 550\) in the baseline"):
        check(runs(1.0, machine=one), runs(1.0, machine=other, year=2027), Terms())
    assert not check(*pair(machine={"label": "other", "memory_bytes": int(2**34 * 1.001)}), Terms()).failed


def test_a_run_from_before_settings_were_recorded_is_compared_with_one_without_any():
    assert not check(*pair(machine={"settings": {}}), Terms()).failed


def test_the_versions_of_a_duet_may_differ_and_are_named():
    found = check(*duet(*[0.0] * 8, machine=OTHER, lab6_version="0.2.0"), Terms())
    assert found.duet
    assert words.reasons(found) == [
        "Differs: tensorflow is 2.21.0 in the baseline and 2.20.0 in the candidate.",
        "Differs: lab6_version is 0.1.0 in the baseline and 0.2.0 in the candidate.",
    ]
    with pytest.raises(ResultsError, match="training_images is 60000 .* and 600 in"):
        check(*duet(*[0.0] * 8, training_images=600), Terms())


YEAR = {"year": 2027}
MIXED = pd.concat([runs(1.0, machine=OTHER, year=2028), runs(1.0, **YEAR)])


@pytest.mark.parametrize(
    ("baseline", "candidate", "allowed", "message"),
    [
        (runs(1.0), runs(1.0, training_images=600, **YEAR), (), "training_images is 60000 .* and 600 in"),
        (runs(1.0, 1.1), runs(1.0), (), "is on both sides of this check: give each run once only"),
        (
            runs(1.0),
            runs(1.0, engine="fit", **YEAR),
            (),
            r"\(fit on cpu with tensorflow, minibatch size 100\) has no engine, device and minibatch size in common",
        ),
        (runs(1.0), MIXED, ("tensorflow",), "the candidate mixes what cannot be one side: tensorflow is"),
        (runs(1.0), runs(1.0, **YEAR), ("hz",), "--allow-differing: 'hz' is not known; give any of cpu_model"),
        (runs(1.0), runs(1.0, **YEAR).assign(engine=pd.NA), (), "does not say how it was measured"),
    ],
    ids=["other work", "both sides", "nothing in common", "mixed", "unknown field", "lab report"],
)
def test_sides_that_cannot_be_compared_are_refused(baseline, candidate, allowed, message):
    with pytest.raises((ResultsError, OptionError), match=message):
        check(baseline, candidate, Terms(allowed=allowed))


TO_TARGET = {"target": 0.97, "learning_rate": 0.004, "decay_steps": 1_700}


def test_epochs_and_runs_to_an_accuracy_are_rows_of_their_own():
    def side(slower, year):
        epochs, to_target = (
            runs(*STEADY, year=year),
            runs(*(slower * level for level in STEADY), year=year, **TO_TARGET),
        )
        constant = runs(*STEADY, year=year, target=0.97, learning_rate=0.002)
        return pd.concat([epochs, to_target, constant], ignore_index=True)

    found = check(side(1.0, 2026), side(1.1, 2027), Terms())
    assert found.rows["goal"].tolist() == ["", " to 97% at 0.002", " to 97% at 0.004 decaying to 0 over 1,700 steps"]
    assert found.rows["speed"].tolist() == ["same", "same", "slower"]
    assert words.headline(found).startswith(
        "Regressed: minibatch size 100 with compiled on cpu to 97% at 0.004 decaying to 0 over 1,700 steps is"
    )
