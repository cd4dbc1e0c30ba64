"""Compiled programs outlive the process that compiled them."""

import os
import subprocess
import sys

import pytest

from lab6.training.backends import programs
from tests.projects import change, run, with_source

PREPARED = """
import sys
from lab6.training import datasets, network
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import keras
engine = engine_class("compiled", keras.backend.backend())(
    Task(network.build, keras.optimizers.Adam, datasets.load("digits").first(600), 64)
)
for _ in range(int(sys.argv[1])):
    keras.ops.ones(3) + 1
engine.prepare()
engine.reset(3)
print(engine.train_epoch())
"""


def trained(backend: str, cache, tensors_before: int = 1) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KERAS_BACKEND": backend, "LAB6_CACHE_DIR": str(cache)}
    for name in ("TF_XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR", "TF_CPP_MIN_LOG_LEVEL"):
        environment.pop(name, None)
    command = [sys.executable, "-c", PREPARED, str(tensors_before)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)


def kept(cache) -> dict[str, int]:
    files = [path for path in (cache / "programs").rglob("*") if path.is_file() and "atime" not in path.name]
    return {path.name: path.stat().st_mtime_ns for path in files}


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_program_is_compiled_once_and_a_damaged_one_costs_one_run_at_most(tmp_path, private_cache, digits, backend):
    pytest.importorskip(backend)
    cache = tmp_path / "spaces, 'quotes\" and \\"
    cache.mkdir()
    (cache / "digits").symlink_to(private_cache / "digits")
    first = trained(backend, cache)
    files = kept(cache)
    second = trained(backend, cache, tensors_before=50)  # the key must not depend on what a process did before
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert files
    assert kept(cache) == files
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr == ""
    for path in (cache / "programs").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:100])
    third = trained(backend, cache)
    if third.returncode:
        assert "may be damaged, and all kept programs are deleted now; run it again." in third.stderr
        third = trained(backend, cache)
    assert third.returncode == 0, third.stderr
    assert third.stdout == first.stdout


BROKEN = 'raise CacheError("one may be damaged: run it again.")'


def test_a_damaged_program_is_one_sentence_of_a_benchmark(tmp_path, digits):
    folder = with_source(tmp_path)
    kept = "            begin_program()\n"
    change(folder / "lab6/training/engines/compiled.py", kept, f"{kept}            {BROKEN}\n")
    arguments = ("benchmarks", "--dataset=digits", "--images=200", "--batch-sizes=50", "--processes=1")
    result = run(folder, *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "one may be damaged: run it again." in result.stdout
    for part_of_a_traceback in ("Traceback", "CacheError", "benchmarks.py:"):
        assert part_of_a_traceback not in result.stdout + result.stderr


def test_each_configuration_keeps_its_programs_in_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB6_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("XLA_FLAGS", "--one")
    one = programs.folder("numpy")
    monkeypatch.setenv("XLA_FLAGS", "--other")
    assert len({one, programs.folder("numpy"), programs.folder("numpy", "keras")}) == 3


def test_without_a_place_for_a_cache_no_programs_are_kept(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAB6_CACHE_DIR", str(tmp_path / "file"))
    assert programs.folder("numpy") is None
