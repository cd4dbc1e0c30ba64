"""Pictures, and their files: SVG for light and dark paper, PNG, and the data as CSV."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lab6.errors import ResultsError
from lab6.render import style, svg
from lab6.render.csv import csv
from lab6.render.style import Layout
from lab6.render.table import Table

PNG_DPI = 200


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture: the name of its files, a title, what it shows, and how it is drawn in each of its layouts.

    ``data``: a row for each of its points. ``table``: the same as a table, if the page has it nowhere else.
    """

    name: str
    title: str
    explanation: str
    draw: Callable[[Layout], Figure]
    layouts: tuple[Layout, ...]
    data: pd.DataFrame
    table: Table | None = None


def write(picture: Picture, folder: Path) -> dict[str, str]:
    """Write a picture's files into ``folder``; return its SVG documents by the names of layouts. Raises OSError."""
    drawn = {}
    folder.mkdir(parents=True, exist_ok=True)
    for layout in picture.layouts:
        with style.style():
            figure = picture.draw(layout)
            drawn[layout.name] = svg.render(figure)
            if layout is style.WIDE:
                _write_png(figure, folder / f"{picture.name}.png")
    document = drawn[style.WIDE.name]
    (folder / f"{picture.name}.svg").write_text(document, encoding="utf-8")
    (folder / f"{picture.name}-dark.svg").write_text(svg.dark(document), encoding="utf-8")
    (folder / f"{picture.name}.csv").write_text(csv(picture.data), encoding="utf-8")
    return drawn


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """While files are written into ``folder``. Raises ResultsError if they cannot be."""
    try:
        yield
    except OSError as error:
        raise ResultsError(
            f"{folder} cannot be written ({error.strerror}): choose another folder with --output DIR."
        ) from error


def _write_png(figure: Figure, path: Path) -> None:
    """Write the picture on light paper, at PNG_DPI."""
    canvas: Any = FigureCanvasAgg(figure)  # savefig would draw the figure twice, the first time only to measure it
    figure.dpi = PNG_DPI
    canvas.print_png(path, metadata={"Software": None})
