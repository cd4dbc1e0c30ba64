"""The code of the two sides of a duet: a git revision, and a copy of the working tree, each in a folder of its own.

Nothing in the tree or in the repository is changed. The working tree is copied with its uncommitted changes and new
files (except those that git ignores), so that it may be edited while it is being compared.
"""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from lab6.errors import OptionError


def export(root: Path, revision: str, folder: Path) -> Path:
    """Put the files of ``revision`` into ``folder``; return the copy of ``root``, a folder in the repository.

    Raises OptionError if there is no such revision, or no repository.
    """
    within = root.resolve().relative_to(top(root))
    archive = _git(root, "archive", "--format=tar", commit(root, revision), cwd=top(root))
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise OptionError(
            f"--against: {revision} cannot be extracted ({error}): give a revision without such files."
        ) from error
    if not (folder / within).is_dir():
        raise OptionError(f"--against: {revision} has no folder {within}: give a revision that has it.")
    return folder / within


def snapshot(root: Path, folder: Path) -> Path:
    """Copy the working tree that contains ``root`` to ``folder``; return the copy of ``root``. Raises OptionError."""
    above = top(root)
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=above)
    for name in filter(None, os.fsdecode(listed).split("\0")):
        source, target = above / name, folder / name
        if source.is_symlink() or source.is_file():  # not what was deleted, nor another repository
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return folder / root.resolve().relative_to(above)


def commit(root: Path, revision: str) -> str:
    """The full name of the commit that ``revision`` means. Raises OptionError."""
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except OptionError as error:
        top(root)  # raises if there is no repository
        raise OptionError(
            f"--against: {revision[:200]!r} is not a revision of this repository; give a commit, a branch or a tag, "
            "such as HEAD or main."
        ) from error
    return found.decode().strip()


def top(root: Path) -> Path:
    """The top of the repository that ``root`` is in. Raises OptionError."""
    return Path(os.fsdecode(_git(root, "rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()


def _git(root: Path, *arguments: str, cwd: Path | None = None) -> bytes:
    """What git prints. Raises OptionError."""
    try:
        return subprocess.run(["git", *arguments], cwd=cwd or root, check=True, capture_output=True).stdout
    except FileNotFoundError as error:
        raise OptionError("--against needs git, which is not installed here: install it.") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise OptionError(
            f"--against needs the git repository that {root} is in ({lines[0][:200]}): call it in a clone."
        ) from error
