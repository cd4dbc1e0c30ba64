import sys
from pathlib import Path

import pytest

from lab6.store import files, sources
from tests.small import refusal


def test_a_file_is_written_with_its_folders(folder):
    files.write("a/b/c.parquet", b"content")
    assert Path("a/b/c.parquet").read_bytes() == b"content"


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(folder):
    files.write("c.parquet", b"a long content")
    files.write("c.parquet", b"short")
    assert Path("c.parquet").read_bytes() == b"short"
    assert [file.name for file in folder.iterdir()] == ["c.parquet"]


def test_a_file_is_written_where_a_link_points(folder):
    Path("link.parquet").symlink_to("target.parquet")
    files.write("link.parquet", b"content")
    assert Path("link.parquet").is_symlink()
    assert Path("target.parquet").read_bytes() == b"content"


def test_a_name_may_have_all_the_characters_that_the_system_allows(folder):
    files.write("n" * 247 + ".parquet", b"content")
    assert [file.name for file in folder.iterdir()] == ["n" * 247 + ".parquet"]


def test_a_file_is_written_to_another_store(store):
    files.write("memory://store/c.parquet", b"content")
    assert store.cat_file("/store/c.parquet") == b"content"


@pytest.mark.parametrize("place", ["results/a/1.json/c.parquet", "results", "nosuch://c.parquet"])
def test_a_place_that_cannot_be_written_is_named_and_has_nothing_left_behind(folder, place):
    Path("results/a").mkdir(parents=True)
    Path("results/a/1.json").write_text("{}")
    before = sorted(folder.rglob("*"))
    refusal(lambda: files.write(place, b"content"), f"{place} cannot be written (")
    assert sorted(folder.rglob("*")) == before


def test_an_address_of_this_machine_is_a_path(folder):
    files.write(f"file://{folder}/c.parquet", b"content")
    assert Path("c.parquet").read_bytes() == b"content"
    files.delete(f"file://{folder}/c.parquet")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["c.parquet", "memory://store/c.parquet"])
def test_a_file_is_deleted_also_if_it_is_gone_already(folder, store, place):
    files.write(place, b"content")
    (file,) = sources.find([place])
    files.delete(file.key)
    files.delete(file.key)
    refusal(lambda: sources.find([place]), "there is no such file")


def test_what_cannot_be_deleted_is_named(folder):
    Path("a").mkdir()
    refusal(lambda: files.delete("a"), "a cannot be deleted (")


@pytest.mark.parametrize(("address", "package", "extra"), [("s3://b/c", "s3fs", "s3"), ("gs://b/c", "gcsfs", "gcs")])
def test_a_package_that_is_missing_is_named_by_the_extra_that_brings_it(monkeypatch, address, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, address.partition(":")[0], raising=False)
    for action in (lambda: files.write(address, b""), lambda: files.delete(address), lambda: sources.find([address])):
        assert f"install it with pip install 'lab6[{extra}]'." in refusal(action, address)
