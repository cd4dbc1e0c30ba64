import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6.scaling import scaling
from lab6.scaling.scaling import ALWAYS, FROM, NEVER, ONLY, PROCESS, THREADS, UNKNOWN, WORKERS
from tests import saved
from tests.machines import machine, often, team
from tests.small import summarised


def scaled(*runs):
    return scaling.scale(summarised(*runs))


def compared(found):
    """What was compared: kind, method, what with, and the factor."""
    return list(found.gains[["kind", "method", "base_method", "factor"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "runs",
    [
        [saved.run()],
        [saved.run(threads=1), saved.run(threads=2, engine="fit")],
        [saved.run(threads=1), saved.run(threads=2, backend="jax")],
        [saved.run(threads=1), saved.run(machine={"label": "there"}, threads=2)],
        [saved.run(workers=2)],
        [machine("here", 30, 2, (10,), threads=1), machine("here", 30, 2, (100,), threads=2)],  # no size in common
    ],
)
def test_nothing_is_found_unless_several_numbers_of_threads_or_workers_were_measured_alike(runs):
    assert scaled(*runs) is None


def test_threads_are_compared_with_the_fewest():
    runs = [machine("here", 30, 8 / count, threads=count) for count in (4, 1, 2)]
    for run in runs:
        run["machine_info"]["lab6"]["usable_cores"] = 4
    found = scaled(*runs)
    assert compared(found) == [
        (THREADS, "compiled with 2 threads", "compiled with 1 thread", 2),
        (THREADS, "compiled", "compiled with 1 thread", 4),
    ]
    whole = found.speedups[found.speedups["batch_size"] == 60_000]
    assert whole["speedup"].to_numpy() == pytest.approx([2, 4], rel=1e-3)
    assert whole["efficiency"].to_numpy() == pytest.approx([1, 1], rel=1e-3)


def test_workers_are_compared_with_the_fewest_of_as_many_threads_and_with_one_process_on_the_same_cores():
    found = scaled(*team(1, 0), *team(2, 4000), *team(1, 0, image=1.1, threads=2), *team(2, 4000, threads=2))
    assert compared(found) == [
        (THREADS, "compiled", "compiled with 1 thread", 2),
        (WORKERS, "compiled with 2 workers", "compiled with 1 thread", 2),
        (WORKERS, "compiled with 2 workers of 2 threads", "compiled", 2),
        (PROCESS, "compiled with 2 workers", "compiled", 1),
    ]
    last = found.speedups[(found.speedups["kind"] == PROCESS) & (found.speedups["batch_size"] == 60_000)]
    own, process = 4030e-6 + 60_000 * 1e-6, 30e-6 + 60_000 * 1.1e-6
    assert last["speedup"].item() == pytest.approx(process / own, rel=1e-3)
    assert last["efficiency"].item() == last["speedup"].item()


def test_workers_on_several_machines_are_not_compared_with_one_process():
    found = scaled(*team(1, 0), *team(1, 0, threads=2), *team(2, 4000, hosts=2))
    assert [kind for kind, *_ in compared(found)] == [THREADS, WORKERS]


def test_without_one_worker_more_are_compared_with_the_fewest():
    found = scaled(*team(2, 4000), *team(8, 9000))
    assert compared(found) == [(WORKERS, "compiled with 8 workers", "compiled with 2 workers", 4)]
    assert found.exchanges.empty


def test_on_a_gpu_workers_are_compared_and_threads_are_not():
    gpu = {"device": "gpu:0", "threads": 1}
    found = scaled(machine("here", 30, 2, **gpu), machine("here", 30, 2, workers=2, exchange=9, **gpu))
    assert compared(found) == [(WORKERS, "compiled with 2 workers", "compiled", 2)]


def times(ratios, threads, processes):
    """Runs with 1 thread that take 1 s, or with 2 that are so many times as fast; processes differ by a tenth."""
    spread = np.linspace(0.95, 1.05, 3)
    sizes = {size: ((spread / ratio if threads == 2 else spread).tolist(), [0.9] * 3) for size, ratio in ratios.items()}
    return saved.run(sizes, processes=processes, threads=threads)


def gain(ratios, processes=3):
    """The only gain, by two threads with such speed-ups."""
    (found,) = scaled(*(times(ratios, threads, processes) for threads in (1, 2))).gains.to_dict("records")
    return found


@pytest.mark.parametrize(
    ("ratios", "pays", "from_size", "smaller"),
    [
        ({10: 1.5, 100: 1.8}, ALWAYS, None, None),
        ({10: 0.5, 100: 1.0}, NEVER, None, None),
        ({10: 0.5, 1_000: 2.0}, FROM, 100, 10),  # halfway between, on logarithmic scales
        ({10: 0.5, 100: 1.0, 1_000: 2.0}, FROM, 100, 10),
        ({10: 1.0, 100: 1.5, 1_000: 2.0}, FROM, 100, None),
        ({10: 2.0, 100: 0.5, 1_000: 0.5, 100_000: 2.0}, FROM, 10_000, 1_000),
        ({10: 1.5, 100: 1.8, 1_000: 0.9}, ONLY, None, None),
    ],
)
def test_more_threads_pay_where_the_interval_is_above_1(ratios, pays, from_size, smaller):
    found = gain(ratios)
    assert found["pays"] == pays
    assert found["paying"] == tuple(size for size, ratio in ratios.items() if ratio > 1)
    assert [None if pd.isna(found[name]) else found[name] for name in ("from_size", "smaller")] == [from_size, smaller]


@pytest.mark.parametrize("processes", [1, 2])
def test_where_they_pay_is_not_known_without_intervals(processes):
    found = gain({10: 0.5, 100: 2.0}, processes)
    assert found["pays"] == UNKNOWN
    assert math.isnan(found["speedup_low"])


def test_a_gain_is_at_the_size_with_the_largest_speed_up():
    found = gain({10: 0.8, 100: 1.9, 1_000: 1.7})
    assert (found["batch_size"], found["factor"]) == (100, 2)
    assert found["speedup"] == pytest.approx(1.9)
    assert found["efficiency"] == pytest.approx(0.95)


def test_the_interval_is_welchs_over_processes():
    one, two = [2.0, 2.2, 2.1, 2.4], [1.0, 1.1, 1.3]
    runs = (
        saved.run({100: (own, [0.9] * len(own))}, processes=len(own), threads=threads)
        for threads, own in ((1, one), (2, two))
    )
    (row,) = scaled(*runs).speedups.to_dict("records")
    there = stats.ttest_ind(np.log(one), np.log(two), equal_var=False).confidence_interval(0.95)
    assert (row["speedup_low"], row["speedup_high"]) == pytest.approx((math.exp(there.low), math.exp(there.high)))


def test_machines_are_kept_apart():
    found = scaled(*(run for label in ("here", "there") for n in (1, 2) for run in often(label, 30, 4 / n, threads=n)))
    assert found.setups == ["here", "there"]
    assert found.of("there").setups == ["there"]
    assert len(found.of("there").speedups) == len(found.speedups) / 2 == 5
