"""What becomes of interrupted runs: announced at the next start, kept by ``lab6 recover``, or thrown away."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lab6.errors import Lab6Error, ResultsError
from lab6.measuring import journal, programs, publishing, unfinished
from lab6.measuring.journal import RESULT, UNFINISHED
from lab6.measuring.unfinished import Unfinished

DEFAULT = "results"
"""Where runs are saved unless told otherwise, in the working folder."""

DAMAGED = ".damaged"
"""The folder, in a machine's folder of results, for journals with files that could not be read."""


def announcement(root: Path) -> str | None:
    """A sentence on the interrupted runs under ``root``, and the command that keeps them; None where there is none."""
    found: list[Unfinished] = []
    for folder in _journals(root):
        with (
            contextlib.suppress(OSError),
            journal.held(folder, patience=0) as dead,
        ):  # what cannot be opened is not ours
            if dead and not publishing.is_published(folder / RESULT):
                found.append(unfinished.read(folder))
    found = [left for left in found if left.benchmarks or left.damaged]
    if not found:
        return None
    one = len(found) == 1
    what = "An interrupted run was found" if one else f"{len(found)} interrupted runs were found"
    return f"{what}: {_described(found)}. Keep {'it' if one else 'them'}: {programs.lab6('recover', root)}"


def recover(place: str, discard: bool = False) -> Iterator[str]:
    """Save each interrupted run in the folder of results ``place`` as a numbered file, and remove its journal.

    With ``discard``, remove the journals only. A sentence for each. Raises ResultsError where there is no such folder
    and, when it is done with all, for what could not be saved or read.
    """
    root = Path(place).resolve()
    if not place or not (root.is_dir() or place == DEFAULT):
        raise ResultsError(f"{place!r}: there is no such folder; give the folder of results, such as {DEFAULT}.")
    lines, problems = 0, []
    for folder in _journals(root):
        try:
            line = _settled(folder, _throw_away if discard else _save)
        except Lab6Error as error:
            problems.append(str(error))
        else:
            lines += line is not None
            yield from [line] if line else []
    if not lines and not problems:
        yield f"No interrupted run in {programs.shown(root)}."
    elif not discard:
        yield f"Show what is saved: {programs.lab6('report', root)}"
    if problems:
        raise ResultsError(" ".join(problems))


def _settled(folder: Path, settle: Callable[[Path], str | None]) -> str | None:
    """What ``settle`` says of a journal that no live process has. Raises ResultsError."""
    try:
        with journal.held(folder) as dead:
            if dead:
                return settle(folder)
        return f"A run in {programs.shown(folder.parent.parent)} is under way, or being recovered; it was left alone."
    except OSError as error:
        if not folder.exists():  # another process has settled it meanwhile
            return None
        why = error.strerror or type(error).__name__
        raise ResultsError(
            f"{programs.shown(folder)} stays as it is ({why}): make room there, or make it writable, and try again."
        ) from error


def _save(folder: Path) -> str | None:
    """Save one run and remove its journal, unless files of it could not be read. Raises OSError, ResultsError."""
    left, line = unfinished.read(folder), None
    if (file := left.file()) and not publishing.is_published(folder / RESULT):
        saved = journal.publish(folder, *file)
        line = f"Kept {_described([left])} in {programs.shown(saved)}"
    if left.damaged:
        _set_aside(folder, left, line)
    journal.remove(folder)
    return line


def _set_aside(folder: Path, left: Unfinished, line: str | None) -> None:
    """Move a journal to where nothing looks for it, and say which of its files are damaged. Raises ResultsError."""
    place = folder.parent.parent / DAMAGED / folder.name
    place.parent.mkdir(exist_ok=True)
    folder.rename(place)
    files = ", ".join(f"{name} ({why})" for name, why in sorted(left.damaged.items())[:5])
    more = f", and {len(left.damaged) - 5} more" if len(left.damaged) > 5 else ""
    raise ResultsError(
        f"{line or 'Nothing of a run could be kept'}; not kept were the damaged files {files}{more}: they are in "
        f"{programs.shown(place)}, with all of its journal; remove that folder when it is of no more use."
    )


def _throw_away(folder: Path) -> str | None:
    left, known = unfinished.read(folder), publishing.is_published(folder / RESULT)
    journal.remove(folder)
    if folder.exists():
        raise ResultsError(f"{programs.shown(folder)} cannot be removed: make it writable, and try again.")
    return f"Thrown away: {_described([left])}" if left.benchmarks and not known else None


def _journals(root: Path) -> list[Path]:
    """The journals in a folder of results, or in that of one machine."""
    machines = [root, *_listed(root)]
    return sorted(path for machine in machines for path in _listed(machine / UNFINISHED) if path.is_dir())


def _listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing where another process has removed it, or where it is not ours to look into."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _described(found: Sequence[Unfinished]) -> str:
    """How much runs have measured, when, and with what."""
    benchmarks, rounds = sum(len(left.benchmarks) for left in found), sum(left.rounds for left in found)
    text = f"{_count(benchmarks, 'benchmark')}, {_count(rounds, 'round')}"
    if times := [left.run.began_at for left in found if left.run]:
        text += f", {'' if len(found) == 1 else 'the last '}of {max(times).astimezone():%Y-%m-%d %H:%M}"
    engines = dict.fromkeys(engine for left in found for engine in left.engines)
    return f"{text} ({', '.join(engines)})" if engines else text


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
