"""Many archives at once give what they give one by one."""

import io
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from lab6.record import SCHEMA_VERSION
from lab6.store import archive, engine, load, newest, selection, shared
from lab6.store.push import push
from tests import saved
from tests.small import refusal, rounds

ONE = {100: ([1.0, 1.5], [0.9, 0.8])}
MACHINES = 12


def machine(number):
    """The rounds of three runs of two versions."""
    label = f"node-{number}"
    runs = [
        saved.run(
            ONE, {"label": label, "versions": {"tensorflow": f"2.{version}.0"}}, datetime=f"2026-0{month}-02T00:00:00Z"
        )
        | {"lab6_run": f"node{number}month{month}"}
        for month, version in ((1, 19), (2, 20), (3, 20))
    ]
    return rounds(*runs)


@pytest.fixture
def shop(folder, monkeypatch):
    """A shared data set of twelve machines, each with three months, that counts as one of many archives."""
    monkeypatch.setattr(load, "MANY", 3)
    push(pd.concat([machine(number) for number in range(MACHINES)], ignore_index=True), "shop")
    return Path("shop")


@pytest.fixture
def one_by_one(monkeypatch):
    """Returns what an action returns if no file is read at once."""

    def run(action):
        with monkeypatch.context() as patch:
            patch.setattr(load, "MANY", 10**9)
            return action()

    return run


@pytest.fixture
def opened(monkeypatch):
    """How many rounds the engine gave, in each reading; None if it gave up."""
    found, read = [], engine.read

    def counted(*arguments):
        found.append(None)
        found[-1] = len((answer := read(*arguments)).table)
        return answer

    monkeypatch.setattr(engine, "read", counted)
    return found


def place(shop, number, month=1):
    """The file of a machine's month."""
    (file,) = (shop / f"machine=node-{number}" / f"month=2026-0{month}").iterdir()
    return file


def rewrite(path, change, names=archive.STORED.names):
    """Change an archive: its rounds by ``change``, and keep only the columns ``names``; with a seal."""
    own = change(archive.read(path.name, path.read_bytes()))
    table = pa.Table.from_pandas(own, preserve_index=False).select([*names, *(set(own) - {*archive.STORED.names})])
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"lab6": archive.SEAL + archive.BLANK}), buffer)
    path.write_bytes(archive.sealed(buffer.getvalue()))


def loaded(conditions=()):
    """All rounds, and the sentences of files that were left out."""
    bad = []
    found = load.load("shop", on_bad=bad.append, conditions=conditions)
    return found, [(type(error), str(error)) for error in bad]


def same(one_by_one, action):
    """Assert that ``action`` gives the same both ways: a frame and others; returns these."""
    (frame, *more), (expected, *others) = action(), one_by_one(action)
    assert_frame_equal(frame, expected)
    assert more == others
    return frame, *more


def test_all_rounds_are_read_in_the_order_of_files(shop, one_by_one, opened):
    found, bad = same(one_by_one, loaded)
    assert (len(found), bad, opened) == (MACHINES * 6, [], [MACHINES * 6])


def test_of_many_machines_only_rounds_of_the_newest_versions_are_read_and_the_sentence_is_the_same(
    shop, one_by_one, opened
):
    def select():
        found = selection.select(["shop"])
        return found.rounds, found.left_out

    _, (sentence,) = same(one_by_one, select)
    assert opened == [MACHINES * 4]
    assert sentence.startswith(f"{MACHINES} of {MACHINES * 3} runs, because")


def test_with_a_condition_the_newest_are_those_that_meet_it(shop, one_by_one, opened):
    def select():
        found = selection.select(["shop"], ["versions=*2.19*"])
        return found.rounds, found.left_out

    found, left_out = same(one_by_one, select)
    assert (len(found), left_out, opened) == (MACHINES * 2, (), [MACHINES * 2])


