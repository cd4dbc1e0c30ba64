"""What ``pytest benchmarks`` does if sizes take longer than ``--longest``."""

import pytest

from tests.projects import SMALL, lines, pretend, saved

SKIPPED = "minibatch size 10 is skipped: an epoch would take about 8 min 20 s, longer than --longest 60; give"


def test_sizes_that_take_too_long_are_skipped_and_the_others_saved(project_folder):
    options = ("--batch-sizes=10,100", "--longest=60", "--benchmark-save=some")
    result = pretend(project_folder, "benchmarks", *SMALL, *options, LAB6_FAKE_EXPECTED="10:500")
    assert result.returncode == 0
    assert sum(SKIPPED in line for line in lines(result)) == 1
    assert "1 passed, 1 skipped" in lines(result)[-1]
    assert len(saved(project_folder)) == 1


@pytest.mark.parametrize("option", ["--benchmark-save", "--benchmark-json"])
def test_nothing_is_saved_if_all_are_skipped(project_folder, option):
    options = ("--batch-sizes=10", "--longest=60", f"{option}=all.json")
    result = pretend(project_folder, "benchmarks", *SMALL, *options, LAB6_FAKE_EXPECTED="10:500")
    assert result.returncode == 2
    assert result.stderr == f"ERROR: {option}: nothing was measured.\n"
    assert sum(SKIPPED in line for line in lines(result)) == 1
    assert saved(project_folder) == []
