import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from pandas.testing import assert_frame_equal

from lab6.record import SCHEMA_VERSION
from lab6.store import archive, columns, lab_report, plausible
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
WRITTEN = archive.content(RUN)
NEWER = RUN.assign(schema_version=SCHEMA_VERSION + 1)


def test_what_was_written_is_read_again():
    both = pd.concat([RUN, lab_report.rounds()], ignore_index=True)
    assert_frame_equal(archive.read("all.parquet", archive.content(both)), both)


@pytest.mark.parametrize(
    "changed",
    [RUN.assign(note="mine"), RUN[sorted(RUN)], RUN.assign(measured_at=RUN["measured_at"].dt.tz_convert("Asia/Tokyo"))],
    ids=["a column too many", "another order", "another time zone"],
)
def test_columns_are_those_of_lab6_in_their_order_and_times_are_in_utc(changed):
    assert_frame_equal(read(changed), RUN)


def unsealed():
    buffer = io.BytesIO()
    RUN.to_parquet(buffer, index=False)
    return buffer.getvalue()


REFUSED = {
    "not a complete Parquet file": [
        *(WRITTEN[: int(len(WRITTEN) * share)] for share in (0, 0.001, 0.5, 0.9, 0.9999)),
        *(b"{}", b"PAR1" + b"\x00" * 50, json.dumps(saved.run()).encode()),
    ],
    "is not an archive of results": [b"PAR1" + b"\x00" * 50 + b"PAR1", unsealed()],
    "its bytes are not those that lab6 wrote": [b"PAR1" + archive.SEAL + b"PAR1"],
    **{f"has no column {column}": [RUN.drop(columns=column)] for column in ("source", "seconds", "engine")},
    "pyarrow says": [
        archive.sealed(b"PAR1" + archive.SEAL + archive.BLANK + b"PAR1"),
        *(RUN.assign(**{column: "text"}) for column in ("seconds", "schema_version", "measured_at", "batch_size")),
        RUN.assign(engine=[["a", "list"]] * len(RUN)),
    ],
    "a round has no": [RUN.assign(run=None), RUN.assign(seconds=None)],
    "is not from": [
        *(RUN.assign(seconds=value) for value in (-1.0, 0.0, np.inf)),
        *(RUN.assign(**{column: value}) for column, value in (("test_accuracy", 1.5), ("batch_size", 0), ("seed", -1))),
    ],
    "cannot be printed": [RUN.assign(machine="\x1b[31m"), RUN.assign(versions="a\nb")],
    "newer lab6": [NEWER, NEWER.drop(columns="seconds")],  # before what is missing in it
    "all.parquet": [*map(pd.DataFrame, ({"a": [1]}, {"schema_version": [1]}, {})), RUN.iloc[:0]],  # others', and empty
}
"""Contents of files, and frames in sealed ones, by what is said of them."""


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_archive_is_refused_with_what_is_wrong(said):
    for content in REFUSED[said]:
        assert said in refused(content)


def test_an_archive_from_before_commits_were_read_does_not_know_them():
    known = rounds(saved.run() | {"commit_info": {"id": "a" * 40, "dirty": True}})
    assert_frame_equal(read(known), known)
    assert_frame_equal(read(known.drop(columns=["commit", "dirty"])), RUN)


def test_an_archive_from_before_runs_to_an_accuracy_holds_epochs():
    older = RUN.drop(columns=["target", "decay_steps", "evaluated_every", "steps"])
    assert_frame_equal(read(older), RUN)


def test_a_column_that_lab6_does_not_know_is_known_by_name():
    assert archive.names(parquet(RUN.assign(altitude=1.0))) - archive.names(WRITTEN) == {"altitude"}


def test_only_the_wanted_columns_are_read_in_the_order_asked_for():
    frame = archive.frame(archive.table("all.parquet", WRITTEN, ["seconds", "run"]))
    assert_frame_equal(columns.plain(frame, ["seconds", "run"]), RUN[["seconds", "run"]])


def test_scripts_that_arrow_does_not_know_yet_are_judged_by_python(monkeypatch):
    monkeypatch.setattr(plausible.compute, "utf8_is_printable", lambda texts: pyarrow.array([False]))
    assert_frame_equal(read(RUN.assign(machine="機械")), RUN.assign(machine="機械").astype({"machine": "string"}))
