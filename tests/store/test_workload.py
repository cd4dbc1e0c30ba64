import pandas as pd
import pytest

from lab6.errors import OptionError
from lab6.store import lab_report, workload
from tests import saved
from tests.small import refusal, rounds

OTHERWISE = {
    "dataset": "digits",
    "dataset_digest": "sha256:ffff",
    "training_images": 1_000,
    "test_images": 500,
    "network": "784-10",
    "model_digest": "sha256:ffff",
    "optimizer": "sgd",
    "optimizer_digest": "sha256:ffff",
    "learning_rate": 0.01,
    "precision": "float16",
}
"""For each field of the work, a value that the small saved runs do not have."""


@pytest.fixture(scope="module")
def here():
    return rounds(saved.run())


@pytest.fixture(scope="module")
def many(here):
    """Two engines on two machines, and the lab report: 9 + 3 + 5 rounds."""
    fit = rounds(saved.run({20: saved.SIZES[10]}, {"label": "there", "usable_cores": 64}, engine="fit"))
    return pd.concat([here, fit, rounds(reported=True)], ignore_index=True)


@pytest.fixture(scope="module")
def measured(many):
    """The same without the lab report."""
    return many[many["run"] != lab_report.NAME]


def sizes(frame):
    return list(dict.fromkeys(frame["batch_size"].tolist()))


def reported(frame):
    """How many rounds of the lab report there are."""
    return (frame["run"] == lab_report.NAME).sum()


def test_every_field_of_the_work_is_tested_here():
    assert set(OTHERWISE) == set(workload.WORKLOAD)


@pytest.mark.parametrize("field", workload.WORKLOAD)
def test_different_work_is_refused_with_the_field_and_both_values_and_older_is_kept_apart(here, field):
    here = here.assign(model_digest="sha256:0", optimizer_digest="sha256:0").astype(here.dtypes)
    old = here.assign(measured_at=here["measured_at"] - pd.Timedelta(days=1), source="other.json")
    mixed = pd.concat([here, old.assign(**{field: OTHERWISE[field]}).astype(here.dtypes)], ignore_index=True)
    text = refusal(lambda: workload.check(mixed), f"{field} is {here.loc[0, field]} in run-0.json")
    assert f"and {OTHERWISE[field]} in other.json" in text
    advised = [word for word in text.rstrip(".").split() if word.startswith(f"{field}=")]
    assert len(advised) == 2
    for advice in advised:
        workload.check(workload.where(mixed, [advice]))
    pd.testing.assert_frame_equal(workload.newest(mixed), here)


def test_what_is_known_of_the_work_is_what_any_round_says(many):
    known = workload.known(many.iloc[::-1])
    assert list(known) == list(workload.WORKLOAD)
    assert (known["dataset"], known["optimizer"], known["learning_rate"]) == ("mnist", "adam", 0.001)
    assert workload.known(rounds(reported=True))["optimizer"] is None


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ("engine=fit", [20]),
        ("machine=t*e", [20]),
        ("machine=T*E", [20]),
        ("machine=her?", [10, 100, 60_000]),
        ("engine=fit,compiled", [10, 100, 60_000, 20]),
        ("engine=tape, fit", [20]),
        ("batch_size=10", [10]),
        ("batch_size=10,60000", [10, 60_000]),
        ("batch_size=1e2", [100]),
        ("usable_cores=64", [20]),
        ("seconds=1.1", [100]),
        ("learning_rate=0.001", [10, 100, 60_000, 20]),
        ("gpus=", [10, 100, 60_000, 20]),
        ("dataset=*", [10, 100, 60_000, 20]),
        ("versions=Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6", [10, 100, 60_000, 20]),
    ],
)
def test_a_condition_keeps_what_meets_it(measured, condition, left):
    assert sizes(workload.where(measured, [condition])) == left


@pytest.mark.parametrize(
    "value",
    [
        *("2026-01-02", "2026-01-02T03:04:05", "2026-01-01,2026-01-02"),
        *("2026-01-02 03:04:05.678901+00:00", "2026-01-02T03:04:05.678901+00:00"),
    ],
)
def test_a_time_is_met_by_its_beginning_however_it_was_printed(value):
    early, late = (saved.run(datetime=f"2026-01-{day}T03:04:05.678901+00:00") for day in ("02", "03"))
    assert len(workload.where(rounds(early, late), [f"measured_at={value}"])) == 9


