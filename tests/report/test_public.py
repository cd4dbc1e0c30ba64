"""With ``--public``, no output names a person, a host or a folder."""

import json

import pytest

from lab6.store.load import load
from tests import saved
from tests.history.months import months, steady
from tests.program import lab6
from tests.store.test_public import SECRET, telling

HISTORY = 11
"""Runs of other days, which make a history."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with runs that name a person in ``results/``, and a file that cannot be read."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "results" / SECRET
    first = telling(label=f"{SECRET}s laptop") | {"datetime": "2026-02-02T00:00:00+00:00", "unfinished": True}
    for benchmark in first["benchmarks"]:
        for name in ("duet", "side"):
            del benchmark["extra_info"][name]
    for number, run in enumerate(months(steady(HISTORY), sizes=tuple(saved.SIZES))):
        own = json.loads(json.dumps(first)) | {"datetime": run["datetime"], "lab6_run": f"{SECRET}{number}"}
        own["machine_info"]["lab6"]["settings"]["LD_PRELOAD"] += str(number)
        saved.write(place / f"{number:04}_{SECRET}.json", own)
    saved.write(place / f"9999_{SECRET}.json", first)
    (place / f"broken-{SECRET}.json").write_text("{")
    return tmp_path


def told(*arguments):
    result = lab6(*arguments, "--public", "--skip-bad")
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("form", ["json", "markdown", "csv"])
def test_no_form_names_what_the_files_name(folder, form):
    assert SECRET in lab6("report", "--skip-bad", "--format", form).stdout
    text = told("report", "--format", form)
    assert "machine " in text
    assert SECRET not in text


def test_neither_page_nor_pictures_nor_terminal_do(folder):
    assert SECRET not in told("report", "--output", "page")
    files = [path for path in (folder / "page").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".html", ".svg", ".png", ".csv"}
    assert {path.name for path in files} >= {"report.html", "history.csv", "throughput-accuracy.svg"}
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path


def test_it_says_how_many_files_could_not_be_read(folder):
    assert json.loads(told("report", "--format", "json"))["left_out"] == ["1 file that could not be read."]


def test_a_public_archive_names_nothing_and_shows_the_same(folder):
    told("combine", "--output", "all.parquet")
    assert SECRET.encode() not in (folder / "all.parquet").read_bytes()
    assert not load("all.parquet").astype("string").apply(lambda column: column.str.contains(SECRET)).any(axis=None)
    of_archive, of_files = (
        json.loads(lab6("report", *place, "--format", "json").stdout)
        for place in (["all.parquet"], ["results", "--public", "--skip-bad"])
    )
    assert of_archive["series"] == of_files["series"]
    assert of_archive["history"] == of_files["history"]


def test_what_to_show_is_picked_by_the_real_names(folder):
    assert "machine " in told("report", "--where", f"machine={SECRET}*", "--format", "json")


def test_a_check_needs_the_names(folder):
    result = lab6("report", "--public", "--check-against", "results")
    assert result.returncode == 2
    assert "give one of them, not both" in " ".join(result.stderr.split())
