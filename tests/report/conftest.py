"""A report drawn once, for all who only look at it, and a browser to look at it with."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from lab6.report import page
from lab6.report.findings import Findings
from tests.history.months import months, shifted, told, versions
from tests.samples import ODD, found, machines, measured, to_target

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}

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
    """Three machines with two engines each, one of them oddly named, and the fastest way to an accuracy with each; one
    machine over time; some values are unknown, some files left out."""
    runs = machines([ODD, "AMD EPYC 2 cores"], ["compiled", "fit"])
    compiled = measured("機械", "tape", 4, compile_seconds=0.4), measured("機械", slower=4, compile_seconds=12.5)
    findings = to_target(found(*runs, *compiled, left_out=LEFT_OUT, budget=0.5))
    over_time = told(*months(shifted(28, 0.05, 14), lambda day: {"machine": versions(**{ODD: str(day // 28)})}))
    findings = dataclasses.replace(findings, history=over_time)
    folder = tmp_path_factory.mktemp("report")
    page.write(findings, folder)
    return Report(findings, folder)


@pytest.fixture
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have a single picture, which is drawn sooner than four."""
    every = page.pictures_of
    monkeypatch.setattr(page, "pictures_of", lambda own: every(own) | {page.ANSWER: every(own)[page.ANSWER][-1:]})


def needs(what, install):
    """Skip, or fail where a missing browser must not go unnoticed."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"the page is tested in a browser, {what}: {install}")


@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        needs("but playwright is not installed", "pip install -e '.[dev]'")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("LAB6_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        needs("but there is none", "apt install chromium, or set LAB6_CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(browser, report):
    """Opens the page in a fresh window, and keeps what went wrong there in ``page.trouble``."""
    contexts = []

    def open_page(**options):
        context = browser.new_context(**{"viewport": WIDE, "color_scheme": "light"} | options)
        contexts.append(context)
        context.set_default_timeout(10_000)  # where something is missing, a test ends before anyone loses patience
        page = context.new_page()
        page.trouble = []
        page.on("console", lambda message: page.trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: page.trouble.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: page.trouble.append(f"request: {request.url}"))
        page.goto(report.page.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
