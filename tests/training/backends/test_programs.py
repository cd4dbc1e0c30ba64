"""Compiled programs outlive the process that compiled them."""

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab6.training.backends import programs

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


@pytest.fixture(scope="module")
def runs(tmp_path_factory, private_cache, digits):
    """For each backend a first run, a second, and one with damaged programs, each with what was kept after it."""
    caches = {
        name: tmp_path_factory.mktemp(name) / "spaces, 'quotes\" and \\"
        for name in ("tensorflow", "jax")
        if importlib.util.find_spec(name)
    }

    def run(backend):
        cache, found = caches[backend], []
        cache.mkdir()
        (cache / "digits").symlink_to(private_cache / "digits")
        for tensors_before in (1, 50):  # the key must not depend on what a process did before
            found.append((trained(backend, cache, tensors_before), kept(cache)))
        for path in (cache / "programs").rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes()[:100])
        return [*found, (trained(backend, cache), kept(cache))]

    with ThreadPoolExecutor() as pool:
        return dict(zip(caches, pool.map(run, caches), strict=True))


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_program_is_compiled_once_and_a_damaged_one_costs_one_run_at_most(runs, backend):
    pytest.importorskip(backend)
    (first, files), (second, same), (third, left) = runs[backend]
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert files
    assert same == files
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr == ""
    if third.returncode:
        assert "may be damaged, and all kept programs are deleted now; run it again." in third.stderr
        assert left == {}  # as it was before the first
    else:
        assert third.stdout == first.stdout


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
