"""The history of a machine in every form of a report."""

import json

import pytest

from lab6.render import picture
from lab6.report import formats, page
from lab6.report.findings import find
from lab6.start.answer import Question
from lab6.store.selection import selected
from lab6.target import answer as targets
from tests.history.months import months, shifted, steady, versions
from tests.samples import ODD, pictures, shown, without_pictures
from tests.small import rounds

SAID = "compiled with 100: slower since 2026-01-30 by 5.0% (4.6 to 5.4%); Keras 3.15.0 became 3.16.0 then."


def found(*runs):
    """What ``lab6 report`` finds in runs."""
    return find(selected(rounds(*runs)), Question(), targets.Question())


def updated(day):
    return {"machine": versions(keras="3.15.0" if day < 28 else "3.16.0")}


@pytest.fixture(scope="module")
def slower():
    return found(*months(shifted(28, 0.05, 14), updated))


def test_each_form_says_since_when_a_machine_is_slower(slower):
    assert SAID in " ".join(shown(slower).split())
    assert f"- {SAID}" in formats.as_markdown(slower)
    assert json.loads(formats.as_json(slower))["history"]["shifts"][0]["batch_size"] == 100
    text = without_pictures(slower)
    assert f"<li>{SAID}</li>" in text
    assert '<a href="#over-time">' in text
    assert '<figure id="history">' in text


def test_the_picture_is_written_beside_the_others(slower, tmp_path, one_picture):
    text = page.write(slower, tmp_path).read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "figures").iterdir()} >= {"history.svg", "history.png", "history.csv"}
    assert text.count("<svg") == 4


def test_of_too_few_days_nothing_is_said():
    few = found(*months(steady(9)))
    assert few.history is None
    assert json.loads(formats.as_json(few))["history"] is None
    for text in (shown(few), formats.as_markdown(few), without_pictures(few)):
        assert "over-time" not in text
        assert "History" not in text


def test_of_several_machines_it_is_that_of_the_answer():
    here, there = months(shifted(28, 0.05, 14)), months(steady(43), machine={"label": "there"})
    assert found(*here, *there).history.machine == "there"
    assert found(*here, *there[:42]).history.machine == "here"


def test_whatever_is_written_in_a_file_is_text_on_the_page_and_in_the_picture(tmp_path):
    def of(day):
        machine = versions(**{ODD: "1" if day < 6 else "2"})
        settings = {"XLA_FLAGS": f"{ODD} {day // 6}"}
        return {"machine": machine | {"label": ODD, "settings": settings}, "lab6_version": f"{ODD}{day // 6}"}

    odd = found(*months(steady(12), of, engine=ODD))
    assert ODD in odd.history.changes["what"].str.cat()
    text = without_pictures(odd)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>" not in formats.as_markdown(odd)
    for document in picture.write(pictures(odd)["history"], tmp_path).values():
        assert "<script" not in document
