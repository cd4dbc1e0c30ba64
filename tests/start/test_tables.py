import math

import pytest

from lab6.render.table import UNKNOWN
from lab6.start import background, frontier, tables
from lab6.store import summary
from tests import saved
from tests.samples import SAMPLES, found, measured, sample


def shown(table):
    """The table's texts, by heading, row for row."""
    headings = [column.heading for column in table.columns]
    return [dict(zip(headings, (cell.text for cell in row), strict=True)) for row in table.rows()]


def values(table, heading):
    """What a column is sorted by."""
    (place,) = [place for place, column in enumerate(table.columns) if column.heading == heading]
    return [row[place].value for row in table.rows()]


def every_round(answer):
    return background.rounds(summary.differences(answer.summary, answer.accuracy))


def budgets(answer):
    return tables.budgets(answer, frontier.steps(answer.summary.sizes, answer.accuracy))


def every_table(answer):
    return [
        tables.starts(answer),
        tables.sizes(answer),
        background.machines(answer),
        background.network(answer),
        background.beside_the_lab_report(answer, answer.headline),
        budgets(answer),
        every_round(answer),
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
    first, second, third = shown(tables.sizes(found(saved.run(compile_seconds=0.456, processes=3)).answer))
    assert [row["verdict"] for row in (first, second, third)] == ["frontier", "start here", "frontier"]
    interval = second.pop("training accuracy")
    assert interval.startswith("0.857 (0.842 to 0.871")
    assert third == {
        "minibatch size": "60,000",
        "verdict": "frontier",
        "updates": "1",
        "epoch (s)": "0.531 (0.409 to 0.69)",
        "images/s": "112,924",
        "training accuracy": "0.150 (0.000 to 0.398)",
        "test accuracy": "0.200 (0.000 to 0.448)",
        "compile (s)": "0.46",
        "peak memory (GB)": "-",
        "rounds": "3",
        "processes": "3",
        "runs": "1",
    }


def test_a_single_size_is_not_one_to_start_with_and_a_dominated_one_is_said_to_be():
    answer = sample("one size").answer
    assert [row["verdict"] for row in shown(tables.sizes(answer))] == ["frontier"]
    assert [row["start with"] for row in shown(tables.starts(answer))] == ["100 only"]
    assert [row["start\nwith"] for row in shown(tables.ranked(answer))] == ["100 only"]
    two = found(saved.run({1: ([5.0, 5.0], [0.8, 0.8]), 10: ([4.0, 4.0], [0.9, 0.9])})).answer
    assert [row["verdict"] for row in shown(tables.sizes(two))] == ["dominated", "start here"]


def test_numbers_are_sorted_as_they_were_measured_and_what_is_not_known_has_no_value():
    table = tables.sizes(found(saved.run()).answer)
    assert values(table, "minibatch size") == ["10", "100", "60000"]
    assert [round(float(value), 6) for value in values(table, "epoch (s)")] == [4.1, 1.1, 0.5]
    assert [round(float(value), 6) for value in values(table, "images/s")] == [14634.146341, 54545.454545, 120_000]
    reported = tables.sizes(sample("lab report").answer)
    assert set(values(reported, "test accuracy")) == set(values(reported, "compile (s)")) == {""}
    assert shown(reported)[2]["epoch (s)"] == "4"  # measured once: no interval
    (row,) = shown(tables.starts(sample("lab report").answer))
    assert (row["wins in"], row["not distinguished from"]) == ("-", "none")


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("one size", ["minibatch size", "verdict"]),
        ("one machine", ["method", "minibatch size"]),
        ("several machines", ["machine", "method"]),
        ("single round", ["machine", "minibatch size"]),
    ],
)
def test_a_series_is_named_by_what_differs(name, headings):
    assert [column.heading for column in tables.sizes(sample(name).answer).columns][:2] == headings


def test_where_to_start_has_a_row_a_series():
    rows = shown(tables.starts(sample("one machine").answer))
    assert [row["method"] for row in rows] == ["compiled", "fit", "tape"]
    (row,) = shown(tables.starts(found(saved.run(processes=3)).answer))
    assert row["start with"] == "100"
    assert row["epoch (s)"] == "1.1 (0.875 to 1.38)"
    assert row["wins in"].endswith("%")
    assert row["not distinguished from"] == "10"


def test_the_lab_report_stands_beside_the_numbers_of_the_headline_only():
    answer = found(saved.run()).answer
    table = background.beside_the_lab_report(answer, answer.headline)
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
    answer = sample("beside the lab report").answer
    headings = [column.heading for column in background.beside_the_lab_report(answer, answer.headline).columns]
    assert "compiled on there: epoch (s)" in headings  # the newest
    assert "compiled on here: epoch (s)" not in headings


def test_machines_are_told_with_what_decides_their_speed():
    gpus = [{"name": "NVIDIA A", "driver": "550.1"}]
    both = found(measured("one"), saved.run(machine={"label": "two", "gpus": gpus, "cpu_model": None})).answer
    one, two = shown(background.machines(both))
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
    (tuned,) = shown(background.machines(found(saved.run(machine={"settings": {"MALLOC_ARENA_MAX": "1"}})).answer))
    assert tuned == {**one, "machine": "here", "settings": "MALLOC_ARENA_MAX=1"}
    assert two["GPU"] == "NVIDIA A (driver 550.1)"
    assert two["CPU"] == "-"


