"""The picture of a noise scale along training."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lab6.noise import words
from lab6.noise.scale import Found
from lab6.render import style
from lab6.render.picture import Picture
from lab6.render.style import Layout, colour

IMAGES = "images seen (log scale after the first step)"


def picture(found: Found) -> Picture:
    """The picture, of two panels: the noise scale, and the two numbers whose ratio it is."""
    return Picture(
        "noise-scale",
        "Gradient noise scale along training",
        "The noise scale S / |G|² against the images seen, with 95% intervals over seeds, beside published figures; "
        "and the noise S and the squared gradient |G|², of which it is the ratio.",
        lambda layout: draw(found, layout),
        (style.WIDE, style.NARROW),
        found.summary,
    )


def draw(found: Found, layout: Layout) -> Figure:
    """Draw the panels, side by side on wide paper."""
    summary = found.summary
    figure, [[left, right]] = style.panels(layout, 1, 2, 3.5)
    for axes in (left, right):
        _images_axis(axes, summary["images"])
    _scale(left, found, summary)
    _parts(right, summary)
    style.lay_out(figure)
    return figure


def _scale(axes: Axes, found: Found, summary: pd.DataFrame) -> None:
    """The noise scale with its band, the fitted critical size, and the published range for the same data set."""
    shown = [summary[name].dropna() for name in ("noise_scale", "noise_scale_low", "noise_scale_high")]
    others = [found.fitted.critical] if found.fitted else []
    if found.work.dataset == words.PUBLISHED_DATASET:
        low, high = words.PUBLISHED["noise_scale"]
        axes.axhspan(low, high, color=colour("muted"), alpha=0.16, linewidth=0)
        _say(axes, 0.02, high, f"published for MNIST, another network:\n{low} at the start, {high} on average")
        others += [low, high]
    style.log_axis(axes.yaxis, [*pd.concat(shown), *others] or [1.0])
    if found.fitted:
        axes.axhline(found.fitted.critical, color=colour("series-2"), linewidth=1.3, linestyle=(0, (4, 2)))
        _say(axes, 0.02, found.fitted.critical, "fitted critical size")
    ink = colour("series-1")
    axes.fill_between(
        summary["images"], summary["noise_scale_low"], summary["noise_scale_high"], color=ink, alpha=0.22, linewidth=0
    )
    axes.plot(summary["images"], summary["noise_scale"], color=ink, marker="o", markersize=4.5, linewidth=1.5)
    axes.set_ylabel("noise scale S / |G|² (images)")


def _parts(axes: Axes, summary: pd.DataFrame) -> None:
    """S and |G|², each named at its last point."""
    positive = summary[["noise", "gradient"]].where(lambda part: part > 0)
    style.log_axis(axes.yaxis, positive.stack())
    for name, ink, text in (("noise", "series-2", "noise S"), ("gradient", "series-3", "squared gradient |G|²")):
        axes.plot(summary["images"], positive[name], color=colour(ink), marker="o", markersize=4.5, linewidth=1.5)
        known = positive[name].first_valid_index()
        if known is not None:
            place = summary["images"][known], positive[name][known]
            axes.annotate(text, place, (4, 7), textcoords="offset points", color=colour(ink), fontweight="bold")
    axes.margins(y=0.12)  # room for the upper name
    axes.set_ylabel("S and |G|²")


def _images_axis(axes: Axes, images: pd.Series) -> None:
    """A logarithmic axis with a place for 0, before the first step."""
    first, last = float(images[images > 0].min()), float(images.max())
    axes.set_xscale("symlog", linthresh=first, linscale=0.4)
    decades = 10.0 ** np.arange(np.ceil(np.log10(first)), np.floor(np.log10(last)) + 1)
    axes.xaxis.set_major_locator(FixedLocator([0, *decades]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.number(value)))
    axes.set_xlabel(IMAGES)


def _say(axes: Axes, across: float, height: float, text: str) -> None:
    """A small text below a line, at the left or the right end of the panel."""
    axes.annotate(
        text,
        (across, height),
        (0, -4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        verticalalignment="top",
        horizontalalignment="left" if across < 0.5 else "right",
        color=colour("muted"),
        fontsize=8,
    )
