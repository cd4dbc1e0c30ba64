import json
import os

import pytest

from lab6 import settings
from tests.projects import SMALL, pretend, project, saved


@pytest.mark.parametrize(
    "name",
    [
        *("XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "KMP_AFFINITY", "GOMP_CPU_AFFINITY"),
        *("TF_GPU_ALLOCATOR", "XLA_PYTHON_CLIENT_ALLOCATOR", "PYTORCH_CUDA_ALLOC_CONF", "MALLOC_ARENA_MAX"),
        *("LD_PRELOAD", "TORCHINDUCTOR_MAX_AUTOTUNE", "JAX_CPU_ENABLE_ASYNC_DISPATCH", "TF_DETERMINISTIC_OPS"),
        *("CUDA_LAUNCH_BLOCKING", "PYTHONMALLOC", "PYTHON_JIT", "NUMBA_OPT"),
    ],
)
def test_what_changes_the_speed_is_recorded(name):
    assert settings.of({name: "1", "HOME": "/"}) == {name: "1"}


@pytest.mark.parametrize(
    "name",
    [
        *("TF_VAR_db_password", "TF_CLI_CONFIG_FILE", "TF_TOKEN_app_terraform_io", "TF_LOG", "TF_CPP_MIN_LOG_LEVEL"),
        *("TF_NUM_INTRAOP_THREADS", "NPROC", "JAX_PLATFORMS", "CUDA_VISIBLE_DEVICES", "KERAS_BACKEND", "CUDA_HOME"),
        *("JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE", "TORCHINDUCTOR_CACHE_DIR", "KMP_INIT_AT_FORK"),
        *("PATH", "PYTHONPATH", "LAB6_CACHE_DIR", "LOKY_MAX_CPU_COUNT", "PYTORCH_VERSION", "NUMBA_CACHE_DIR"),
    ],
)
def test_other_programs_variables_and_what_is_recorded_otherwise_are_not(name):
    assert settings.of({name: "1"}) == {}


@pytest.mark.parametrize(
    "name",
    [
        *("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED", "JAX_ENABLE_X64", "JAX_DISABLE_JIT"),
        *("JAX_DEFAULT_MATMUL_PRECISION", "NVIDIA_TF32_OVERRIDE", "ONEDNN_DEFAULT_FPMATH_MODE", "TORCHDYNAMO_DISABLE"),
        "NUMBA_DISABLE_JIT",
    ],
)
def test_what_would_make_a_record_untrue_is_kept_out_and_not_recorded(name):
    own = {name: "1", "KERAS_BACKEND": "jax", "KERAS_HOME": "/there", "OMP_NUM_THREADS": "1"}
    settings.neutralise(own)
    assert own == {"KERAS_BACKEND": "jax", "KERAS_HOME": os.devnull, "OMP_NUM_THREADS": "1"}
    assert settings.of({name: "1"}) == {}


def test_an_empty_value_is_none_and_one_that_cannot_be_saved_is_a_digest():
    found = settings.of(
        {"XLA_FLAGS": " ", "LD_PRELOAD": "\udcff.so", "OMP_PLACES": "{0}," * 400, "OMP_NUM_THREADS": ""}
    )
    assert list(found) == ["LD_PRELOAD", "OMP_PLACES"]
    assert all(value.startswith("sha256:") and len(value) == 71 for value in found.values())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Unknown flag in XLA_FLAGS: --nonsense", "XLA_FLAGS"),
        ("no such option: --odd=1", "TF_XLA_FLAGS"),
        ("Check failed: num_threads >= 1 (-1 vs. 1) .", "TF_NUM_INTRAOP_THREADS"),
        ("something else, 1", ""),
        ("", ""),
    ],
)
def test_a_setting_is_blamed_if_the_last_words_name_it_or_its_value(words, name):
    own = {
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "-1",
        "TF_XLA_FLAGS": "--odd=1 --tf_more=2",
        "XLA_FLAGS": "--nonsense",
    }
    expected = [f"{name} is {own[name]!r} here: correct it, or unset it"] if name else []
    assert settings.blamed(own, words) == expected


def test_a_run_saves_and_shows_the_user_s_settings_but_not_those_that_an_option_decides(tmp_path):
    small = ("benchmarks", *SMALL, "--batch-sizes=100", "--processes=1", "--benchmark-save")
    folder = project(tmp_path)
    own = {"OMP_NUM_THREADS": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_MAX_EPOCHS": "1"}
    printed = pretend(folder, *small, **own).stdout
    assert "OMP_NUM_THREADS=3" in printed
    pretend(folder, *small, "--threads=1", **own)
    found = [json.loads(path.read_text())["machine_info"]["lab6"]["settings"] for path in saved(folder)]
    assert [each.get("OMP_NUM_THREADS") for each in found] == ["3", None]
    assert {each["TF_ENABLE_ONEDNN_OPTS"] for each in found} == {"0"}
    assert not any("KERAS_MAX_EPOCHS" in each for each in found)
