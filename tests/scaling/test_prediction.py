import math

import numpy as np
import pytest

from lab6.scaling.prediction import PREDICTED, exchanges, predicted
from tests.machines import machine, team
from tests.small import summarised


def found(*runs):
    """The exchanges by the number of workers."""
    return exchanges(summarised(*runs)).set_index("workers")


def test_workers_pay_from_where_the_shared_images_save_more_than_exchanges_cost():
    two = found(*team(1, 0), *team(2, 4000)).loc[2]
    size = 2 / (2 - 1) * 4000 / 2  # N / (N - 1) x exchange / image
    assert two["measured"]
    assert two["from_size"] == pytest.approx(size, rel=0.01)
    assert two["from_size_low"] < size < two["from_size_high"]
    one, both = (60_000 / size * (30 + exchange) + 60_000 * 2 / workers for workers, exchange in ((1, 0), (2, 4000)))
    assert one == pytest.approx(both)


def test_from_two_workers_alone_a_prediction_is_a_range_from_all_bandwidth_to_all_latency():
    own = found(*team(1, 0), *team(2, 4000))
    assert list(own.index) == [2, *PREDICTED]
    predictions = own.loc[list(PREDICTED)]
    assert not predictions["measured"].any()
    assert predictions["seconds_per_exchange"].isna().all()
    bandwidth, latency = [4e-3 * 2 * 7 / 8, 4e-3 * 2 * 63 / 64], [4e-3 * 7, 4e-3 * 63]
    assert predictions["seconds_per_exchange_low"].to_numpy() == pytest.approx(bandwidth, rel=0.01)
    assert predictions["seconds_per_exchange_high"].to_numpy() == pytest.approx(latency, rel=0.01)
    assert predictions["from_size_low"].to_numpy() == pytest.approx([4000, 4000], rel=0.01)  # as with two
    assert predictions["from_size_high"].to_numpy() == pytest.approx([16_000, 128_000], rel=0.01)


def test_from_several_both_parts_of_an_exchange_are_found():
    latency, bandwidth = 1e-3, 3e-3
    workers = np.array([2, 4])
    seconds = 2 * (workers - 1) * latency + 2 * (workers - 1) / workers * bandwidth
    own = predicted(workers, seconds, 8)
    assert own[""] == pytest.approx(2 * 7 * latency + 2 * 7 / 8 * bandwidth)
    assert math.isnan(own["_low"])
    measured = found(*team(1, 0), *team(2, 2000), *team(8, 14_000))
    assert list(measured.index) == [2, 8, 64]
    assert measured.loc[64, "seconds_per_exchange"] == pytest.approx(
        126e-3, rel=0.01
    )  # 63 times that of 2: all latency


def test_the_range_for_fewer_workers_than_measured_goes_from_all_latency_to_all_bandwidth():
    own = predicted(np.array([16]), np.array([15e-3]), 8)
    assert (own["_low"], own["_high"]) == pytest.approx((7e-3, 14e-3))


def test_exchanges_within_and_across_machines_are_predicted_apart():
    own = found(*team(1, 0), *team(2, 4000), *team(2, 8000, hosts=2)).reset_index()
    assert list(zip(own["workers"], own["spread"], strict=True)) == [
        *((2, False), (8, False), (64, False)),
        *((2, True), (8, True), (64, True)),
    ]
    assert own["seconds_per_exchange_low"].iloc[4] == pytest.approx(
        2 * own["seconds_per_exchange_low"].iloc[1], rel=0.01
    )


@pytest.mark.parametrize("runs", [team(1, 0), team(2, 4000), [*team(1, 0, threads=2), *team(2, 4000)]])
def test_without_an_exchange_there_is_nothing_to_say(runs):
    assert found(*runs).empty


def test_images_that_take_no_time_are_never_worth_sharing():
    one, two = (
        machine("here", 30, 0, (100, 1_000, 10_000), threads=1, exchange=exchange, **fields)
        for exchange, fields in ((0, {}), (4000, {"workers": 2}))
    )
    assert found(one, two).loc[2, "from_size"] > 60_000
