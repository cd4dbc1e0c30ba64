import concurrent.futures
import os
from pathlib import Path

import pytest

from lab6.store import sources
from tests.small import refusal

FILES = ("results/a/1.json", "results/a/2.json", "results/b/c/3.parquet", "results/notes.txt", "results/a/x.svg")
ONE, TWO, THREE, *_ = FILES


@pytest.fixture
def tree(folder):
    """Files of two machines, one of them an archive, and files that are no results."""
    for name in FILES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)
    return folder


def names(*places):
    return [file.name for file in sources.find(places)]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ("results", [ONE, TWO, THREE]),  # a folder is searched to the bottom for files of results
        ("results/notes.txt", ["results/notes.txt"]),  # a file is itself whatever it is called
        ("results/a/*.json", [ONE, TWO]),  # a glob names the files of results that it matches
        ("results/a/?.json", [ONE, TWO]),
        ("results/**/*.parquet", [THREE]),
        ("results/a/*", [ONE, TWO]),
        ("results/b results/a/1.json", [THREE, ONE]),  # places keep their order
    ],
)
def test_a_file_a_folder_and_a_glob_name_files_of_results(tree, places, found):
    assert names(*places.split()) == found


@pytest.mark.parametrize("pattern", ["results/*", "resul?s"])
def test_a_glob_that_matches_a_folder_searches_it_as_a_shell_would_have_it(tree, pattern):
    assert set(names("results/a")) <= set(names(pattern))


@pytest.mark.parametrize("place", ["results", "results/a", "results/a/*", "results/**/*.json", "res*"])
def test_hidden_folders_such_as_those_of_unfinished_runs_are_not_searched(tree, place):
    for hidden in ("results/a/.unfinished/run", "results/.damaged"):
        Path(hidden).mkdir(parents=True)
        Path(hidden, "1.json").write_text("{}")
    assert {ONE} <= set(names(place)) <= {ONE, TWO, THREE}


@pytest.mark.parametrize("place", [".hidden", ".hidden/results", ".hidden/*/1.json", ".hidden/results/1.json"])
def test_a_hidden_folder_that_is_named_is_searched(folder, place):
    Path(".hidden/results").mkdir(parents=True)
    Path(".hidden/results/1.json").write_text("{}")
    assert names(place) == [".hidden/results/1.json"]


def test_a_file_that_two_places_name_is_found_once(tree):
    assert names("results/a", "results/a/2.json", "results/a/*.json", f"{tree}/results/a") == [ONE, TWO]


def test_a_file_outside_of_the_working_folder_has_its_whole_path(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "1.json"
    outside.write_text("{}")
    assert names(str(outside)) == [str(outside)]


def test_a_folder_whose_name_has_brackets_is_no_glob(folder):
    Path("a[1]").mkdir()
    Path("a[1]/1.json").write_text("{}")
    assert names("a[1]") == ["a[1]/1.json"]


@pytest.mark.parametrize("here", ["a[1]", "a[1", "[!a]", "x*", "q?"])
def test_a_pattern_is_one_only_from_the_first_part_that_does_not_exist(folder, monkeypatch, here):
    Path(here, "results", "b[2]").mkdir(parents=True)
    Path(here, "results", "b[2]", "1.json").write_text("{}")
    assert names(f"{here}/results/*") == names(f"{here}/*/b[2]/?.json") == [f"{here}/results/b[2]/1.json"]
    monkeypatch.chdir(here)
    assert names("results/*") == names("results/**/*.json") == names("*/b[[]*/*") == ["results/b[2]/1.json"]
    assert names(str(Path.cwd() / "results" / "*")) == ["results/b[2]/1.json"]


def test_links_are_followed_also_in_circles_and_pipes_in_a_folder_are_not_read(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "4.json").write_text("{}")
    Path("results/d").symlink_to(outside)
    Path("results/up").symlink_to("..")
    Path("results/self").symlink_to("self")
    os.mkfifo("results/a/pipe.json")
    expected = ["results/a/1.json", "results/a/2.json", "results/b/c/3.parquet", "results/d/4.json"]
    assert names("results") == expected
    assert names("results/*") == expected


def test_a_link_to_nothing_is_named(folder):
    Path("results").mkdir()
    Path("results/1.json").symlink_to("nowhere")
    (file,) = sources.find(["results"])
    refusal(file.read, "results/1.json cannot be read (No such file or directory)")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_read(folder, device):
    (file,) = sources.find([device])
    refusal(file.read, f"{device} cannot be read (it is a device)")


def test_a_pipe_that_is_named_is_read(folder):
    os.mkfifo("pipe")
    with concurrent.futures.ThreadPoolExecutor(1) as writer:
        writer.submit(Path("pipe").write_bytes, b"{}")
        assert sources.find(["pipe"])[0].read() == b"{}"


def test_what_cannot_be_printed_of_a_name_is_a_question_mark(folder):
    Path("results").mkdir()
    for name in ("a\nb.json", "\x1b[31m.json", os.fsdecode(b"\xff.json")):
        Path("results", name).write_text(name, errors="surrogateescape")
    assert names("results") == ["results/?[31m.json", "results/a?b.json", "results/?.json"]
    assert sources.find(["results"])[1].read() == b"a\nb.json"


def test_an_address_of_this_machine_is_a_path(tree):
    assert names(f"file://{tree}/results/a") == ["results/a/1.json", "results/a/2.json"]


def test_a_file_is_read_whole(tree):
    assert sources.find([ONE])[0].read() == ONE.encode()


@pytest.mark.parametrize(
    "place", ["memory://store", "memory://store/", "memory://store/a/*.json", "memory://store/a/1.json"]
)
def test_another_store_is_searched_alike(store, place):
    store.pipe_file("/store/a/1.json", b"{}")
    store.pipe_file("/store/notes.txt", b"")
    assert names(place) == ["memory:///store/a/1.json"]
    assert sources.find([place])[0].read() == b"{}"


def test_files_of_the_same_path_on_two_stores_are_two(store, tree):
    store.pipe_file(f"{tree}/results/a/1.json", b"{}")
    assert len(names(f"{tree}/results/a/1.json", f"memory://{tree}/results/a/1.json")) == 2


MISSING, FAILS = ": there is no such file or folder", " cannot be read"
EMPTY = " holds no results (no .json or .parquet file)"


@pytest.mark.parametrize(
    ("why", "place"),
    [
        *((MISSING, place) for place in ("nowhere", "nowhere/1.json", "results/notes.txt/1.json", "memory://nowhere")),
        *((EMPTY, place) for place in ("empty", "nothing*.json", "results/*.txt", "memory://nowhere/*.json")),
        *((f"{FAILS} (Protocol not known: nosuch)", place) for place in ("nosuch://x", "nosuch://x/*.json")),
        (f"{FAILS} (No such file or directory)", "zip://1.json::nowhere.zip"),
    ],
)
def test_a_place_without_results_is_named(tree, store, why, place):
    Path("empty").mkdir()
    assert refusal(lambda: names("results", place), place).startswith(f"{place}{why}")


def test_an_empty_name_is_no_place(tree):
    refusal(lambda: names("results", ""), "an empty name is not a place")


def test_a_file_that_went_away_before_it_was_read_is_named(tree):
    file = sources.find(["results/a/1.json"])[0]
    Path("results/a/1.json").unlink()
    assert "No such file or directory" in refusal(file.read, "results/a/1.json cannot be read")