def test_files_without_younger_columns_or_with_unknown_ones_are_read_with_the_others(shop, one_by_one, opened):
    older = [name for name in archive.STORED.names if name not in archive.LATER]
    rewrite(place(shop, 0), lambda own: own, older)
    rewrite(place(shop, 1), lambda own: own.assign(humidity=0.5))
    found, bad = same(one_by_one, loaded)
    assert (len(found), bad, opened) == (MACHINES * 6, [], [MACHINES * 6])


def test_a_copy_counts_once(shop, one_by_one):
    shutil.copy(place(shop, 3), shop / "copy.parquet")
    assert len(same(one_by_one, loaded)[0]) == MACHINES * 6


def test_results_in_other_formats_stand_beside_them(shop, one_by_one, opened):
    saved.write(shop / "own.json")
    found, _ = same(one_by_one, loaded)
    assert (len(found), opened) == (MACHINES * 6 + 9, [MACHINES * 6])


BAD = {
    "damaged": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: rewrite(path, lambda own: own.head(0)),
    "too new": lambda path: rewrite(path, lambda own: own.assign(schema_version=SCHEMA_VERSION + 1)),
    "no archive": lambda path: rewrite(path, lambda own: own, ["seconds", "run"]),
}


@pytest.mark.parametrize("how", BAD)
def test_a_bad_file_is_left_out_and_named_and_the_others_are_read_at_once(shop, one_by_one, opened, how):
    bad_one = place(shop, 5)
    BAD[how](bad_one)
    found, ((_, sentence),) = same(one_by_one, loaded)
    assert str(bad_one) in sentence
    assert opened == [len(found)] == [MACHINES * 6 - 2]
    assert refusal(lambda: load.load("shop"), str(bad_one)) == sentence


ODD = {
    "implausible": lambda path: rewrite(path, lambda own: own.assign(seconds=-1.0)),
    "unprintable": lambda path: rewrite(path, lambda own: own.assign(engine="\x1b[2J")),
}


@pytest.mark.parametrize("how", ODD)
def test_if_a_value_is_wrong_files_are_read_one_by_one_to_name_it(shop, one_by_one, opened, how):
    odd = place(shop, 5)
    ODD[how](odd)
    _, ((_, sentence),) = same(one_by_one, loaded)
    assert str(odd) in sentence
    assert opened == [None]


def test_a_type_of_another_program_is_converted_as_ever(shop, one_by_one):
    rewrite(place(shop, 5), lambda own: own.assign(seed=own["seed"].astype("float64")))
    assert len(same(one_by_one, loaded)[0]) == MACHINES * 6


def test_a_folder_called_like_a_pattern_is_read_one_by_one(shop, one_by_one, opened):
    shop.rename("shop[1]")
    found = load.load("shop[1]")
    assert (len(found), opened) == (MACHINES * 6, [])


def test_only_wanted_columns_are_read(shop):
    wanted = shared.Wanted(columns=["seconds", "run"])
    found = engine.read([str(place(shop, 2)), str(place(shop, 4, 3))], wanted)
    assert found.table.column_names == ["run", "seconds"]
    assert found.table["run"].to_pylist() == ["node2month1"] * 2 + ["node4month3"] * 2
    assert (found.files.tolist(), found.unread) == ([0, 0, 1, 1], [])


def test_a_long_query_prints_no_progress_on_standard_output_in_a_notebook_either(shop, monkeypatch):
    found, readable, connect = [], engine._readable, engine.duckdb.connect

    def connected(**options):
        database = connect(**options)
        database.execute("SET enable_progress_bar = true")  # as DuckDB does itself if Python is interactive
        return database

    def asked(database, paths):
        found.extend(database.sql("SELECT current_setting('enable_progress_bar')").fetchall())
        return readable(database, paths)

    monkeypatch.setattr(engine, "_readable", asked)
    monkeypatch.setattr(engine.duckdb, "connect", connected)
    load.load("shop")
    assert found == [(False,)]


def test_what_is_decided_together_is_kept_together():
    frame = pd.concat([machine(number) for number in range(MACHINES)], ignore_index=True)
    kept, _ = newest.among(frame)
    assert kept.groupby([frame[name] for name in newest.DECIDING], dropna=False).nunique().eq(1).all()
