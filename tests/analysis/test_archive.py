import io
import json
import math

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from pandas.testing import assert_frame_equal

from lab6.analysis import archive, lab_report, possible, seal
from lab6.analysis.columns import COLUMNS, REAL
from lab6.record import SCHEMA_VERSION
from tests import saved
from tests.analysis.small import refusal, rounds


def read(frame):
    return archive.read("all.parquet", frame if isinstance(frame, bytes) else parquet(frame))


def refused(frame):
    return refusal(lambda: read(frame), "all.parquet")


def parquet(frame):
    """Any frame as sealed Parquet, also one that is no archive."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata({"lab6": seal.BLANK}), buffer)
    return seal.sealed(buffer.getvalue())


RUN = rounds(saved.run())


@pytest.fixture
def good():
    return RUN.copy()


def test_what_was_written_is_read_again(good):
    both = pd.concat([good, lab_report.rounds()], ignore_index=True)
    assert_frame_equal(archive.read("all.parquet", archive.content(both)), both)


def test_a_column_too_many_is_left_out(good):
    assert_frame_equal(read(good.assign(note="mine")), good)


def test_columns_in_another_order_are_put_in_theirs(good):
    assert_frame_equal(read(good[sorted(good)]), good)


def test_times_of_another_zone_are_put_in_utc(good):
    assert_frame_equal(read(good.assign(measured_at=good["measured_at"].dt.tz_convert("Asia/Tokyo"))), good)


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.9, 0.9999])
def test_an_archive_that_was_cut_off_is_refused(good, share):
    content = archive.content(good)
    assert "not a complete Parquet file" in refused(content[: int(len(content) * share)])


@pytest.mark.parametrize("content", [b"{}", b"PAR1" + b"\x00" * 50, json.dumps(saved.run()).encode()])
def test_a_file_that_is_only_called_parquet_is_refused(content):
    assert "not a complete Parquet file" in refused(content)


def test_what_only_looks_like_parquet_is_refused():
    assert "is no archive of results" in refused(b"PAR1" + b"\x00" * 50 + b"PAR1")
    assert "not a complete Parquet file" in refused(seal.sealed(b"PAR1" + seal.BLANK + b"PAR1"))


def test_parquet_that_lab6_did_not_seal_is_refused(good):
    buffer = io.BytesIO()
    good.to_parquet(buffer, index=False)
    assert "is no archive of results" in refused(buffer.getvalue())


def test_an_archive_of_an_older_lab6_lacks_what_that_did_not_write(good):
    newer = ["other_cpu_seconds", "load_before", "gpu_peak_memory_bytes"]
    assert_frame_equal(read(good.drop(columns=newer)), good.assign(**dict.fromkeys(newer)).astype(good.dtypes))


def test_an_archive_from_before_processes_is_of_one_process_and_finished(good):
    assert_frame_equal(read(good.drop(columns=["process", "unfinished"])), good)


@pytest.mark.parametrize("column", ["source", "seconds", "engine"])
def test_an_archive_without_a_column_names_it(good, column):
    assert f"has no column {column}" in refused(good.drop(columns=column))


@pytest.mark.parametrize("foreign", [{"a": [1]}, {"schema_version": [1]}, {"schema_version": ["one"]}, {}])
def test_another_projects_parquet_is_refused(foreign):
    refused(pd.DataFrame(foreign))


def test_a_newer_schema_is_refused_before_what_is_missing_in_it(good):
    newer = good.assign(schema_version=SCHEMA_VERSION + 1)
    assert "newer lab6" in refused(newer)
    assert "newer lab6" in refused(newer.drop(columns="seconds"))


@pytest.mark.parametrize("column", ["schema_version", "batch_size", "seconds"])
def test_text_in_a_column_of_numbers_is_refused(good, column):
    refused(good.assign(**{column: "many"}))


@pytest.mark.parametrize("column", ["batch_size", "round", "peak_memory_bytes"])
@pytest.mark.parametrize("value", [-1, 0.5, math.inf, np.uint64(2**63)])
def test_an_impossible_whole_number_is_refused(good, column, value):
    refused(good.assign(**{column: value}))


@pytest.mark.parametrize("column", ["batch_size", "steps_per_epoch", "training_images", "usable_cores"])
def test_a_count_of_zero_is_refused(good, column):
    assert f"{column} is 0 in one of its rounds" in refused(good.assign(**{column: 0}))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("seconds", value) for value in (0.0, -1.0, 1e-10, 1e10, math.inf, math.nan)),
        *((column, value) for column in possible.FRACTIONS for value in (-0.1, 1.1, math.inf)),
        *((column, value) for column in possible.POSITIVE for value in (0.0, -1.0, math.inf)),
        *((column, value) for column in ("cpu_seconds", "compile_seconds") for value in (-1.0, math.inf)),
    ],
)
def test_a_value_that_a_record_refuses_is_refused_here_too(good, column, value):
    good.loc[4, column] = value
    assert f"{column} is {value} in one of its rounds" in refused(good)


@pytest.mark.parametrize(
    "column",
    ["run", "machine", "training_images", "batch_size", "steps_per_epoch", "round", "seconds", "training_accuracy"],
)
def test_a_round_that_lacks_what_every_round_has_is_refused(good, column):
    good.loc[4, column] = pd.NA if COLUMNS[column].dtype != REAL else math.nan
    refused(good)


@pytest.mark.parametrize("column", ["measured_at", "engine", "learning_rate", "seed"])
def test_only_the_lab_report_lacks_what_was_measured(good, column):
    good.loc[4, column] = math.nan if COLUMNS[column].dtype == REAL else pd.NaT if column == "measured_at" else pd.NA
    assert column in refused(good)


@pytest.mark.parametrize("network", ["784", "784-", "784-0-10", "a-b"])
def test_widths_that_no_network_has_are_refused(good, network):
    good.loc[4, "network"] = network
    assert "network is " in refused(good)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202e"])
def test_text_that_cannot_be_printed_is_refused_without_printing_it(good, text):
    good.loc[4, "machine"] = text
    assert text not in refused(good)


def test_an_archive_without_rounds_is_refused(good):
    refused(good.iloc[:0])
