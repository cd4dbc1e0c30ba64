import re

import pandas as pd
import pytest

from lab6.store import archive, columns, lab_report, shared, workload
from tests import saved
from tests.small import rounds

JANUARY, MARCH = saved.run(), saved.run(datetime="2026-03-31T23:59:59-03:00")
"""The second run ended in April, in UTC."""


def labelled(label, **fields):
    return rounds(saved.run(machine={"label": label}, **fields))


def folders(frame):
    return {folder: len(own) for folder, own in shared.partitions(frame)}


def test_each_machine_and_month_in_utc_has_a_folder():
    frame = pd.concat([rounds(JANUARY, MARCH), labelled("there")], ignore_index=True)
    assert folders(frame) == {
        "machine=here/month=2026-01": 9,
        "machine=here/month=2026-04": 9,
        "machine=there/month=2026-01": 9,
    }


def test_rounds_of_no_known_time_have_a_folder_too():
    assert folders(lab_report.rounds()) == {"machine=lab%20report/month=unknown": 5}


@pytest.mark.parametrize(
    "label", ["a/b", "../up", "*?[x]", "50% = half", "機械", "é\\", ".", "x" * 1_000, "機" * 1_000]
)
def test_any_label_is_the_name_of_one_folder_which_only_conditions_on_that_machine_open(label):
    ((folder, _),) = shared.partitions(labelled(label))
    machine, month = folder.split("/")
    assert re.fullmatch(r"machine=[\w.%~-]+", machine, re.ASCII)
    assert len(machine) <= 255
    assert month == "month=2026-01"
    assert shared.Wanted([f"machine={label}"]).folder(machine)
    assert shared.Wanted(["machine=else"]).folder(machine) == (len(label) == 1_000)  # a name that was cut says nothing


def test_long_labels_that_begin_alike_have_folders_of_their_own():
    assert len(folders(pd.concat([labelled("x" * 500), labelled("x" * 501)], ignore_index=True))) == 2


CONDITIONS = {
    "machine=here": True,
    "machine=H*": True,
    "machine=there": False,
    "machine=there, here": True,
    "engine=fit": True,  # not in a folder's name
    "measured_at=2026": True,
    "measured_at=2026-01": True,
    "measured_at=2026-01-02T03": True,
    "measured_at=2026-02,2026-01-02": True,
    "measured_at=2026-02": False,
    "measured_at=2025": False,
}
"""Whether the folder of JANUARY can hold rounds that meet them."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_opens_the_folders_that_can_hold_what_it_wants(condition):
    wanted = shared.Wanted([condition])
    assert wanted.folder("machine=here") is (CONDITIONS[condition] or not condition.startswith("machine"))
    assert wanted.folder("month=2026-01") is (CONDITIONS[condition] or not condition.startswith("measured"))
    assert wanted.folder("figures")


def test_all_conditions_have_to_be_met():
    assert not shared.Wanted(["machine=h*", "machine=t*"]).folder("machine=here")


@pytest.mark.parametrize(
    "conditions", [["engine=FIT"], ["engine=f*,tape"], ["engine=fit", "batch_size=10"], ["machine=h*"]]
)
def test_rows_that_a_condition_does_not_want_are_left_out_and_those_that_it_wants_stay(conditions):
    both = rounds(saved.run(), saved.run(engine="fit"), reported=True)
    table = archive.table("all.parquet", archive.content(both))
    left = columns.plain(archive.frame(shared.Wanted(conditions).rows(table)))
    assert len(left) < len(both) or conditions == ["machine=h*"]
    pd.testing.assert_frame_equal(workload.where(left, conditions), workload.where(both, conditions))


def test_the_columns_are_those_asked_for_and_those_of_conditions_in_their_order():
    assert shared.Wanted(["machine=a", "nonsense=1"], ["seconds", "engine"]).columns == ["machine", "engine", "seconds"]


def test_a_file_is_named_by_its_content():
    assert shared.name(b"1") != shared.name(b"2")
    assert re.fullmatch(r"[0-9a-f]{32}\.parquet", shared.name(b"1"))


@pytest.mark.parametrize(
    ("path", "whether"),
    [("a/machine=x/month=2026-01/1.parquet", True), ("machine=x/1.parquet", False), ("1.json", False)],
)
def test_a_file_of_a_shared_data_set_is_known_by_its_folders(path, whether):
    assert shared.holds(path) is whether
