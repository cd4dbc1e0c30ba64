import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lab6.analysis import lab_report, results
from lab6.analysis.columns import COLUMNS
from lab6.errors import ResultsError
from tests import saved
from tests.analysis.small import refusal

OTHER = {1_000: ([2.0, 2.5], [0.8, 0.9])}


@pytest.fixture
def two_runs(folder):
    """Nine rounds of one machine and two of another."""
    saved.write(Path("results/here/0001.json"))
    saved.write(Path("results/there/0001.json"), saved.run(OTHER, {"label": "there"}, seed=5))
    return folder


def test_a_frame_has_exactly_the_documented_columns_and_types(two_runs):
    rounds = results.load("results", lab_report.NAME)
    assert {name: str(dtype) for name, dtype in rounds.dtypes.items()} == {
        name: column.dtype for name, column in COLUMNS.items()
    }
    assert list(rounds) == list(COLUMNS)


def test_there_is_a_row_a_round(two_runs):
    rounds = results.load("results")
    assert rounds.index.tolist() == list(range(11))
    assert rounds["batch_size"].tolist() == [10] * 3 + [100] * 3 + [60_000] * 3 + [1_000] * 2
    assert rounds["seconds"].tolist() == [4.0, 4.1, 4.2, 1.0, 1.1, 1.2, 0.5, 0.5, 0.6, 2.0, 2.5]
    assert rounds["test_accuracy"].tolist() == [0.90, 0.91, 0.92, 0.90, 0.91, 0.91, 0.2, 0.1, 0.3, 0.8, 0.9]
    assert rounds["round"].tolist() == [0, 1, 2] * 3 + [0, 1]
    assert rounds["seed"].tolist() == [0, 1, 2] * 3 + [5, 6]
    assert rounds["machine"].tolist() == ["here"] * 9 + ["there"] * 2
    assert rounds["source"].tolist() == ["results/here/0001.json"] * 9 + ["results/there/0001.json"] * 2
    assert (rounds["measured_at"] == pd.Timestamp("2026-01-02 03:04:05", tz="UTC")).all()


def test_what_a_run_does_not_know_is_missing(two_runs):
    rounds = results.load("results/here")
    unknown = {"device_name", "compile_seconds", "load_before", "cpu_seconds", "other_cpu_seconds"}
    unknown |= {"peak_memory_bytes", "gpu_peak_memory_bytes", "gpu_memory_bytes"}
    unknown |= {"gpu_clock_hz_before", "gpu_clock_hz_after", "gpu_celsius_before", "gpu_celsius_after"}
    unknown |= {"peak_flops_per_second", "peak_bytes_per_second", "limit_seconds"}
    unknown |= {"threads", "duet", "side", "played", "cores"}
    assert set(rounds.columns[rounds.isna().all()]) == unknown
    assert set(rounds.columns[rounds.isna().any()]) == unknown


def test_a_loss_that_diverged_is_a_number_of_the_frame(folder):
    run = saved.run(OTHER)
    run["benchmarks"][0]["extra_info"]["rounds"][1]["training_loss"] = math.inf
    saved.write(Path("run.json"), run)
    assert results.load("run.json")["training_loss"].tolist() == [0.5, math.inf]


def test_a_remote_folder_gives_what_a_local_one_gives(two_runs, store):
    store.put("results", "/results", recursive=True)
    assert_frame_equal(
        results.load("memory://results").drop(columns="source"), results.load("results").drop(columns="source")
    )


def test_the_lab_report_stands_beside_other_results(two_runs):
    rounds = results.load("results", lab_report.NAME)
    assert len(rounds) == 16
    assert_frame_equal(rounds.tail(5).reset_index(drop=True), lab_report.rounds())


def test_the_lab_report_can_stand_alone(folder):
    assert_frame_equal(results.load(lab_report.NAME), lab_report.rounds())


@pytest.mark.parametrize("place", ["all.parquet", "deep/in/all.parquet", "memory://store/all.parquet"])
def test_an_archive_gives_back_the_frame_that_was_saved(two_runs, store, place):
    rounds = results.load("results", lab_report.NAME)
    results.save(rounds, place)
    assert_frame_equal(results.load(place), rounds)


def test_an_archive_has_to_be_called_parquet(two_runs):
    text = refusal(lambda: results.save(results.load("results"), "all.csv"), "all.csv")
    assert "ends in .parquet" in text
    assert not Path("all.csv").exists()


