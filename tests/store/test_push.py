from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lab6.errors import SharedFileError
from lab6.store import archive, files, lab_report, push, shared, sources
from lab6.store.load import IDENTITY, leaving_out, load, save
from lab6.store.push import Pushed
from lab6.store.selection import select
from tests import saved
from tests.small import refusal, rounds
from tests.store.test_archive import parquet

ONE = rounds(saved.run())
OTHER = rounds(saved.run({10: ([2.0], [0.9])}, {"label": "there"}))
BOTH = pd.concat([ONE, OTHER], ignore_index=True)


@pytest.fixture(params=["shared", "memory://shared", "s3://lab6/shared"])
def place(request, folder):
    """A place for a data set: a folder, and on two other stores."""
    if fixture := {"m": "store", "3": "s3"}.get(request.param[0 if request.param[0] == "m" else 1]):
        request.getfixturevalue(fixture)
    return request.param


def day(number, **fields):
    """A run of one round, on that day of January."""
    return rounds(saved.run({10: ([1.0], [0.9])}, datetime=f"2026-01-{number:02}T00:00:00Z", **fields))


def contents(place):
    """The names of the files of a data set, below it, with their bytes."""
    return {file.key.partition("shared/")[2]: file.read() for file in sources.inside(place)}


def ordered(frame):
    return frame.sort_values(IDENTITY, ignore_index=True)


def test_what_was_pushed_is_read_like_any_results(place):
    assert push.push(BOTH, place) == Pushed(runs=2, rounds=10, there=0, left_out=())
    assert_frame_equal(ordered(load(place)), ordered(BOTH))
    assert_frame_equal(load(place, conditions=["machine=there"]), OTHER)
    assert [name.rpartition("/")[0] for name in contents(place)] == [
        "machine=here/month=2026-01",
        "machine=there/month=2026-01",
    ]


def test_what_is_pushed_again_changes_nothing_also_as_a_copy_of_another_name(place):
    push.push(ONE, place)
    before = contents(place)
    assert push.push(ONE, place) == Pushed(runs=0, rounds=0, there=1, left_out=())
    assert push.push(ONE.assign(source="/elsewhere/1.json"), f"{place}/").there == 1
    assert push.push(load(place), place).there == 1
    assert contents(place) == before


def test_only_what_is_new_is_added(place):
    push.push(ONE[:4], place)
    assert push.push(BOTH, place) == Pushed(runs=2, rounds=6, there=0, left_out=())
    assert push.push(pd.concat([BOTH, day(3)]), place) == Pushed(runs=1, rounds=1, there=2, left_out=())
    assert len(load(place)) == 11


def test_the_lab_report_is_not_pushed(folder):
    refusal(lambda: push.push(lab_report.rounds(), "shared"), "lab-report comes with every lab6")
    push.push(pd.concat([ONE, lab_report.rounds()], ignore_index=True), "shared")
    assert_frame_equal(load("shared"), ONE)


def test_many_files_are_merged_into_one_that_holds_all_their_rounds(place):
    for number in range(1, push.MOST_FILES + 1):
        push.push(day(number), place)
    assert len(contents(place)) == push.MOST_FILES
    push.push(day(28), place)
    ((_, merged),) = contents(place).items()
    assert len(load(place)) == len(archive.read("merged", merged)) == push.MOST_FILES + 1
    assert push.push(day(28), place).there == 1


FOLDER = "shared/machine=here/month=2026-01"


def test_a_merge_leaves_files_alone_that_it_does_not_understand(folder):
    extended = parquet(day(5).assign(altitude=1.0))  # as a later lab6 may write it
    for content in (archive.content(day(1)), archive.content(day(2)), extended, b"damaged"):
        files.write(f"{FOLDER}/{shared.name(content)}", content)
    push.merge(FOLDER)
    left = set(contents("shared").values())
    assert {extended, b"damaged"} < left
    assert len(left) == 3
    assert len(load("shared", on_bad=lambda error: None)) == 3


