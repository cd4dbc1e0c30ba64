"""What a report leaves in its folder: the page, and each picture as SVG, PNG and CSV."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lab6.analysis.answer import Answer
from lab6.analysis.findings import Findings
from lab6.errors import ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lab6.report.pictures import Picture

PNG_DPI = 200


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV; empty where a value is not known.

    A text that a spreadsheet would take for a formula gets an apostrophe before it: names are somebody's, not commands.
    """
    texts = frame.select_dtypes(["string", "object"])
    harmless = texts.where(~texts.apply(lambda column: column.str.match(r"[=+\-@]").fillna(False)), "'" + texts)
    text: str = frame.assign(**harmless).to_csv(index=False, lineterminator="\n")
    return text


def write(findings: Findings, folder: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder`` and return the page's path. Raises ResultsError.

    Each picture is there as SVG (for light and for dark paper) and PNG, with the data behind it as CSV. ``say`` is told
    what is being drawn.
    """
    from lab6.report import page, pictures  # matplotlib and seaborn take seconds to import

    with _refused(folder):
        folder.mkdir(parents=True, exist_ok=True)
        drawn: dict[tuple[str, str], str] = {}
        for picture in pictures.of(findings.answer):
            say(picture.title)
            drawn |= _write_picture(picture, findings.answer, folder / "figures")
        target = folder / "report.html"
        target.write_text(page.render(findings, drawn), encoding="utf-8")
    return target


def write_picture(picture: "Picture", answer: Answer, folder: Path) -> None:
    """Write one picture into ``folder``. Raises ResultsError."""
    with _refused(folder):
        _write_picture(picture, answer, folder)


def _write_picture(picture: "Picture", answer: Answer, folder: Path) -> dict[tuple[str, str], str]:
    """Write one picture and return its SVG documents by its name and its layouts'. Raises OSError."""
    from lab6.report import look, style, svg

    drawn = {}
    folder.mkdir(parents=True, exist_ok=True)
    for layout in look.layouts(answer):
        with style.style():
            figure = picture.draw(answer, layout)
            drawn[picture.name, layout.name] = svg.render(figure)
            if layout is style.WIDE:
                _write_png(figure, folder / f"{picture.name}.png")
    document = drawn[picture.name, style.WIDE.name]
    (folder / f"{picture.name}.svg").write_text(document, encoding="utf-8")
    (folder / f"{picture.name}-dark.svg").write_text(svg.dark(document), encoding="utf-8")
    (folder / f"{picture.name}.csv").write_text(csv(picture.data(answer)), encoding="utf-8")
    return drawn


@contextlib.contextmanager
def _refused(folder: Path) -> Iterator[None]:
    """Says in one sentence that ``folder`` cannot be written."""
    try:
        yield
    except OSError as error:
        raise ResultsError(
            f"the report cannot be written into {folder} ({error.strerror}): choose another folder with --output DIR."
        ) from error


def _write_png(figure: "Figure", path: Path) -> None:
    """The picture on light paper, at PNG_DPI."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)  # savefig would draw the figure twice, the first time only to measure it
    figure.dpi = PNG_DPI
    canvas.print_png(path, metadata={"Software": None})
