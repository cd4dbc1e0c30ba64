"""Places of Python functions, as a command line names them: ``package.module:function`` or ``file.py:function``."""

import dataclasses
import hashlib
import importlib
import importlib.util
import inspect
import os
import pickle
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab6 import folders
from lab6.errors import OptionError, first_line

FORMS = "package.module:function or path/to/file.py:function"

_beside: list[str] = []
"""Folders that are in ``sys.path`` only for what a file imports beside it."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a function is, for another process, which can import from another revision of the same tree.

    ``module``: a dotted name, or the path of a file that ends in ``.py``. ``name``: of the function. ``folder``: where
    the module is imported from, if that is not one of the usual folders. Paths within the repository are relative to
    the tree.
    ``pickled``: whether ``module`` is a file that :meth:`carry` wrote, and that no command line can name.
    """

    module: str
    name: str
    folder: str | None = None
    pickled: bool = False

    @classmethod
    def parse(cls, option: str, text: str, tree: Path) -> "Place":
        """The place that an option names, relative to the working folder. Raises OptionError."""
        module, colon, name = text.rpartition(":")
        is_file = module.endswith(".py")
        if not colon or not name.isidentifier() or not (is_file or re.fullmatch(r"\w+(\.\w+)*", module)):
            raise OptionError(f"{option}: {text[:200]!r} names no function; give {FORMS}.")
        if is_file and not Path(module).expanduser().is_file():
            raise OptionError(f"{option}: there is no file {module}; give {FORMS}.")
        if is_file:
            return cls(folders.relative(Path(module).expanduser(), tree), name)
        return cls(module, name, _folder_of(module, tree))

    @classmethod
    def of(cls, function: Callable[..., Any], tree: Path) -> "Place":
        """The place of ``function``. Raises OptionError if it cannot be imported by its name."""
        _refuse_what_it_makes(function)
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
        file = _file_with(function, str(module), name)
        if module == "__main__" or file is None:
            what = name or repr(function)
            raise OptionError(
                f"{what[:200]} cannot be imported by another process, which has to train with it: give a function that "
                "is defined at the top of a module."
            )
        folder = Path(file).resolve().parents[str(module).count(".") + (Path(file).name == "__init__.py")]
        return cls(str(module), name, folders.relative(folder, tree))

    @classmethod
    def carry(cls, function: Callable[..., Any], folder: Path) -> "Place":
        """The place of any function of this session, such as one of a notebook's cell, written into ``folder``.

        Raises OptionError if it uses what cannot be sent to another process.
        """
        import cloudpickle

        _refuse_what_it_makes(function)
        name = getattr(function, "__name__", type(function).__name__).strip("<>")
        try:
            content = cloudpickle.dumps(function)
        except Exception as error:  # whatever the objects that it uses raise
            raise OptionError(
                f"{name} cannot be sent to another process, which has to train with it ({_first_line(error)}): let it "
                "make all that it uses, such as layers, itself."
            ) from error
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".pickle", delete=False) as file:
            file.write(content)
        return cls(file.name, name, str(Path.cwd()), pickled=True)

    @property
    def title(self) -> str:
        """What people call it: the file or module, and the function."""
        if self.pickled:
            return self.name
        return f"{Path(self.module).name if self.module.endswith('.py') else self.module}:{self.name}"

    def saved(self) -> dict[str, str | bool | None]:
        """Plain values, for a worker."""
        return dataclasses.asdict(self)

    def function(self) -> Callable[..., Any]:
        """Import it. Relative paths are searched for in ``sys.path``. Raises OptionError."""
        try:
            if self.folder is not None:
                sys.path.insert(0, str(_found(self.folder)))
            if self.pickled:
                return _unpickled(Path(self.module))
            module = _of_file(_found(self.module)) if self.module.endswith(".py") else self._imported()
        except OptionError:
            raise
        except (Exception, SystemExit) as error:  # whatever somebody's module raises
            raise OptionError(f"{self.title} cannot be imported ({_first_line(error)}): correct it.") from error
        found = getattr(module, self.name, None)
        if not callable(found):
            there = [name for name, value in vars(module).items() if inspect.isfunction(value) and name[0] != "_"]
            raise OptionError(
                f"{self.title}: there is no function {self.name} in {self.module}; it has "
                f"{', '.join(there[:8]) or 'none'}."
            )
        function: Callable[..., Any] = found
        return function

    def _imported(self) -> Any:
        """The module of that name in the folder. Raises OptionError if it is found elsewhere."""
        module = importlib.import_module(self.module)
        file = getattr(module, "__file__", None)
        if self.folder is not None and file and not Path(file).resolve().is_relative_to(_found(self.folder).resolve()):
            raise OptionError(
                f"there is no module {self.module} in {_found(self.folder)}, but one in {Path(file).parent}: give a "
                "place that is there, on both sides of a comparison."
            )
        return module

    def call(self) -> Any:
        """What the function returns, called without arguments. Raises OptionError if it fails."""
        function = self.function()
        if needed := _needed(function):
            raise OptionError(f"{self.title} needs {', '.join(needed)}: give a function that takes no arguments.")
        try:
            return function()
        except (Exception, SystemExit) as error:  # whatever somebody's function raises
            raise OptionError(f"{self.title} failed ({_first_line(error)}): call it by hand to see why.") from error


def _needed(function: Callable[..., Any]) -> list[str]:
    """The arguments without which ``function`` cannot be called."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some built-in ones say nothing
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in kinds]


def _refuse_what_it_makes(given: object) -> None:
    """Raise OptionError for a model or an optimizer in the place of the function that makes it."""
    if hasattr(given, "get_config") and not inspect.isclass(given):
        raise OptionError(f"a {type(given).__name__} was given: give the function that returns it, without calling it.")


def _found(path: str) -> Path:
    for folder in sys.path:
        if folder not in _beside and (Path(folder) / path).exists():
            return Path(folder) / path
    raise OptionError(f"there is no {path} in {sys.path[0]}: give a place that is there.")


def _folder_of(module: str, tree: Path) -> str | None:
    """The folder in the repository of ``tree`` that ``module`` is imported from; None if it is not there.

    Nothing is imported for that, and so only the package at its top is looked for.
    """
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    places = [*(spec.submodule_search_locations or ()), spec.origin] if spec else []
    folder = folders.relative(Path(places[0]).parent, tree) if places and places[0] else ""
    return folder if folder and not Path(folder).is_absolute() else None


def _file_with(function: Callable[..., Any], module: str, name: str) -> str | None:
    """The file at whose top ``function`` is defined; None if there is none."""
    variables = getattr(function, "__globals__", {})
    if variables.get("__name__") != module:  # a class, or a decorated function
        variables = vars(sys.modules[module]) if module in sys.modules else {}
    return variables.get("__file__") if name.isidentifier() and variables.get(name) is function else None


def _of_file(path: Path) -> Any:
    path = path.resolve()
    name = f"lab6_place_{path.stem}_{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"  # two can have one stem
    if name in sys.modules:
        return sys.modules[name]
    folder = str(path.parent)
    if folder not in sys.path:
        _beside.append(folder)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec, "a file that ends in .py"
    assert spec.loader
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _unpickled(path: Path) -> Callable[..., Any]:
    """The function that the session of this worker has written."""
    with path.open("rb") as file:
        function: Callable[..., Any] = pickle.load(file)
    return function


def _first_line(error: BaseException) -> str:
    kind, line = type(error).__name__, first_line(error)
    return kind if line == kind else f"{kind}: {line[:200]}"
