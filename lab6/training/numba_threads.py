"""Loops that Numba compiles: kept for the next process, and run by threads with cores and arrays of their own.

Here is what such threads need and Numba lacks: a barrier, and denormal numbers flushed to zero. A denormal number is a
float so small that its arithmetic takes a hundred cycles. Most pixels are rarely lit, so Adam's slots would fill with
them; TensorFlow and JAX flush them too.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

from lab6.training.backends import programs

T = TypeVar("T")

VECTOR = 16
"""Floats in a vector of the widest processors; the last dimension of arrays is padded to a multiple."""

FAST = {"reassoc", "contract", "arcp", "afn", "nsz"}
"""Sums in any order and approximate quotients; NaN and infinity are respected, since training can diverge."""

KINDS = {"x86_64": "x86", "amd64": "x86", "aarch64": "arm", "arm64": "arm"}
KIND = KINDS.get(platform.machine().lower(), "other")
"""The kind of processor: ``x86``, ``arm``, or ``other``, on which denormal numbers stay and waiting is not special."""

FLUSH_X86 = 0x8040
"""Flush-to-zero and denormals-are-zero in MXCSR (Intel 64 manual, volume 1, section 10.2.3)."""

FLUSH_ARM = 1 << 24
"""Flush-to-zero in FPCR (Arm Architecture Reference Manual, C5.2.8)."""

SPINS = 2_000
"""Looks at the barrier, some tens of microseconds, before a thread offers its core to others."""

YIELD = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
if sys.platform == "win32":
    llvmlite.binding.load_library_permanently("kernel32.dll")

if place := os.environ.get("NUMBA_CACHE_DIR", programs.folder("numba")):  # empty if nothing is to be kept
    # Numba compiles a file anew that has changed, but not the files that call this one.
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py")))
    config.CACHE_DIR = str(Path(place) / hashlib.sha256(sources).hexdigest()[:16])

VOID, BYTE, WORD, LONG = ir.VoidType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)


def _call(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    """Call a function of the C library, or an intrinsic of LLVM."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


def rest(builder: Any, kind: str) -> None:
    """Write the code that lets a core of this kind rest for some cycles."""
    if kind == "x86":
        _call(builder, "llvm.x86.sse2.pause", VOID)
    elif kind == "arm":
        _call(builder, "llvm.aarch64.hint", VOID, WORD(1))


def flush(builder: Any, kind: str) -> None:
    """Write the code by which a thread on this kind of processor flushes denormal numbers from now on."""
    if kind == "x86":
        place = cgutils.alloca_once(builder, WORD)
        pointer = builder.bitcast(place, BYTE.as_pointer())
        _call(builder, "llvm.x86.sse.stmxcsr", VOID, pointer)
        builder.store(builder.or_(builder.load(place), WORD(FLUSH_X86)), place)
        _call(builder, "llvm.x86.sse.ldmxcsr", VOID, pointer)
    elif kind == "arm":
        now = _call(builder, "llvm.aarch64.get.fpcr", LONG)
        _call(builder, "llvm.aarch64.set.fpcr", VOID, builder.or_(now, LONG(FLUSH_ARM)))


def _element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.gep(make_array(signature.args[0])(context, builder, arguments[0]).data, [arguments[1]])


@intrinsic
def _arrive(_: Any, array: Any, index: Any) -> tuple[Any, Callable[..., Any]]:
    """Add 1 to an element of an array of int64, so that all threads see it after what this one wrote before."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", _element(context, builder, signature, arguments), LONG(1), "acq_rel")

    return types.int64(array, index), code


@intrinsic
def _arrived(_: Any, array: Any, index: Any) -> tuple[Any, Callable[..., Any]]:
    """An element as other threads have left it."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_element(context, builder, signature, arguments), "acquire", 8)

    return types.int64(array, index), code


@intrinsic
def _pause(_: Any) -> tuple[Any, Callable[..., Any]]:
    """Let the core rest for some cycles."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rest(builder, KIND)
        return context.get_dummy_value()

    return types.void(), code


@intrinsic
def _yield(_: Any) -> tuple[Any, Callable[..., Any]]:
    """Offer the core to other threads."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _call(builder, YIELD, WORD)
        return context.get_dummy_value()

    return types.void(), code


@intrinsic
def prefetch(_: Any, array: Any, index: Any) -> tuple[Any, Callable[..., Any]]:
    """Begin to read the line of memory that an element of a one-dimensional array is in."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.bitcast(_element(context, builder, signature, arguments), BYTE.as_pointer())
        kind = ir.FunctionType(VOID, [place.type, WORD, WORD, WORD])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [place, WORD(0), WORD(3), WORD(1)])  # to read, to the first cache, data
        return context.get_dummy_value()

    return types.void(array, index), code


@intrinsic
def flush_denormals(_: Any) -> tuple[Any, Callable[..., Any]]:
    """Flush denormal numbers to zero in this thread, from now on."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flush(builder, KIND)
        return context.get_dummy_value()

    return types.void(), code


def compiled(function: Any, called_from_python: bool = False, **options: Any) -> Any:
    """Compile a function when it is first called; it runs without Python's lock. ``options``: of Numba's ``njit``."""
    wrapped = {} if called_from_python else {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    ours = {"nogil": True, "fastmath": FAST, "error_model": "numpy", "cache": bool(config.CACHE_DIR)}
    return njit(**{**ours, **wrapped, **options})(function)


@compiled
def wait_for_all(arrivals: Any, expected: int) -> None:
    """Arrive at a barrier, and wait until there have been ``expected`` arrivals. ``arrivals``: int64, shape (1,)."""
    _arrive(arrivals, 0)
    spins = 0
    while _arrived(arrivals, 0) < expected:
        spins += 1
        if spins < SPINS:
            _pause()
        else:
            _yield()


class Cores:
    """Threads that stay on a core each, if this process may use as many."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads)

    def run(self, work: Callable[[int], T]) -> list[T]:
        """Call ``work`` with the number of each thread, in all threads at once."""
        usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

        def on_its_core(thread: int) -> T:
            if len(usable) >= self.threads > 1:
                os.sched_setaffinity(0, {usable[thread]})  # of this thread alone
            return work(thread)

        return list(self._pool.map(on_its_core, range(self.threads)))


def zeros(*shape: int) -> NDArray[np.float32]:
    """Zeros that begin at a line of the cache, with the last dimension padded to whole vectors."""
    padded = (*map(int, shape[:-1]), -(-int(shape[-1]) // VECTOR) * VECTOR)
    size = int(np.prod(padded))
    room = np.zeros(size + VECTOR, np.float32)
    begin = -room.ctypes.data // room.itemsize % VECTOR
    return room[begin : begin + size].reshape(padded)
