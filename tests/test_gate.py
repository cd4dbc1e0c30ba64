"""The promises of the check, on pairs and processes that were really measured: those that are committed."""

import numpy as np
import pytest

from benchmarks import gate

VERDICT = (gate.HERE.parent / "docs" / "verdict.md").read_text()


@pytest.mark.parametrize("name", [name for name, change in gate.CHANGES.items() if change.old])
def test_each_change_on_purpose_can_still_be_made(name):
    change = gate.CHANGES[name]
    assert (gate.HERE.parent / change.file).read_text().count(change.old) == 1


@pytest.mark.parametrize("lines", [gate.of_speed, gate.of_a_real_change, gate.of_learning, gate.of_intervals])
def test_the_table_of_the_verdict_s_page_is_what_the_committed_measurements_say(lines):
    for what, value, promised, kept in lines():
        assert f"| {what} | {value} | {promised}{'' if kept else ' (missed)'} |" in VERDICT


def test_checks_drawn_from_pairs_of_the_same_code_do_not_alarm_and_a_difference_does():
    noise = np.array([-0.01, 0.01, 0.0, 0.005, -0.005])
    places = noise + 0.03, noise - 0.01
    assert gate.false_alarms({10: places, 100: places}, checks=50) == 0
    shifted = np.column_stack(places).ravel() + 0.05
    assert gate.first_verdict(shifted, 0.005) == gate.SLOWER


@pytest.mark.parametrize("processes", [3, 5, 10])
def test_an_interval_holds_as_often_as_it_should_for_normal_processes(processes):
    levels = np.random.default_rng(0).normal(size=4_000)
    assert gate.coverage(levels, processes) == pytest.approx(0.95, abs=0.006)
