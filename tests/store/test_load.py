import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lab6.errors import ResultsError
from lab6.store import lab_report
from lab6.store.columns import COLUMNS
from lab6.store.load import load, save
from tests import saved
from tests.small import refusal

OTHER = {1_000: ([2.0, 2.5], [0.8, 0.9])}


@pytest.fixture
def two_runs(folder):
    """Nine rounds of one machine and two of another."""
    saved.write(Path("results/here/0001.json"))
    saved.write(Path("results/there/0001.json"), saved.run(OTHER, {"label": "there"}, seed=5))
    return folder


def test_there_is_a_row_a_round_with_the_documented_columns_and_types(two_runs):
    rounds = load("results")
    assert [str(dtype) for dtype in rounds.dtypes] == [column.dtype for column in COLUMNS.values()]
    assert list(rounds) == list(COLUMNS)
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
    rounds = load("results/here")
    unknown = {"device_name", "compile_seconds", "load_before", "cpu_seconds", "other_cpu_seconds", "waiting_seconds"}
    unknown |= {"peak_memory_bytes", "gpu_peak_memory_bytes", "gpu_memory_bytes"}
    unknown |= {"gpu_clock_hz_before", "gpu_clock_hz_after", "gpu_celsius_before", "gpu_celsius_after"}
    unknown |= {"peak_flops_per_second", "peak_bytes_per_second", "limit_seconds"}
    unknown |= {"image_shape", "model_digest", "optimizer_digest", "threads", "duet", "side", "played", "cores"}
    unknown |= {"target", "decay_steps", "evaluated_every", "steps", "workers", "hosts", "commit", "dirty"}
    assert set(rounds.columns[rounds.isna().all()]) == unknown
    assert set(rounds.columns[rounds.isna().any()]) == unknown


def test_a_remote_folder_gives_what_a_local_one_gives(two_runs, store):
    store.put("results", "/results", recursive=True)
    assert_frame_equal(load("memory://results").drop(columns="source"), load("results").drop(columns="source"))


def test_the_lab_report_stands_beside_other_results_or_alone(two_runs):
    rounds = load("results", lab_report.NAME)
    assert len(rounds) == 16
    assert_frame_equal(rounds.tail(5).reset_index(drop=True), lab_report.rounds())
    assert_frame_equal(load(lab_report.NAME), lab_report.rounds())


@pytest.mark.parametrize("place", ["all.parquet", "deep/in/all.parquet", "memory://store/all.parquet"])
def test_an_archive_gives_back_the_frame_that_was_saved(two_runs, store, place):
    rounds = load("results", lab_report.NAME)
    save(rounds, place)
    assert_frame_equal(load(place), rounds)


def test_an_archive_has_to_be_called_parquet(two_runs):
    text = refusal(lambda: save(load("results"), "all.csv"), "all.csv")
    assert "ends in .parquet" in text
    assert not Path("all.csv").exists()


def test_a_copy_of_a_run_counts_once_also_if_it_was_formatted_anew_or_is_in_an_archive(two_runs):
    rounds = load("results", lab_report.NAME)
    shutil.copytree("results/here", "results/later")
    content = json.loads(Path("results/here/0001.json").read_text())
    Path("results/here/0002.json").write_text(json.dumps(content, indent=4))
    save(rounds, "results/all.parquet")
    assert_frame_equal(load("results", lab_report.NAME), rounds)


def test_a_run_with_a_name_of_its_own_is_known_by_it_also_if_its_label_changed(folder):
    saved.write(Path("one.json"), saved.run(OTHER) | {"lab6_run": "abc123"})
    save(load("one.json"), "all.parquet")
    saved.write(Path("one.json"), saved.run(OTHER, {"label": "renamed"}) | {"lab6_run": "abc123"})
    assert load("one.json", "all.parquet")["run"].tolist() == ["abc123"] * 2
    saved.write(Path("one.json"), saved.run(OTHER) | {"lab6_run": ["no name"]})
    refusal(lambda: load("one.json"), "one.json is damaged (its lab6_run is not the name of a run)")


def test_two_runs_of_the_same_numbers_at_another_time_are_two(two_runs):
    saved.write(Path("results/here/0002.json"), saved.run(datetime="2026-01-03T00:00:00+00:00"))
    assert len(load("results/here")) == 18


def test_damaged_files_are_named_or_handed_over_and_the_rest_is_loaded(two_runs):
    good, bad = load("results"), []
    for name in ("results/bad.json", "results/bad.parquet"):
        Path(name).write_text("{")
        assert "damaged" in refusal(lambda: load("results"), name)
        assert_frame_equal(load("results", on_bad=bad.append), good)
        assert all(isinstance(error, ResultsError) for error in bad)
        assert [str(error).split()[0] for error in bad] == [name]
        Path(name).unlink()
        bad.clear()


def test_a_missing_place_is_refused_also_where_damaged_files_are_left_out(two_runs):
    refusal(lambda: load("results", "nowhere", on_bad=lambda error: None), "nowhere")


def test_a_real_run_from_before_processes_were_recorded_is_read():
    frame = load(str(Path(__file__).parent.parent / "earlier" / "schema-1.json"))
    assert len(frame) == 45
    assert set(frame["process"]) == {1}
    assert frame["limit_seconds"].isna().all()
    assert frame["test_accuracy"].between(0.1, 1).all()
