import io
import json

import pandas as pd
import pyarrow.parquet
import pytest
from pandas.testing import assert_frame_equal

from lab6.record import SCHEMA_VERSION
from lab6.store import archive, lab_report
from tests import saved
from tests.small import refusal, rounds


def read(frame):
    return archive.read("all.parquet", frame if isinstance(frame, bytes) else parquet(frame))


def refused(frame):
    return refusal(lambda: read(frame), "all.parquet")


def parquet(frame):
    """Any frame as sealed Parquet, also one that is no archive."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata({"lab6": archive.SEAL + archive.BLANK}), buffer)
    return archive.sealed(buffer.getvalue())


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
    assert "is not an archive of results" in refused(b"PAR1" + b"\x00" * 50 + b"PAR1")
    assert "its bytes are not those that lab6 combine wrote" in refused(b"PAR1" + archive.SEAL + b"PAR1")


def test_parquet_that_lab6_did_not_seal_is_refused(good):
    buffer = io.BytesIO()
    good.to_parquet(buffer, index=False)
    assert "is not an archive of results" in refused(buffer.getvalue())


@pytest.mark.parametrize("column", ["source", "seconds", "engine"])
def test_an_archive_without_a_column_names_it(good, column):
    assert f"has no column {column}" in refused(good.drop(columns=column))


@pytest.mark.parametrize("foreign", [{"a": [1]}, {"schema_version": [1]}, {}])
def test_another_projects_parquet_is_refused(foreign):
    refused(pd.DataFrame(foreign))


def test_a_newer_schema_is_refused_before_what_is_missing_in_it(good):
    newer = good.assign(schema_version=SCHEMA_VERSION + 1)
    assert "newer lab6" in refused(newer)
    assert "newer lab6" in refused(newer.drop(columns="seconds"))


def test_an_archive_without_rounds_is_refused(good):
    refused(good.iloc[:0])
