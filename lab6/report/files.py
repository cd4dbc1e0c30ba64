"""What a report leaves in its folder: the page, and each picture as SVG, PNG and CSV."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lab6.analysis.findings import Findings
from lab6.errors import ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    from lab6.report import look, page, pictures, style, svg  # matplotlib and seaborn take seconds to import

    inside = folder / "figures"
    try:
        inside.mkdir(parents=True, exist_ok=True)
        drawn = {}
        for picture in pictures.PICTURES:
            say(picture.title)
            for layout in look.layouts(findings.answer):
                with style.style():
                    figure = picture.draw(findings.answer, layout)
                    drawn[picture.name, layout.name] = svg.render(figure)
                    if layout is style.WIDE:
                        _write_png(figure, inside / f"{picture.name}.png")
            document = drawn[picture.name, style.WIDE.name]
            (inside / f"{picture.name}.svg").write_text(document, encoding="utf-8")
            (inside / f"{picture.name}-dark.svg").write_text(svg.dark(document), encoding="utf-8")
            (inside / f"{picture.name}.csv").write_text(csv(picture.data(findings.answer)), encoding="utf-8")
        target = folder / "report.html"
        target.write_text(page.render(findings, drawn), encoding="utf-8")
    except OSError as error:
        raise ResultsError(
            f"the report cannot be written into {folder} ({error.strerror}): choose another folder with --output DIR."
        ) from error
    return target


def _write_png(figure: "Figure", path: Path) -> None:
    """The picture on light paper, at PNG_DPI."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)  # savefig would draw the figure twice, the first time only to measure it
    figure.dpi = PNG_DPI
    canvas.print_png(path, metadata={"Software": None})
