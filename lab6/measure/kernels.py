"""The work by which a device's ceilings are measured, for each backend of Keras, done as Keras itself would do it.

Two kinds of work, each in one or more ways, of which the fastest counts. A product: two float32 matrices (size, size)
multiplied. A pass: 1 added to each of ``elements`` float32 numbers in place, so that each is read and written once;
many passes follow each other. Every way is a function that returns when the device has finished; its first call
may compile.

On a CPU a ceiling is the machine's and not the backend's: NumPy's product is one of the ways, and, if Numba is
installed, a step like Adam's over arrays that each core has for itself replaces the backend's passes
(:mod:`lab6.measure.own_arrays`).
"""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Work = Callable[[], object]


class Kernels(NamedTuple):
    """How a backend does the work. ``products``: takes a size. ``passes``: takes the elements, and how many passes."""

    products: Callable[[int], Sequence[Work]]
    passes: Callable[[int, int], Sequence[Work]]


def kernels(backend: str, device: str) -> Kernels:
    """The kernels of one of Keras's backends; ``device``: ``cpu`` or ``gpu:N``."""
    own = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[backend](device)
    return own if device != "cpu" else _with_other_libraries(own)


def _with_other_libraries(own: Kernels) -> Kernels:
    def products(size: int) -> Sequence[Work]:
        matrix = _matrix(size)
        result = np.empty_like(matrix)
        return (*own.products(size), lambda: np.matmul(matrix, matrix, out=result))

    def passes(elements: int, times: int) -> Sequence[Work]:
        from lab6.measure import own_arrays
        from lab6.training.framework import backend

        return (own_arrays.passes(elements, times, backend.threads()[0]),)

    return Kernels(products, passes if importlib.util.find_spec("numba") else own.passes)


def _matrix(size: int) -> NDArray[np.float32]:
    return np.random.default_rng(size).random((size, size), dtype=np.float32)


def _tensorflow(device: str) -> Kernels:
    """Products by TensorFlow's own operation and by XLA, which take different libraries; passes in a loop of XLA's."""
    from lab6.training.backends.tensorflow import begin_program, tf

    def finished(work: Callable[..., Any], *arrays: Any) -> Work:
        def run() -> None:
            with tf.device(f"/{device.upper()}"):
                work(*arrays)
                tf.test.experimental.sync_devices()

        return run

    def products(size: int) -> Sequence[Work]:
        with tf.device(f"/{device.upper()}"):
            matrix = tf.constant(_matrix(size))
        begin_program()
        by_xla = tf.function(tf.linalg.matmul, jit_compile=True, autograph=False)
        return (
            finished(tf.linalg.matmul, matrix, matrix),
            finished(lambda one, other: tf.linalg.matmul(one, other, transpose_a=True), matrix, matrix),
            finished(by_xla.get_concrete_function(matrix, matrix), matrix, matrix),
        )

    def passes(elements: int, times: int) -> Sequence[Work]:
        @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow has no types
        def repeat(numbers: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
            def once(done: tf.Tensor, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                return done + 1, numbers + 1

            return tf.while_loop(lambda done, _: done < count, once, (tf.constant(0), numbers))[1]

        with tf.device(f"/{device.upper()}"):
            arguments = tf.zeros(elements), tf.constant(times)
            begin_program()
            return (finished(repeat.get_concrete_function(*arguments), *arguments),)

    return Kernels(products, passes)


def _jax(device: str) -> Kernels:
    """Both by XLA, the passes in a loop inside of one program."""
    import jax

    platform, _, index = device.partition(":")
    place = jax.devices(platform)[int(index or 0)]
    multiply = jax.jit(lambda one, other: one @ other)
    transposed = jax.jit(lambda one, other: one.T @ other)
    repeat = jax.jit(lambda numbers, count: jax.lax.fori_loop(0, count, lambda _, old: old + 1, numbers))

    def products(size: int) -> Sequence[Work]:
        matrix = jax.device_put(_matrix(size), place)
        return (
            lambda: multiply(matrix, matrix).block_until_ready(),
            lambda: transposed(matrix, matrix).block_until_ready(),
        )

    def passes(elements: int, times: int) -> Sequence[Work]:
        numbers = jax.device_put(np.zeros(elements, np.float32), place)
        return (lambda: repeat(numbers, times).block_until_ready(),)

    return Kernels(products, passes)


def _torch(device: str) -> Kernels:
    """Both by torch's own operations; each pass is one in-place operation."""
    import torch

    place = torch.device(device.replace("gpu", "cuda"))

    def finish() -> None:
        if place.type == "cuda":
            torch.cuda.synchronize(place)

    def products(size: int) -> Sequence[Work]:
        matrix = torch.from_numpy(_matrix(size)).to(place)
        result = torch.empty_like(matrix)

        def multiply(one: Any, other: Any) -> None:
            torch.mm(one, other, out=result)
            finish()

        return (lambda: multiply(matrix, matrix), lambda: multiply(matrix.T, matrix))

    def passes(elements: int, times: int) -> Sequence[Work]:
        numbers = torch.zeros(elements, device=place)

        def repeat() -> None:
            for _ in range(times):
                numbers.add_(1)
            finish()

        return (repeat,)

    return Kernels(products, passes)