def test_a_copy_of_a_run_counts_once(two_runs):
    shutil.copytree("results/here", "results/again")
    assert len(results.load("results")) == 11


def test_a_run_that_is_also_in_an_archive_counts_once(two_runs):
    rounds = results.load("results", lab_report.NAME)
    results.save(rounds, "results/all.parquet")
    again = results.load("results", lab_report.NAME)
    assert_frame_equal(again, rounds)


def test_a_copy_that_was_formatted_anew_counts_once(two_runs):
    content = json.loads(Path("results/here/0001.json").read_text())
    Path("results/here/0002.json").write_text(json.dumps(content, indent=4))
    assert len(results.load("results")) == 11


def test_two_data_sets_in_one_run_are_both_kept(folder):
    run = saved.run(OTHER)
    saved.write(
        Path("run.json"), run | {"benchmarks": run["benchmarks"] + saved.run(OTHER, dataset="digits")["benchmarks"]}
    )
    assert results.load("run.json")["dataset"].tolist() == ["mnist", "mnist", "digits", "digits"]


def test_two_runs_of_the_same_numbers_at_another_time_are_two(two_runs):
    saved.write(Path("results/here/0002.json"), saved.run(datetime="2026-01-03T00:00:00+00:00"))
    assert len(results.load("results/here")) == 18


def test_files_pass_through_the_tracker_one_by_one(two_runs):
    seen = []
    results.load("results", lab_report.NAME, track=lambda files: (seen.append(file.name) or file for file in files))
    assert seen == ["results/here/0001.json", "results/there/0001.json"]


@pytest.mark.parametrize("name", ["bad.json", "bad.parquet"])
def test_a_damaged_file_among_good_ones_is_named(two_runs, name):
    Path("results", name).write_text("{")
    assert "damaged" in refusal(lambda: results.load("results"), f"results/{name}")


def test_damaged_files_are_handed_over_and_the_rest_is_loaded(two_runs):
    good = results.load("results")
    for name in ("bad.json", "bad.parquet"):
        Path("results", name).write_text("{")
    bad = []
    assert_frame_equal(results.load("results", on_bad=bad.append), good)
    assert all(isinstance(error, ResultsError) for error in bad)
    assert [str(error).split()[0] for error in bad] == ["results/bad.json", "results/bad.parquet"]


def test_a_missing_place_is_refused_also_where_damaged_files_are_left_out(two_runs):
    refusal(lambda: results.load("results", "nowhere", on_bad=lambda error: None), "nowhere")


def test_where_only_damaged_files_are_left_there_is_nothing_to_read(folder):
    Path("bad.json").write_text("{")
    bad = []
    with pytest.raises(ResultsError, match="no file of results is left to read"):
        results.load("bad.json", on_bad=bad.append)
    assert len(bad) == 1


@pytest.mark.parametrize(
    "change", [{"batch_size": 10**30}, {"engine": "\ud800"}, {"engine": "a\nb"}, {"parameter_count": 2**63}]
)
def test_a_value_that_no_column_holds_is_refused(folder, change):
    saved.write(Path("run.json"), saved.run(OTHER, **change))
    refusal(lambda: results.load("run.json"), "run.json")


@pytest.mark.parametrize("field", ["seed", "peak_memory_bytes"])
def test_a_rounds_number_that_no_column_holds_is_refused(folder, field):
    run = saved.run(OTHER)
    run["benchmarks"][0]["extra_info"]["rounds"][0][field] = 10**30
    Path("run.json").write_text(json.dumps(run))
    refusal(lambda: results.load("run.json"), "run.json")


def test_a_label_that_no_column_holds_is_refused(folder):
    saved.write(Path("run.json"), saved.run(OTHER, {"label": "\ud800"}))
    refusal(lambda: results.load("run.json"), "run.json")


@pytest.mark.parametrize(("version", "rounds", "busy"), [(1, 45, False), (2, 15, True)])
def test_runs_that_earlier_versions_saved_are_read(version, rounds, busy):
    """Real ones, each from before a change of the schema; what they do not say is missing."""
    frame = results.load(str(Path(__file__).parent.parent / "earlier" / f"schema-{version}.json"))
    assert set(frame["schema_version"]) == {version}
    assert len(frame) == rounds
    assert frame["load_before"].notna().all() == busy
    assert frame["limit_seconds"].isna().all()
    assert frame["test_accuracy"].between(0.1, 1).all()
