import math

import pytest

from lab6.analysis import frontier, summary
from lab6.report import tables
from lab6.report.table import UNKNOWN
from tests import saved
from tests.report.samples import ODD, SAMPLES, found, measured, sample


def shown(table):
    """The table's texts, by heading, row for row."""
    headings = [column.heading for column in table.columns]
    return [dict(zip(headings, (cell.text for cell in row), strict=True)) for row in table.rows()]


def values(table, heading):
    """What a column is sorted by."""
    (place,) = [place for place, column in enumerate(table.columns) if column.heading == heading]
    return [row[place].value for row in table.rows()]


def every_table(answer):
    return [
        tables.starts(answer),
        tables.sizes(answer),
        tables.machines(answer),
        tables.parameters(answer),
        tables.beside_the_lab_report(answer, answer.headline),
        tables.budgets(answer, frontier.steps(answer.summary, answer.accuracy)),
        tables.rounds(answer, summary.differences(answer.rounds, answer.summary, answer.accuracy)),
        *(tables.compact(answer, start) for start in answer.starts),
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_cell_can_be_shown_and_sorted(name):
    for table in every_table(sample(name).answer):
        for row in table.rows():
            for cell in row:
                assert (cell.text == UNKNOWN) == (cell.value == ""), f"{table.title}: {cell}"
                assert "nan" not in cell.text.lower()
                assert not cell.numeric or cell.value == "" or math.isfinite(float(cell.value))


def test_the_sizes_have_a_row_each_with_all_that_was_measured():
    first, second, third = shown(tables.sizes(found(saved.run(compile_seconds=0.456)).answer))
    assert [row["verdict"] for row in (first, second, third)] == ["frontier", "start here", "frontier"]
    interval = second.pop("training accuracy")
    assert interval.startswith("0.857 (0.842 to 0.871")
    assert third == {
        "minibatch size": "60,000",
        "verdict": "frontier",
        "updates": "1",
        "epoch (s)": "0.5 (0.5 to 0.6)",
        "images/s": "120,000",
        "training accuracy": "0.150 (0.000 to 0.398)",
        "test accuracy": "0.200 (0.000 to 0.448)",
        "compile (s)": "0.46",
        "peak memory (GB)": "-",
        "rounds": "3",
        "runs": "1",
    }


def test_a_dominated_size_is_said_to_be():
    answer = found(saved.run({1: ([5.0, 5.0], [0.8, 0.8]), 10: ([4.0, 4.0], [0.9, 0.9])})).answer
    assert [row["verdict"] for row in shown(tables.sizes(answer))] == ["dominated", "start here"]


def test_numbers_are_sorted_as_they_were_measured_not_as_they_are_shown():
    table = tables.sizes(found(saved.run()).answer)
    assert values(table, "minibatch size") == ["10", "100", "60000"]
    assert [float(value) for value in values(table, "epoch (s)")] == [4.1, 1.1, 0.5]
    assert [round(float(value), 6) for value in values(table, "images/s")] == [14634.146341, 54545.454545, 120_000]


def test_what_is_not_known_is_a_dash_and_has_no_value():
    table = tables.sizes(sample("lab report").answer)
    assert {row["test accuracy"] for row in shown(table)} == {"-"}
    assert set(values(table, "test accuracy")) == {""}
    assert {row["compile (s)"] for row in shown(table)} == {"-"}
    assert shown(table)[2]["epoch (s)"] == "4"  # measured once: no interval


def test_a_series_is_named_by_what_differs():
    headings = {
        name: [column.heading for column in tables.sizes(sample(name).answer).columns][:2]
        for name in ("one size", "one machine", "several machines", "single round")
    }
    assert headings == {
        "one size": ["minibatch size", "verdict"],
        "one machine": ["method", "minibatch size"],
        "several machines": ["machine", "method"],
        "single round": ["machine", "minibatch size"],
    }


def test_where_to_start_has_a_row_a_series():
    rows = shown(tables.starts(sample("one machine").answer))
    assert [row["method"] for row in rows] == ["compiled", "fit", "tape"]
    (row,) = shown(tables.starts(found(saved.run()).answer))
    assert row["start with"] == "100"
    assert row["epoch (s)"] == "1.1 (1 to 1.2)"
    assert row["wins in"].endswith("%")
    assert row["not told apart from"] == "10"


def test_a_start_that_was_measured_once_has_no_share():
    (row,) = shown(tables.starts(sample("lab report").answer))
    assert row["wins in"] == "-"
    assert row["not told apart from"] == "none"


def test_the_lab_report_stands_beside_own_numbers():
    answer = found(saved.run()).answer
    table = tables.beside_the_lab_report(answer, answer.headline)
    rows = shown(table)
    assert [row["minibatch size"] for row in rows] == ["1", "10", "100", "1,000", "60,000"]
    assert rows[2] == {
        "minibatch size": "100",
        "lab report: epoch (s)": "4",
        "compiled on here: epoch (s)": "1.1",
        "times as fast": "3.6",
        "lab report: training accuracy": "0.84",
        "compiled on here: training accuracy": "0.857",
    }
    assert rows[0]["compiled on here: epoch (s)"] == rows[0]["times as fast"] == "-"  # size 1 was not measured
    assert [value[:4] for value in values(table, "times as fast")] == ["", "2.92", "3.63", "", "6.0"]


def test_the_lab_report_stands_beside_the_headline_only():
    answer = sample("beside the lab report").answer
    headings = [column.heading for column in tables.beside_the_lab_report(answer, answer.headline).columns]
    assert "compiled on there: epoch (s)" in headings  # the newest
    assert "compiled on here: epoch (s)" not in headings


def test_machines_are_told_with_what_decides_their_speed():
    gpus = [{"name": "NVIDIA A", "driver": "550.1"}]
    both = found(measured("one"), saved.run(machine={"label": "two", "gpus": gpus, "cpu_model": None})).answer
    one, two = shown(tables.machines(both))
    assert one == {
        "machine": "one",
        "CPU": "A CPU",
        "cores": "2",
        "memory (GiB)": "16.0",
        "GPU": "none",
        "threads within + across operations": "2 + 2",
        "versions": "Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6",
        "lab6": "0.1.0",
        "runs": "1",
        "last measured": "2026-01-02 03:04 UTC",
    }
    assert two["GPU"] == "NVIDIA A (driver 550.1)"
    assert two["CPU"] == "-"


def test_the_newest_of_a_machine_s_runs_is_its_last():
    answer = found(measured("one"), saved.run(machine={"label": "one"}, datetime="2026-02-03T04:05:06+01:00")).answer
    (row,) = shown(tables.machines(answer))
    assert row["runs"] == "2"
    assert row["last measured"] == "2026-02-03 03:05 UTC"


def test_parameters_are_counted_layer_by_layer():
    rows = shown(tables.parameters(found(saved.run(network=[784, 256, 64, 10])).answer))
    assert [tuple(row.values()) for row in rows] == [
        ("dense 1", "784 x 256 + 256", "200,960"),
        ("dense 2", "256 x 64 + 64", "16,448"),
        ("dense 3", "64 x 10 + 10", "650"),
        ("together", "", "218,058"),
    ]


def test_budgets_say_from_when_on_a_size_is_the_best():
    answer = found(saved.run()).answer
    table = tables.budgets(answer, frontier.steps(answer.summary, answer.accuracy))
    assert [tuple(row.values()) for row in shown(table)] == [
        ("0.5", "60,000", "0.200"),
        ("1.1", "100", "0.907"),
        ("4.1", "10", "0.910"),
    ]


def test_every_round_is_beside_its_median():
    answer = found(saved.run()).answer
    table = tables.rounds(answer, summary.differences(answer.rounds, answer.summary, answer.accuracy))
    assert [row["from the median (%)"] for row in shown(table)] == [
        *("-2.4", "+0.0", "+2.4"),
        *("-9.1", "+0.0", "+9.1"),
        *("+0.0", "+0.0", "+20.0"),
    ]
    assert shown(table)[0]["test accuracy"] == "0.9000"


def test_labels_are_shown_as_they_are():
    assert ODD in {row["machine"] for row in shown(tables.machines(sample("odd labels").answer))}
