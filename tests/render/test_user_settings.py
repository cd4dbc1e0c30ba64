"""Pictures look alike on every machine, whatever is set for matplotlib and seaborn there."""

import contextlib
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import seaborn as sns

from lab6.render import picture
from tests.program import program
from tests.samples import numbered, pictures
from tests.saved import write

OWN = """
text.usetex: True
font.family: serif
font.size: 20
axes.grid: False
axes.prop_cycle: cycler("color", ["r"])
axes.xmargin: 0.5
figure.autolayout: True
figure.dpi: 40
figure.facecolor: black
savefig.transparent: True
savefig.dpi: 30
savefig.bbox: tight
svg.fonttype: path
lines.linewidth: 9
legend.loc: upper left
path.simplify: False
xtick.minor.visible: True
"""
"""Settings of a file matplotlibrc that change pictures."""


@contextlib.contextmanager
def settings():
    with plt.style.context("dark_background"):
        mpl.rcParams.update(mpl.rc_params_from_file(Path("own"), use_default_template=False))
        yield


@contextlib.contextmanager
def xkcd():
    with warnings.catch_warnings(), plt.xkcd():
        yield


@contextlib.contextmanager
def seaborn():
    with mpl.rc_context():
        sns.set_theme("poster", "dark", "husl", font_scale=3)
        yield


@pytest.fixture(scope="module")
def shown():
    return pictures(numbered(2))["speed-up"]


@pytest.fixture(scope="module")
def expected(shown, tmp_path_factory):
    return files(shown, tmp_path_factory.mktemp("expected"))


def files(shown, folder):
    picture.write(shown, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("how", [settings, xkcd, seaborn])
def test_a_picture_is_the_same_bytes_whatever_is_set_and_leaves_that_as_it_was(
    how, shown, expected, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("own").write_text(OWN)
    with how():
        before = mpl.rcParams.copy()
        assert files(shown, tmp_path / "drawn") == expected
        assert mpl.rcParams.copy() == before


def test_the_command_draws_with_any_backend_and_any_matplotlibrc(tmp_path, monkeypatch):
    write(tmp_path / "results" / "1.json")
    monkeypatch.chdir(tmp_path)
    Path("matplotlibrc").write_text(OWN + "not a setting\nfont.size: huge\n")
    result = program("compare", "results", "lab-report", MPLBACKEND="module://matplotlib_inline.backend_inline")
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "The picture: build/compare/speed-up.svg")


def test_a_matplotlibrc_that_is_not_text_is_refused_in_one_sentence(tmp_path, monkeypatch):
    write(tmp_path / "results" / "1.json")
    monkeypatch.chdir(tmp_path)
    Path("matplotlibrc").write_bytes("# Größe".encode("latin-1"))
    result = program("compare", "results", "lab-report")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("lab6: the file matplotlibrc in this folder is not UTF-8")
    assert "Traceback" not in result.stderr
