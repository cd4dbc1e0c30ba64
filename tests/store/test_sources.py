from pathlib import Path

import pytest

from lab6.store import sources
from tests.small import refusal


@pytest.fixture
def tree(folder):
    """Files of two machines, one of them an archive, and files that are no results."""
    for name in (
        "results/a/1.json",
        "results/a/2.json",
        "results/b/c/3.parquet",
        "results/notes.txt",
        "results/a/x.svg",
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)
    return folder


def names(*places):
    return [file.name for file in sources.find(places)]


def test_a_folder_is_searched_to_the_bottom_for_files_of_results(tree):
    assert names("results") == ["results/a/1.json", "results/a/2.json", "results/b/c/3.parquet"]


def test_a_file_is_itself_whatever_it_is_called(tree):
    assert names("results/notes.txt") == ["results/notes.txt"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("results/a/*.json", ["results/a/1.json", "results/a/2.json"]),
        ("results/a/?.json", ["results/a/1.json", "results/a/2.json"]),
        ("results/**/*.parquet", ["results/b/c/3.parquet"]),
        ("results/a/*", ["results/a/1.json", "results/a/2.json"]),
    ],
)
def test_a_glob_names_the_files_of_results_that_it_matches(tree, pattern, found):
    assert names(pattern) == found


@pytest.mark.parametrize("pattern", ["results/*", "resul?s"])
def test_a_glob_that_matches_a_folder_searches_it_as_a_shell_would_have_it(tree, pattern):
    assert set(names("results/a")) <= set(names(pattern))


@pytest.mark.parametrize("place", ["results", "results/a", "results/a/*", "results/**/*.json", "res*"])
def test_hidden_folders_such_as_those_of_unfinished_runs_are_not_searched(tree, place):
    for hidden in ("results/a/.unfinished/run", "results/.damaged"):
        Path(hidden).mkdir(parents=True)
        Path(hidden, "1.json").write_text("{}")
    assert set(names(place)) <= {"results/a/1.json", "results/a/2.json", "results/b/c/3.parquet"}
    assert "results/a/1.json" in names(place)


@pytest.mark.parametrize("place", [".hidden", ".hidden/results", ".hidden/*/1.json", ".hidden/results/1.json"])
def test_a_hidden_folder_that_is_named_is_searched(folder, place):
    Path(".hidden/results").mkdir(parents=True)
    Path(".hidden/results/1.json").write_text("{}")
    assert names(place) == [".hidden/results/1.json"]


def test_a_file_that_two_places_name_is_found_once(tree):
    assert names("results/a", "results/a/2.json", "results/a/*.json", f"{tree}/results/a") == [
        "results/a/1.json",
        "results/a/2.json",
    ]


def test_places_keep_their_order(tree):
    assert names("results/b", "results/a/1.json") == ["results/b/c/3.parquet", "results/a/1.json"]


def test_a_file_outside_of_the_working_folder_has_its_whole_path(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "1.json"
    outside.write_text("{}")
    assert names(str(outside)) == [str(outside)]


def test_a_folder_whose_name_has_brackets_is_no_glob(folder):
    Path("a[1]").mkdir()
    Path("a[1]/1.json").write_text("{}")
    assert names("a[1]") == ["a[1]/1.json"]


def test_a_file_is_read_whole(tree):
    assert sources.find(["results/a/1.json"])[0].read() == b"results/a/1.json"


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


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nowhere", "there is no such file or folder"),
        ("nowhere/1.json", "there is no such file or folder"),
        ("results/notes.txt/1.json", "there is no such file or folder"),
        ("memory://nowhere", "there is no such file or folder"),
        ("empty", "holds no results (no .json or .parquet file)"),
        ("nothing*.json", "holds no results (no .json or .parquet file)"),
        ("results/*.txt", "holds no results (no .json or .parquet file)"),
        ("memory://nowhere/*.json", "holds no results (no .json or .parquet file)"),
        ("nosuch://x", "cannot be read (Protocol not known: nosuch)"),
        ("nosuch://x/*.json", "cannot be read (Protocol not known: nosuch)"),
        ("zip://1.json::nowhere.zip", "cannot be read (No such file or directory)"),
    ],
)
def test_a_place_without_results_is_named(tree, store, place, why):
    Path("empty").mkdir()
    assert refusal(lambda: names("results", place), place).startswith(f"{place}{':' if 'no such' in why else ''} {why}")


def test_an_empty_name_is_no_place(tree):
    refusal(lambda: names("results", ""), "an empty name is not a place")


def test_a_file_that_went_away_before_it_was_read_is_named(tree):
    file = sources.find(["results/a/1.json"])[0]
    Path("results/a/1.json").unlink()
    assert "No such file or directory" in refusal(file.read, "results/a/1.json cannot be read")


def test_a_file_is_written_with_its_folders(folder):
    sources.write("a/b/c.parquet", b"content")
    assert Path("a/b/c.parquet").read_bytes() == b"content"


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(folder):
    sources.write("c.parquet", b"a long content")
    sources.write("c.parquet", b"short")
    assert Path("c.parquet").read_bytes() == b"short"
    assert [file.name for file in folder.iterdir()] == ["c.parquet"]


def test_a_file_is_written_to_another_store(store):
    sources.write("memory://store/c.parquet", b"content")
    assert store.cat_file("/store/c.parquet") == b"content"


@pytest.mark.parametrize("place", ["results/a/1.json/c.parquet", "results", "nosuch://c.parquet"])
def test_a_place_that_cannot_be_written_is_named(tree, place):
    refusal(lambda: sources.write(place, b""), f"{place} cannot be written (")


def test_what_could_not_be_written_leaves_nothing_behind(tree):
    before = sorted(tree.rglob("*"))
    refusal(lambda: sources.write("results", b"content"), "results cannot be written")
    assert sorted(tree.rglob("*")) == before
