import numpy as np
import pandas as pd
import pytest

from lab6.history import runs
from lab6.history.runs import LEAST_DAYS, days, observations
from tests import saved
from tests.history.months import FIRST, months, run, steady, versions
from tests.small import summarised


def observed(*own):
    rounds = summarised(*own).rounds
    return observations(rounds, rounds["setup"].iloc[-1])


def test_a_run_is_the_mean_of_its_processes_medians_and_a_process_the_median_of_its_rounds():
    odd = saved.run({100: ([1.0, 1.0, 9.0, 4.0, 4.0, 4.0], [0.9] * 6)}, processes=2, datetime=FIRST.isoformat())
    found = observed(odd, *months(steady(12))[1:])
    assert found["seconds"].iloc[0] == pytest.approx(2)
    assert found["processes"].iloc[0] == 2
    assert list(found["measured_at"]) == [FIRST + pd.Timedelta(days=day) for day in range(12)]


@pytest.mark.parametrize(("count", "rows"), [(LEAST_DAYS - 1, 0), (LEAST_DAYS, LEAST_DAYS)])
def test_a_history_takes_ten_days(count, rows):
    assert len(observed(*months(steady(count)))) == rows


def test_many_runs_of_few_days_are_no_history():
    assert observed(*(run(day, 1.0, hours=hour) for day in range(3) for hour in range(8))).empty


def test_each_method_and_size_needs_days_of_its_own():
    often = months(steady(12), lambda day: {"sizes": (100, 10) if day < 4 else (100,)})
    rarely = months(steady(4), engine="fit")
    assert observed(*often, *rarely)[runs.PANEL].drop_duplicates().to_numpy().tolist() == [["compiled", 100]]


def test_other_versions_settings_and_commits_are_one_history_and_other_machines_and_hardware_are_not():
    changing = months(
        steady(12),
        lambda day: {
            "machine": versions(keras=f"3.{day}") | {"settings": {"OMP_NUM_THREADS": str(day)}},
            "commit": "ab"[day % 2],
            "lab6_version": f"0.{day}",
        },
    )
    assert len(observed(*changing)) == 12
    others = [months(steady(12), machine=other) for other in ({"label": "there"}, {"usable_cores": 8})]
    assert len(observed(*others[0], *others[1], *changing)) == 12


def test_a_newer_driver_is_a_change_and_another_gpu_another_machine():
    def gpu(name, driver):
        return {"gpus": [{"name": name, "driver": driver}]}

    drivers = months(steady(12), lambda day: {"machine": gpu("A GPU", str(day))})
    assert len(observed(*months(steady(12), machine=gpu("Another", "1")), *drivers)) == 12


def test_duets_are_left_out():
    assert observed(*months(steady(12), duet="a", side="candidate")).empty


def test_disturbed_rounds_do_not_count_and_a_run_of_nothing_else_is_marked():
    partly = months([1.0])[0]
    times = partly["benchmarks"][0]["stats"]["data"]
    times[0] = 5.0
    for round_, others in zip(partly["benchmarks"][0]["extra_info"]["rounds"], (4.0, 0.0, 0.0), strict=True):
        round_["other_cpu_seconds"] = others
    wholly = run(1, 7.0, others={100: [5.0] * 3})
    found = observed(partly, wholly, *months(steady(14))[2:])
    assert found["seconds"].iloc[0] == pytest.approx(1)
    assert found["processes"].iloc[0] == 2
    assert found["disturbed"].to_list() == [False, True, *[False] * 12]
    assert len(days(found)) == 13


def test_a_day_counts_once_but_for_other_versions():
    same_day = [run(0, 1.0, hours=1, commit="b"), run(0, 4.0, hours=2, commit="c")]
    other = run(0, 3.0, hours=3, machine=versions(keras="4.0"))
    found = days(observed(*same_day, other, *months(steady(12))[1:]))
    assert np.exp(found["level"].iloc[:2]).to_list() == pytest.approx([2, 3])
    assert found["commit"].iloc[0] == "c" * 40
    assert found["measured_at"].iloc[0] == FIRST + pd.Timedelta(hours=1)
    assert len(found) == 13
