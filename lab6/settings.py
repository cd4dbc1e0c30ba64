"""Environment variables of frameworks and libraries that change what is trained, or how fast.

What would make a record untrue is kept from workers. What remains is part of the record: runs that differ in it are
different series, and are compared only if that is allowed.
"""

import fnmatch
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, MutableMapping

KEPT_OUT = (
    "KERAS_*",  # limits of epochs and steps, and the folder of keras.json
    "JAX_DEFAULT_DTYPE_BITS",
    "JAX_DEFAULT_MATMUL_PRECISION",
    "JAX_DISABLE_JIT",
    "JAX_ENABLE_X64",
    "JAX_NUMPY_DTYPE_PROMOTION",
    "JAX_NUMPY_RANK_PROMOTION",
    "NUMBA_DISABLE_JIT",
    "NVIDIA_TF32_OVERRIDE",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_DEFAULT_FPMATH_MODE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_COMPILE_DISABLE",
    "TORCHDYNAMO_DISABLE",
)
"""What would make a record untrue: other arithmetic than it says, shorter epochs, nothing compiled."""

RECORDED = (
    *("XLA_*", "TF_XLA_*", "TF_ENABLE_*", "TF_DISABLE_*", "TF_DETERMINISTIC_OPS", "TF_CUDNN_*", "TF_FORCE_*"),
    *("TF_GPU_*", "TF_NUM_*", "TF_USE_*", "JAX_*", "PJRT_*", "TORCH_*", "TORCHINDUCTOR_*", "TORCHDYNAMO_*"),
    *("PYTORCH_*", "CUBLAS*", "CUDNN_*", "CUDA_CACHE_DISABLE", "CUDA_DEVICE_MAX_CONNECTIONS", "CUDA_LAUNCH_BLOCKING"),
    *("CUDA_MODULE_LOADING", "ONEDNN_*", "DNNL_*", "OMP_*", "GOMP_*", "KMP_*", "MKL_*", "OPENBLAS_*", "BLIS_*"),
    *("VECLIB_*", "NUMBA_*", "NPROC", "MALLOC_*", "GLIBC_TUNABLES", "TCMALLOC_*", "MIMALLOC_*", "LD_PRELOAD"),
    *("DYLD_INSERT_LIBRARIES", "PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONOPTIMIZE", "PYTHON_GIL", "PYTHON_JIT"),
)
"""What changes the speed. Not all of ``TF_*``, which Terraform uses too, for passwords among other things."""

HARMLESS = (
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NPROC", "PJRT_NPROC"),  # recorded as threads
    *("JAX_PLATFORMS", "JAX_PLATFORM_NAME"),  # recorded as devices
    *("JAX_*CACHE*", "JAX_LOGGING_*", "JAX_TRACEBACK_*", "PYTORCH_VERSION", "PYTORCH_BUILD_*"),
    *("TORCH_CUDA_ARCH_LIST", "TORCH_HOME", "TORCH_LOGS", "TORCH_SHOW_*", "TORCHINDUCTOR_*CACHE*", "OMP_DISPLAY_*"),
    *("NUMBA_CACHE_*", "NUMBA_NUM_THREADS", "NUMBA_THREADING_*", "NUMBA_DUMP_*", "NUMBA_COLOR_*", "NUMBA_DEBUG_CACHE"),
    *("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),  # scikit-learn sets these
    *("JAX_COORDINATOR_*", "TORCH_NCCL_ASYNC_ERROR_HANDLING"),  # how workers find each other; torchrun sets the other
)
"""Names that RECORDED covers, but that decide nothing, or are recorded in another way."""

PLAIN_MATPLOTLIB = {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
"""Variables of lab6's own processes. Keras imports matplotlib too, and the user's backend may not be installed here."""

LONGEST = 1_000
"""Characters of a value; of a longer one its digest is recorded."""


def split(text: str) -> dict[str, str]:
    """The settings in ``OMP_NUM_THREADS=1, XLA_FLAGS=--a``, by name; a value can have commas of its own."""
    found: dict[str, str] = {}
    name = ""
    for part in filter(None, text.split(", ")):
        before, equals, value = part.partition("=")
        if equals and before.isidentifier():
            name, found[before] = before, value
        else:
            found[name] = f"{found[name]}, {part}" if name in found else part
    return found


def of(environment: Mapping[str, str]) -> dict[str, str]:
    """The recorded settings in ``environment``, by name."""
    left_out = (*KEPT_OUT, *HARMLESS)
    names = [name for name in sorted(environment) if _is_any(name, RECORDED) and not _is_any(name, left_out)]
    return {name: _recorded(environment[name]) for name in names if environment[name].strip()}


def neutralise(environment: MutableMapping[str, str]) -> None:
    """Remove from ``environment`` what would make a record untrue."""
    for name in [name for name in environment if name != "KERAS_BACKEND" and _is_any(name, KEPT_OUT)]:
        del environment[name]
    environment["KERAS_HOME"] = os.devnull  # no folder, so that Keras neither finds nor writes a keras.json


def blamed(environment: Mapping[str, str], words: str) -> list[str]:
    """Advice on the settings in ``environment`` that a dead process named, by name or by value.

    ``words``: its last output.
    """
    found = []
    for name, value in sorted((name, value) for name, value in environment.items() if _is_any(name, RECORDED)):
        telling = [part for part in value.split() if re.search("[-=/]", part)]  # not a plain word or number
        if any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", words) for part in (name, *telling)):
            found.append(f"{name} is {value[:200]!r} here: correct it, or unset it")
    return found


def _is_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _recorded(value: str) -> str:
    if len(value) <= LONGEST and value.isprintable():
        return value
    return f"sha256:{hashlib.sha256(os.fsencode(value)).hexdigest()}"
