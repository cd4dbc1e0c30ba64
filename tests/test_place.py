import importlib
import sys
from pathlib import Path

import pytest

from lab6 import place as module
from lab6.errors import OptionError
from lab6.place import Place


@pytest.fixture(autouse=True)
def tree(tmp_path, monkeypatch) -> Path:
    """A folder that is the working folder and the first that Python imports from; what tests import is forgotten."""
    (tmp_path / "tree").mkdir()
    monkeypatch.chdir(tmp_path / "tree")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "tree"), *sys.path])
    monkeypatch.setattr(module, "_beside", [])
    known = set(sys.modules)
    yield tmp_path / "tree"
    for name in set(sys.modules) - known:
        del sys.modules[name]


def write(path: Path, code: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    importlib.invalidate_caches()
    return path


def returning(value: object) -> str:
    return f"def make():\n    return {value!r}\n"


def test_a_file_below_the_tree_is_named_relative_to_it_and_another_absolutely(tree, monkeypatch):
    write(tree / "models" / "own.py", returning(1))
    other = write(tree.parent / "other.py", returning(2))
    monkeypatch.chdir(tree / "models")
    assert Place.parse("--model", "own.py:make", tree) == Place("models/own.py", "make")
    assert Place.parse("--model", "../../other.py:make", tree) == Place(str(other.resolve()), "make")
    assert Place.parse("--model", "package.module:make", tree) == Place("package.module", "make")
    assert Place.parse("--model", "own.py:make", tree).title == "own.py:make"


def test_a_file_of_the_same_repository_is_named_relative_to_the_tree_so_that_each_side_of_a_duet_has_its_own(tree):
    (tree.parent / ".git").mkdir()
    other = write(tree.parent / "other.py", returning(2))
    assert Place.parse("--model", f"{other}:make", tree) == Place("../other.py", "make")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nofile.py:make", "there is no file nofile.py; give package.module:function or path/to/file.py:function."),
        ("make", "'make' names no function; give "),
        ("own.py:", "'own.py:' names no function; give "),
        ("own.py:a.b", "'own.py:a.b' names no function; give "),
        (":make", "':make' names no function; give "),
        ("some-package:make", "'some-package:make' names no function; give "),
        ("", "'' names no function; give "),
    ],
)
def test_what_names_no_function_is_refused(tree, text, sentence):
    with pytest.raises(OptionError) as caught:
        Place.parse("--model", text, tree)
    assert str(caught.value).startswith(f"--model: {sentence}")


@pytest.mark.parametrize(
    ("code", "name", "sentence"),
    [
        ("raise ValueError('not now')", "make", "own.py:make cannot be imported (ValueError: not now): correct it."),
        ("import nothing_like_this", "make", "own.py:make cannot be imported (ModuleNotFoundError: No module named "),
        ("raise SystemExit(2)", "make", "own.py:make cannot be imported (SystemExit: 2): "),
        ("def make(:", "make", "own.py:make cannot be imported (SyntaxError: "),
        (returning(1), "other", "own.py:other: there is no function other in own.py; it has make."),
        ("make = 3", "make", "own.py:make: there is no function make in own.py; it has none."),
        ("def make(): raise KeyError()", "make", "own.py:make failed (KeyError): call it by hand to see why."),
        ("def make(): raise SystemExit", "make", "own.py:make failed (SystemExit): "),
        ("def make(width): pass", "make", "own.py:make needs width: give a function that takes no arguments."),
    ],
)
def test_whatever_a_module_or_a_function_does_is_one_sentence(tree, code, name, sentence):
    write(tree / "own.py", code)
    with pytest.raises(OptionError) as caught:
        Place("own.py", name).call()
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value)) < 400


def test_a_module_that_could_not_be_imported_is_tried_again(tree):
    write(tree / "own.py", "raise ValueError")
    with pytest.raises(OptionError):
        Place("own.py", "make").call()
    write(tree / "own.py", returning("mended"))
    assert Place("own.py", "make").call() == "mended"