@pytest.mark.parametrize(
    "field", ["measured_at", "batch_size", "seconds", "learning_rate", "machine", "versions", "gpus"]
)
def test_a_value_that_is_there_can_be_asked_for_as_it_is_printed(here, field):
    value = here.loc[4, field]
    assert (workload.where(here, [f"{field}={value}"])[field] == value).all()


def test_all_conditions_have_to_be_met_and_no_condition_keeps_everything(measured, many):
    left = workload.where(measured, ["machine=here", "batch_size=100,20"])
    assert set(left["machine"]) == {"here"}
    assert sizes(left) == [100]
    assert left.index.tolist() == [0, 1, 2]
    pd.testing.assert_frame_equal(workload.where(many, []), many)


def test_a_text_with_brackets_is_met_by_itself(here):
    assert len(workload.where(here.assign(machine="a [b]").astype(here.dtypes), ["machine=a [b]"])) == len(here)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        *(("engine=fit", 5), ("optimizer=adam", 5), ("batch_size=10", 1)),  # meets what it does not say
        *(("batch_size=20", 0), ("batch_size=10,20", 1), ("network=784-*-10", 5)),  # but not what it denies
        *(("machine=there", 5), (f"machine={lab_report.MACHINE}", 5)),  # stays beside a machine, and can be picked
    ],
)
def test_the_lab_report_meets_conditions_on_what_it_does_not_say(many, condition, count):
    left = workload.where(many, [condition])
    assert reported(left) == count
    if condition.startswith("machine="):
        assert set(left["machine"]) == {condition.removeprefix("machine="), lab_report.MACHINE}


def test_the_lab_report_does_not_hide_that_nothing_else_meets_a_condition(many):
    refusal(lambda: workload.where(many, ["engine=tipe"]), "no result has engine=tipe; engine is compiled, fit.")


NUMBERS = ["batch_size=many", "batch_size=10,", "seconds=*", "seed="]


@pytest.mark.parametrize("condition", ["engine", "", "nosuch=1", "=1", "setup=here", "Engine=fit", *NUMBERS])
def test_what_is_no_condition_is_refused_with_what_is_one(here, condition):
    of_fields = "give FIELD=VALUE, such as engine=compiled, .*: machine, engine, "
    with pytest.raises(OptionError, match="is compared with numbers" if condition in NUMBERS else of_fields) as refused:
        workload.where(here, [condition])
    assert repr(condition) in str(refused.value)


@pytest.mark.parametrize("condition", [f"batch_size={value}" for value in ("20", "10.5", "nan", "inf")])
def test_if_nothing_is_left_the_values_there_are_said(here, condition):
    text = refusal(lambda: workload.where(here, [condition]), condition)
    assert text == f"no result has {condition}; batch_size is 10, 100, 60000."
    refusal(lambda: workload.where(here, ["measured_at=2025"]), "no result has measured_at=2025")
    refusal(
        lambda: workload.where(here, ["machine=here", "engine=fit"]), "no result has engine=fit; engine is compiled"
    )
    refusal(lambda: workload.where(here, ["device_name=A GPU"]), "device_name is nothing")


def test_the_newest_run_decides_the_work():
    old = saved.run(datetime="2026-01-01T00:00:00Z")
    new = saved.run({50: saved.SIZES[10]}, datetime="2026-01-03T00:00:00Z", optimizer="sgd")
    same = saved.run({70: saved.SIZES[10]}, datetime="2025-01-01T00:00:00Z", optimizer="sgd")
    left = workload.newest(rounds(new, old, same))
    assert sizes(left) == [50, 70]
    assert left.index.tolist() == list(range(6))


def test_machines_engines_and_sizes_may_differ_and_are_kept_with_the_newest_run_and_the_lab_report(many, measured):
    workload.check(many)
    assert len(workload.newest(measured)) == 12
    assert reported(workload.newest(many)) == 5
    alone = rounds(reported=True)  # without a time
    pd.testing.assert_frame_equal(workload.newest(alone), alone)


def test_a_refusal_names_every_value_that_can_be_picked(here):
    mixed = pd.concat([here.assign(dataset=name) for name in ("mnist", "digits", "mine")], ignore_index=True)
    text = refusal(lambda: workload.check(mixed), "dataset is mnist")
    assert text.endswith("pick one with --where dataset=mnist, dataset=digits or dataset=mine.")
