"""``lab6 push``: add saved runs to a shared data set, and say what was new."""

import dataclasses
import os

from rich.console import Console

from lab6 import paths
from lab6.errors import OptionError, ResultsError
from lab6.render.console import reading, say
from lab6.render.numbers import count
from lab6.store import push as store
from lab6.store import sources, workload
from lab6.store.load import leaving_out, load
from lab6.store.public import public


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 push``.

    ``place``: the shared data set. ``places``: what is pushed. ``is_public``: whether to leave out what can name a
    person, a host or a folder.
    """

    place: str
    places: tuple[str, ...]
    conditions: tuple[str, ...]
    skip_bad: bool
    is_public: bool


def run(request: Request, console: Console, progress: Console) -> None:
    """Push, and print what was pushed on ``console``. Raises ResultsError and OptionError."""
    _check(request)
    bad: list[ResultsError] = []
    on_bad = leaving_out(bad, request.skip_bad)
    rounds = load(*request.places, on_bad=on_bad, track=reading(progress), conditions=request.conditions)
    met = workload.where(rounds, request.conditions)
    pushed = store.push(public(met) if request.is_public else met, request.place)
    say(console, sentence(pushed, request.place))
    for error in [*map(str, bad), *pushed.left_out]:
        say(progress, f"Left out: {error}")


def sentence(pushed: store.Pushed, place: str) -> str:
    """What was pushed, and what was there."""
    were = "was" if pushed.there == 1 else "were"
    if not pushed.runs:
        return f"pushed nothing to {place}; {count(pushed.there, 'run')} {were} there already"
    there = f"; {pushed.there:,} {were} there already" if pushed.there else ""
    return f"pushed {count(pushed.runs, 'run')} ({count(pushed.rounds, 'round')}) to {place}{there}"


def _check(request: Request) -> None:
    """Refuse a place that no data set can have. Raises OptionError."""
    place = request.place
    if not place or place.endswith(sources.SUFFIXES) or "*" in place or "?" in place:
        raise OptionError(
            f"PLACE: {place[:60]!r} is not a place to push to; give a folder or the address of one, such as "
            "s3://bucket/lab6."
        )
    pushed = request.places or (sources.DEFAULT,)
    if _whole(place) in map(_whole, pushed):
        raise OptionError(
            f"PLACE: {place[:60]!r} is also what is pushed; give the place of the shared data set first, then results."
        )


def _whole(place: str) -> str:
    return place.rstrip("/") if paths.is_address(place) else os.path.realpath(paths.expanded(place))