def test_a_machine_has_the_threads_of_its_processes_the_time_of_its_last_run_and_the_versions_of_all_backends():
    versions = {"python": "3.11.7", "jax": "0.10.2"}
    later = saved.run(machine={"versions": versions}, backend="jax", datetime="2026-02-03T04:05:06+01:00", threads=1)
    (row,) = shown(background.machines(found(saved.run(threads=1), later).answer))
    assert row["threads within + across operations"] == "1 + 2"
    assert (row["runs"], row["last measured"]) == ("2", "2026-02-03 03:05 UTC")
    assert row["versions"] == "Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6, JAX 0.10.2"


def test_a_machine_has_each_number_of_threads_and_workers():
    runs = [saved.run(threads=1), saved.run(threads=2), saved.run(threads=1, workers=2), saved.run(threads=1)]
    (row,) = shown(background.machines(found(*runs).answer))
    assert row["threads within + across operations"] == "1 + 2, 2 + 2, 1 + 2 in each of 2 workers"


def test_parameters_are_counted_layer_by_layer():
    rows = shown(background.network(found(saved.run(network=[784, 256, 64, 10])).answer))
    assert [tuple(row.values()) for row in rows] == [
        ("dense 1", "784 x 256 + 256", "200,960"),
        ("dense 2", "256 x 64 + 64", "16,448"),
        ("dense 3", "64 x 10 + 10", "650"),
        ("together", "", "218,058"),
    ]


def test_one_s_own_network_has_no_layers_in_its_records():
    assert background.network(found(saved.run(network=None, model="convnet", model_digest="sha256:1")).answer) is None


def test_budgets_say_from_when_on_a_size_is_the_best():
    assert [tuple(row.values()) for row in shown(budgets(found(saved.run()).answer))] == [
        ("0.5", "60,000", "0.200"),
        ("1.1", "100", "0.907"),
        ("4.1", "10", "0.910"),
    ]


def test_every_round_is_beside_its_mean():
    rows = shown(every_round(found(saved.run()).answer))
    assert [row["from the mean (%)"] for row in rows] == [
        *("-2.4", "+0.0", "+2.4"),
        *("-9.1", "+0.0", "+9.1"),
        *("+0.0", "+0.0", "+20.0"),
    ]
    assert rows[0]["test accuracy"] == "0.9000"


def test_times_with_a_disturbed_round_are_marked_and_counted_with_what_other_programs_used():
    answer = found(saved.run(others={10: [0.0, 0.41, None], 100: [1.1, 0.0, 1.0]})).answer
    assert [row[""] for row in shown(tables.compact(answer, answer.headline))] == ["", tables.MARK, ""]
    assert [row["rounds"] for row in shown(tables.sizes(answer))] == ["3", "3 (2 disturbed)", "3"]
    assert [row[""] for row in shown(tables.ranked(answer))] == [tables.MARK]  # 100 is the one to start with
    assert [row["other programs (cores)"] for row in shown(every_round(answer))] == [
        *("0.00", "0.10", UNKNOWN),
        *("1.10 (disturbed)", "0.00", "0.83 (disturbed)"),
        *(UNKNOWN, UNKNOWN, UNKNOWN),
    ]


@pytest.mark.parametrize("others", [None, {100: [0.0] * 3}])
def test_without_disturbed_rounds_there_are_no_marks(others):
    answer = found(saved.run(others=others)).answer
    told = [tables.compact(answer, answer.headline), tables.ranked(answer), every_round(answer)]
    assert not [column for own in told for column in own.columns if column.value in ("mark", "others")]
    assert {row["rounds"] for row in shown(tables.sizes(answer))} == {"3"}


def test_series_are_ranked_by_the_epoch_of_their_start():
    speeds = {"slow": 9.0, "fast": 1.0, "middle": 3.0}
    runs = [saved.run({10: ([own], [0.9]), 100: ([2 * own], [0.9])}, {"label": name}) for name, own in speeds.items()]
    table = tables.ranked(found(*runs).answer)
    assert [row["machine"] for row in shown(table)] == ["fast", "middle", "slow"]
    assert {row["start\nwith"] for row in shown(table)} == {"10"}
    assert list(shown(table)[0]) == ["machine", "start\nwith", "epoch\n(s)", "test\naccuracy", "wins\nin"]
    assert table.title.startswith("All 3 series")


def test_every_size_says_how_much_of_the_limit_it_reached_where_that_is_known():
    answer = found(saved.run(limit_seconds=0.05), saved.run(engine="fit")).answer
    rows = shown(tables.sizes(answer))
    assert [row["of limit"] for row in rows] == ["1.2%", "4.5%", "10%", UNKNOWN, UNKNOWN, UNKNOWN]
    assert "of limit" not in shown(tables.sizes(found(saved.run()).answer))[0]
    headings = [[column.heading for column in tables.compact(answer, start).columns] for start in answer.starts]
    assert ["of\nlimit" in own for own in headings] == [True, False]
