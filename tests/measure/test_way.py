import os
from pathlib import Path

import pytest

from lab6 import settings
from lab6.measure.way import NOWHERE, THREADS, Way

TREE = Path("/tree")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in (
        *THREADS,
        *settings.of(os.environ),
        "KERAS_HOME",
        "PYTHONPATH",
        "CUDA_VISIBLE_DEVICES",
        "JAX_PLATFORMS",
        "TF_XLA_FLAGS",
        "KERAS_BACKEND",
        *settings.PLAIN_MATPLOTLIB,
    ):
        monkeypatch.delenv(name, raising=False)


def added(way: Way) -> dict[str, str]:
    """What its environment has that this process's has not."""
    return {name: value for name, value in way.environment.items() if os.environ.get(name) != value}


def test_code_comes_from_its_tree_before_all_else(monkeypatch):
    assert Way("compiled", "tensorflow", TREE).environment["PYTHONPATH"] == str(TREE)
    monkeypatch.setenv("PYTHONPATH", "/other")
    assert Way("compiled", "tensorflow", TREE).environment["PYTHONPATH"] == f"{TREE}{os.pathsep}/other"


def test_an_ordinary_way_changes_nothing_but_the_backend_the_tree_and_other_settings():
    expected = {"KERAS_BACKEND": "jax", "PYTHONPATH": str(TREE), "KERAS_HOME": os.devnull}
    assert added(Way("compiled", "jax", TREE)) == expected | settings.PLAIN_MATPLOTLIB


def test_a_worker_gets_no_setting_that_would_make_its_record_untrue(monkeypatch):
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", "5")
    way = Way("fit", "tensorflow", TREE)
    assert "KERAS_MAX_STEPS_PER_EPOCH" not in way.environment
    assert os.environ["KERAS_MAX_STEPS_PER_EPOCH"] == "5"


def test_its_settings_are_the_user_s_and_not_those_that_it_decides(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")
    both = {"OMP_NUM_THREADS": "7", "TF_XLA_FLAGS": "--tf_xla_auto_jit=2"}
    assert Way("compiled", "tensorflow", TREE, programs=NOWHERE).settings == both
    assert list(Way("compiled", "tensorflow", TREE, threads=1).settings) == ["TF_XLA_FLAGS"]


def test_keras_can_import_matplotlib_whatever_backend_the_user_has_set(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    assert Way("compiled", "tensorflow", TREE).environment["MPLBACKEND"] == "agg"


def test_threads_are_set_for_every_framework_and_hand_written_engines_train_on_the_cpu():
    found = added(Way("jax-scan", "jax", TREE, place="somewhere:Class", threads=3))
    assert {name: found[name] for name in THREADS} == dict.fromkeys(THREADS, "3")
    assert (found["JAX_PLATFORMS"], found["CUDA_VISIBLE_DEVICES"]) == ("cpu", "-1")


def test_a_gpu_can_be_the_only_one_it_sees(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert Way("compiled", "torch", TREE).environment["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert Way("compiled", "torch", TREE, visible_gpus="1").environment["CUDA_VISIBLE_DEVICES"] == "1"


def test_programs_of_earlier_processes_can_be_left_unused_and_the_user_s_flags_stay(monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")
    assert "TF_XLA_FLAGS" not in added(Way("compiled", "tensorflow", TREE))
    found = added(Way("compiled", "tensorflow", TREE, programs=NOWHERE))
    assert found["TF_XLA_FLAGS"] == '--tf_xla_auto_jit=2 --tf_xla_persistent_cache_directory=""'
    assert found["JAX_ENABLE_COMPILATION_CACHE"] == "false"
    assert found["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] == "1"
    found = added(Way("compiled", "jax", TREE, programs="/there"))
    assert found["TF_XLA_FLAGS"] == '--tf_xla_auto_jit=2 --tf_xla_persistent_cache_directory="/there"'
    assert (found["JAX_ENABLE_COMPILATION_CACHE"], found["JAX_COMPILATION_CACHE_DIR"]) == ("true", "/there")


def test_its_own_interpreter_runs_the_worker_without_the_working_folder_on_its_path():
    command = Way("compiled", "tensorflow", TREE, python="/venv/bin/python").command
    assert command == ["/venv/bin/python", "-P", "-m", "lab6.measure.worker"]


@pytest.mark.parametrize(
    ("way", "title"),
    [
        (Way("compiled", "tensorflow", TREE), "compiled"),
        (Way("compiled", "jax", TREE), "compiled (JAX)"),
        (Way("jax-scan", "jax", TREE, place="a:B"), "jax-scan"),
    ],
)
def test_a_title_names_the_backend_if_the_engine_does_not(way, title):
    assert way.title == title
