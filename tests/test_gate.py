"""The gate's promises, on rounds that were really measured: those of ``docs/gate/``, and of this machine."""

import pytest
from lab6.analysis.check import Terms, check

from benchmarks import gate as experiment
from lab6.analysis import gate, results
from tests.test_benchmarks import project, run

PAIRS = 100


@pytest.fixture(scope="module")
def same():
    return results.load(str(experiment.SAME))


def test_twenty_real_checks_of_the_same_code_raise_no_alarm(same):
    blocks = experiment.blocks(same)
    assert len(experiment.PAIRS) == len(set(experiment.PAIRS)) == 20
    assert {block["run"].nunique() for block in blocks} == {experiment.A_SIDE}
    assert not [pair for pair in experiment.PAIRS if check(blocks[pair[0]], blocks[pair[1]], Terms()).failed]


def test_an_epoch_that_a_sleep_made_15_percent_slower_is_found(same):
    found = check(experiment.blocks(same)[-1], results.load(str(experiment.SLOWED)), Terms())
    assert found.failed
    assert (found.rows["speed"] == gate.SLOWER).any()


def test_false_alarms_are_rare_and_ten_percent_is_found_at_two_percent_of_noise(same):
    """``python benchmarks/gate.py`` and the long test below take 1,000 pairs; here some of them."""
    steady = experiment.at_noise(same, 0.02)
    assert experiment.alarms(experiment.simulated(same, pairs=PAIRS)) <= 0.03
    assert experiment.alarms(experiment.simulated(steady, pairs=PAIRS, seed=1)) <= 0.03
    assert experiment.found(experiment.simulated(steady, 0.1, pairs=PAIRS // 2, seed=2)) >= 0.93
    assert experiment.alarms(experiment.simulated(same, pairs=PAIRS, seed=3, runs=(5, 1))) <= 0.03


def test_simulated_sides_have_the_runs_that_were_asked_for(same):
    (rows,) = experiment.simulated(same, pairs=1, runs=(5, 1))
    assert set(rows["baseline_runs"]) == {5}
    assert set(rows["candidate_runs"]) == {1}


def test_less_learning_is_found_where_it_is_and_the_same_rarely_called_so(same):
    baseline, candidate = experiment.blocks(same)[:2]
    assert experiment.learning_less(baseline, candidate) == []
    assert experiment.learning_less(baseline, experiment.untrained(candidate)) == [60_000]
    assert experiment.learning_less(baseline, experiment.forgetful(candidate)) == [100, 1_000]
    drawn = list(experiment.lessons(same, pairs=PAIRS))
    assert sum((rows["learning"] == "less").any() for rows in drawn) <= 0.03 * PAIRS
    assert drawn[0]["test_accuracy_candidate"].iloc[0] != drawn[1]["test_accuracy_candidate"].iloc[0]


@pytest.mark.long
def test_a_thousand_pairs(same):
    steady = experiment.at_noise(same, 0.02)
    assert experiment.alarms(experiment.simulated(same)) <= 0.01
    assert experiment.alarms(experiment.simulated(steady)) <= 0.01
    assert experiment.found(experiment.simulated(steady, 0.1)) >= 0.95


@pytest.mark.long
def test_an_epoch_that_is_made_15_percent_slower_is_found_on_this_machine(tmp_path, digits):
    """Five runs of each, in turns; and the same code against itself raises no alarm."""
    folder = project(tmp_path)
    small = ("--dataset=digits", "--devices=cpu", "--images=20000", "--batch-sizes=1,10", "--rounds=3")
    for _ in range(5):
        for name, options in (("base", ()), ("again", ()), ("slowed", ("-p", "benchmarks.slowed"))):
            result = run(folder, "benchmarks", *small, f"--benchmark-save={name}", *options)
            assert result.returncode == 0, result.stdout + result.stderr
    base, again, slowed = (results.load(f"{folder}/results/*/*_{name}.json") for name in ("base", "again", "slowed"))
    assert not check(base, again, Terms()).failed
    assert check(base, slowed, Terms()).failed