def test_a_class_can_stand_for_a_function(tree):
    write(tree / "own.py", "class Make:\n    value = 5\n")
    assert Place("own.py", "Make").call().value == 5


@pytest.mark.parametrize("stem", ["random", "keras", "own-model", "lab6"])
def test_a_file_can_have_any_name_and_hides_no_module(tree, stem):
    import random

    write(tree / f"{stem}.py", returning(stem))
    assert Place(f"{stem}.py", "make").call() == stem
    assert sys.modules["random"] is random


def test_two_files_of_one_name_are_two_modules_that_are_run_once_each(tree):
    for folder in ("model", "data"):
        write(
            tree / folder / "model.py", f"calls = []\ndef make():\n    calls.append(1)\n    return {folder!r}, calls\n"
        )
    found = [Place(f"{folder}/model.py", "make").call() for folder in ("model", "data", "model")]
    assert found == [("model", [1, 1]), ("data", [1]), ("model", [1, 1])]


def test_a_file_imports_what_is_beside_it(tree):
    write(tree / "models" / "beside_it.py", "VALUE = 7")
    write(tree / "models" / "own.py", "from beside_it import VALUE\ndef make():\n    return VALUE\n")
    assert Place("models/own.py", "make").call() == 7


def test_relative_paths_are_those_of_the_tree_of_the_code_and_not_of_the_working_folder(tree, monkeypatch):
    """A duet imports from two trees; a folder with files that were imported before is none."""
    write(tree / "data" / "own.py", returning("data"))
    write(tree / "own.py", returning("tree"))
    write(tree.parent / "elsewhere" / "own.py", returning("working folder"))
    monkeypatch.chdir(tree.parent / "elsewhere")
    assert Place("data/own.py", "make").call() == "data"
    assert Place("own.py", "make").call() == "tree"
    with pytest.raises(OptionError, match=r"^there is no later\.py in .*: give a place that is there\.$"):
        Place("later.py", "make").call()


def test_a_function_of_this_process_is_found_again_by_its_module(tree, monkeypatch):
    write(tree / "package" / "__init__.py", returning("package"))
    write(tree / "package" / "inner.py", returning("inner"))
    for name in ("package", "package.inner"):
        function = importlib.import_module(name).make
        assert Place.of(function, tree.parent) == Place(name, "make", "tree")
        monkeypatch.setattr(sys, "path", [str(tree.parent), *sys.path])
        assert Place(**Place.of(function, tree.parent).saved()).function() is function


@pytest.mark.parametrize("name", ["lambda", "inner", "method", "main"])
def test_what_another_process_cannot_import_has_no_place(tree, name):
    def inner():
        pass

    def main():
        pass

    main.__module__, main.__qualname__ = "__main__", "main"
    functions = {"lambda": lambda: None, "inner": inner, "method": Place.call, "main": main}
    with pytest.raises(OptionError, match="cannot be imported by another process, which has to train with it: give"):
        Place.of(functions[name], tree)


def test_a_function_of_a_session_is_carried_with_what_it_uses(tree):
    pytest.importorskip("cloudpickle")
    width = 3
    carried = Place.carry(lambda: width + 1, tree)
    assert Place(**carried.saved()).call() == 4
    assert carried.title == "lambda"
    lock = importlib.import_module("threading").Lock()
    with pytest.raises(OptionError, match=r"^cannot_be_sent cannot be sent to another process, which has to train"):
        Place.carry(cannot_be_sent(lock), tree)


def cannot_be_sent(lock):
    def cannot_be_sent():
        return lock

    return cannot_be_sent


@pytest.mark.parametrize("name", [Place.of, Place.carry])
def test_a_model_in_the_place_of_its_function_is_refused(name, tmp_path):
    class Made:
        def get_config(self):
            return {}

    with pytest.raises(OptionError, match=r"a Made was given: give the function that returns it, without calling it\."):
        name(Made(), tmp_path)
