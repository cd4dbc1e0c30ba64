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


def test_checks_drawn_from_pairs_that_differ_alarm():
    pairs = {size: np.full(5, 0.05) + np.array([-0.01, 0.01, 0.0, 0.005, -0.005]) for size in (10, 100)}
    same = {size: own - 0.05 for size, own in pairs.items()}
    assert gate.false_alarms(same, checks=50) == 0
    assert all(gate.first_verdict(np.tile(own, 2), 0.005) == gate.SLOWER for own in pairs.values())


@pytest.mark.parametrize("processes", [3, 5, 10])
def test_an_interval_holds_as_often_as_it_should_for_normal_processes(processes):
    levels = np.random.default_rng(0).normal(size=4_000)
    assert gate.coverage(levels, processes) == pytest.approx(0.95, abs=0.006)
