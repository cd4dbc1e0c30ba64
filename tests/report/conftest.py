"""A report drawn once, for all who only look at it."""

import dataclasses
from pathlib import Path

import pytest

from lab6.analysis.findings import Findings
from lab6.report import files, page, pictures
from tests.report.samples import ODD, found, machines, measured

LEFT_OUT = (
    "old.json is damaged (not complete JSON: <b>Expecting value</b>): delete it or leave it out.",
    "6 rounds of other work, which is never mixed: dataset is digits, not mnist; --where dataset=digits shows them.",
)


@dataclasses.dataclass(frozen=True)
class Report:
    """What was found, and the folder that it was written into."""

    findings: Findings
    folder: Path

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    @property
    def html(self) -> str:
        return self.page.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Three machines with two engines each, one of them oddly named; some values are unknown, some files left out."""
    runs = machines([ODD, "AMD EPYC 2 cores"], ["compiled", "fit"])
    compiled = measured("機械", "tape", 4, compile_seconds=0.4), measured("機械", slower=4, compile_seconds=12.5)
    findings = found(*runs, *compiled, left_out=LEFT_OUT, budget=0.5)
    folder = tmp_path_factory.mktemp("report")
    files.write(findings, folder)
    return Report(findings, folder)


@pytest.fixture
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have a single picture, which is drawn sooner than four."""
    (own,) = [picture for picture in pictures.PICTURES if picture.name == "budget"]
    monkeypatch.setattr(pictures, "PICTURES", (own,))
    monkeypatch.setattr(page, "PICTURES", (own,))
