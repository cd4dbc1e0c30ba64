"""The folders that workers import from: those of this process, with what belongs to the project in the worker's tree.

A project's code can be in ``src``, or be installed from its folder. In a duet, each side has to import its own
revision of all of it, and never the working tree's.
"""

import os
import sys
import sysconfig
from pathlib import Path

INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")
"""Where Python and the packages of its environment are, which can be a folder of the project."""


def repository(root: Path) -> Path:
    """The top of the git repository that ``root`` is in; ``root`` itself if it is in none."""
    root = root.resolve()
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def relative(path: Path, root: Path) -> str:
    """``path`` relative to ``root`` if it is code of the same repository, perhaps with ``..``; otherwise absolute."""
    path, root = path.resolve(), root.resolve()
    own = path.is_relative_to(repository(root)) and not _is_installed(path)
    return os.path.relpath(path, root) if own else str(path)


def imported(root: Path, tree: Path) -> list[str]:
    """The PYTHONPATH of a worker that imports from ``tree``, which is ``root`` or a copy of it.

    First ``tree``; then the repository's folders in this process's ``sys.path``, as they are in the copy; then the
    rest of PYTHONPATH.
    """
    top = repository(root)
    found = [str(tree)]
    for folder in (Path(entry).resolve() for entry in sys.path if entry and os.pathsep not in entry):
        if folder.is_relative_to(top) and folder.is_dir() and not _is_installed(folder):
            found.append(os.path.normpath(tree / relative(folder, root)))
    given = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return list(dict.fromkeys([*found, *(each for each in given if not Path(each).resolve().is_relative_to(top))]))


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(Path(sysconfig.get_path(name)).resolve()) for name in INSTALLED)