def test_rounds_that_two_merges_left_twice_count_once(folder):
    for numbers in ((1, 2), (1, 2, 3), (3,)):
        content = archive.content(pd.concat(map(day, numbers), ignore_index=True))
        files.write(f"{FOLDER}/{shared.name(content)}", content)
    assert len(load("shared")) == 3
    push.merge(FOLDER)
    assert len(contents("shared")) == 1
    assert len(load("shared")) == 3


def test_a_damaged_file_is_left_out_with_a_sentence_and_is_mended_by_the_next_push(folder):
    push.push(BOTH, "shared")
    name, content = next((name, content) for name, content in contents("shared").items() if "there" in name)
    Path("shared", name).write_bytes(content[:-100])
    selection = select(["shared"])
    assert len(selection.rounds) == len(ONE)
    assert [f"shared/{name} is damaged" in sentence for sentence in selection.left_out] == [True]
    refusal(lambda: load("shared"), f"shared/{name}")
    pushed = push.push(BOTH, "shared")
    assert (pushed.runs, pushed.there, len(pushed.left_out)) == (1, 1, 1)
    assert len(select(["shared"]).rounds) == len(BOTH)


def test_other_files_of_a_store_do_not_stop_its_readers_but_damaged_results_elsewhere_do(folder):
    push.push(ONE, "shared")
    Path(FOLDER, ".lab6-1234.part").write_bytes(b"half")
    Path(FOLDER, "notes.txt").write_text("mine")
    Path(FOLDER, "strange.parquet").write_text("not mine")
    bad = []
    assert_frame_equal(load("shared", on_bad=leaving_out(bad, skip_bad=False)), ONE)
    assert [type(error) for error in bad] == [SharedFileError]
    Path("damaged.json").write_text("{")
    refusal(lambda: load("shared", "damaged.json", on_bad=leaving_out(bad, skip_bad=False)), "damaged.json")


def test_only_the_folders_that_a_condition_allows_are_opened(place):
    push.push(BOTH, place)
    push.push(rounds(saved.run(datetime="2026-02-01T00:00:00Z")), place)
    for name in contents(place):
        if "machine=here/month=2026-01" not in name:
            files.write(f"{place}/{name}", b"damaged")
    assert_frame_equal(load(place, conditions=["machine=h*", "measured_at=2026-01"]), ONE)
    for fewer in (["machine=h*"], ["measured_at=2026-01"], ["engine=compiled"]):
        refusal(lambda fewer=fewer: load(place, conditions=fewer), "is damaged")


def test_only_the_columns_that_are_needed_are_read(folder):
    push.push(ONE, "shared")
    saved.write(Path("later.json"), saved.run(datetime="2026-01-03T00:00:00Z"))
    found = load("shared", "later.json", lab_report.NAME, conditions=["machine=here,lab*"], columns=["seconds"])
    assert set(found) == {*IDENTITY, "machine", "seconds"}
    assert found["seconds"].tolist() == [*ONE["seconds"], *ONE["seconds"], *lab_report.rounds()["seconds"]]


def test_a_condition_that_nothing_meets_says_what_there_is(folder):
    push.push(BOTH, "shared")
    assert "no result has machine=nowhere; the shared results are of here and there." in refusal(
        lambda: select(["shared"], ["machine=nowhere"]), "machine=nowhere"
    )
    assert "engine is compiled." in refusal(lambda: select(["shared"], ["machine=here", "engine=no"]), "engine=no")
    save(OTHER.assign(machine="nowhere"), "more.parquet")
    assert len(select(["shared", "more.parquet"], ["machine=nowhere"]).rounds) == 1


def test_a_reader_lists_again_if_a_merge_deletes_what_it_was_about_to_read(place):
    for number in (1, 2, 3):
        push.push(day(number), place)
    listings = []

    def merging(found):
        listings.append(len(found))
        push.merge(f"{place}/machine=here/month=2026-01")
        return found

    assert len(load(place, track=merging)) == 3
    assert listings == [3, 1]


def test_a_place_that_cannot_be_written_is_named(folder):
    Path("shared").write_text("a file")
    refusal(lambda: push.push(ONE, "shared"), "shared/machine=here/month=2026-01/")
