"""Data sets of one's own from files: an ``.npz`` archive, or four IDX files."""

import os
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import psutil

from lab6.errors import DataError
from lab6.probe import probe
from lab6.training.datasets import arrays, formats
from lab6.training.datasets.dataset import Dataset
from lab6.training.datasets.formats import DEPTHS, IDX_FILES, NAMES, Layout, reading

T = TypeVar("T")

ADVICE = "give --dataset an .npz file, a folder with the four IDX files of one data set, or file.py:function"


def from_path(path: Path) -> Dataset:
    """The data set in an ``.npz`` archive, in a folder's four IDX files, or in an IDX file and the three beside it.

    Raises DataError, also if it would not fit into the available memory.
    """
    try:
        if path.is_dir():
            return _from_idx(path, _folder_name(path), _nearest(path))
        if formats.is_idx(path):
            prefix = formats.idx_prefix(path)
            name = prefix.strip("-_.") or _folder_name(path.parent)
            return _from_idx(path, name, _sets(path.parent, "*")[path.parent, prefix])
        if path.is_file():
            return _from_npz(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): {ADVICE}.") from error
    raise DataError(f"{path} is neither a file nor a folder: {ADVICE}.")


def _from_npz(path: Path) -> Dataset:
    expected = f"an .npz archive of arrays {', '.join(NAMES)}"
    with reading(path, expected, ADVICE), zipfile.ZipFile(path) as archive:
        members = formats.npys(archive)
        arrays.check_names(str(path), members)
        _check_memory(path, {name: formats.npy_layout(archive, members[name]) for name in NAMES})
        given = {name: formats.read_npy(archive, members[name]) for name in NAMES}
    return arrays.dataset(path.stem, f"from {path}", given)


def _from_idx(place: Path, name: str, files: list[Path]) -> Dataset:
    of_kind = dict(zip(NAMES, formats.by_kind(files), strict=True))
    if missing := [file for file, found in zip(IDX_FILES, of_kind.values(), strict=True) if not found]:
        raise _missing(place.parent, missing)

    def each(read: Callable[[Path], T]) -> dict[str, T]:
        found = {}
        for kind, (path, *_) in of_kind.items():
            with reading(path, "an IDX file"):
                found[kind] = read(path)
        return found

    _check_memory(place, each(formats.idx_layout))
    return arrays.dataset(name, f"from {place}", each(formats.read_idx))


def _nearest(folder: Path) -> list[Path]:
    """The IDX files of the one data set in a folder, or up to two folders below. Raises DataError."""
    for depth in DEPTHS:
        whole = [files for files in _sets(folder, depth).values() if all(formats.by_kind(files))]
        if len(whole) > 1:
            shown = ", ".join(str(files[0].relative_to(folder)) for files in whole[:8])
            raise DataError(f"{folder} has {len(whole)} data sets of IDX files: give --dataset one of {shown}.")
        if whole:
            return whole[0]
    found = formats.by_kind(folder.iterdir())
    raise _missing(folder, [file for file, own in zip(IDX_FILES, found, strict=True) if not own] or [*IDX_FILES])


def _sets(folder: Path, depth: str) -> dict[tuple[Path, str], list[Path]]:
    """IDX files by their folder and the beginning of their names: EMNIST's archive has six data sets in one folder."""
    sets = defaultdict(list)
    for path in sorted(folder.glob(depth)):
        if formats.is_idx(path) and path.is_file() and not path.name.startswith("._"):  # macOS adds such files
            sets[path.parent, formats.idx_prefix(path)].append(path)
    return sets


def _missing(folder: Path, files: list[str]) -> DataError:
    return DataError(f"{folder} has no {', '.join(files)} (plain or .gz), but {formats.listed(folder)}: {ADVICE}.")


def _folder_name(folder: Path) -> str:
    """What a folder is called; torchvision puts files into a folder ``raw`` below it."""
    whole = Path(os.path.abspath(folder))  # noqa: PTH100  # without following links, whose targets have other names
    return whole.parent.name if whole.name == "raw" else whole.name


def _check_memory(place: Path, layouts: Mapping[str, Layout]) -> None:
    """Raise DataError if the arrays, and the float32 that they are trained as, would not fit into memory."""
    if pickled := [name for name, layout in layouts.items() if layout.dtype.hasobject]:
        raise DataError(
            f"{place}: {', '.join(pickled)} is an array of pickled Python objects, and nothing is unpickled; give "
            "arrays of numbers, in which all images have the same shape."
        )
    needed, available = sum(layout.bytes + 4 * layout.count for layout in layouts.values()), _available()
    if available is not None and needed > available:
        raise DataError(
            f"{place} would take {needed / 2**30:,.1f} GiB of memory, with a copy in float32, and "
            f"{available / 2**30:,.1f} GiB are available: give a smaller data set, or free memory."
        )


@probe(None)
def _available() -> int:
    return int(psutil.virtual_memory().available)
