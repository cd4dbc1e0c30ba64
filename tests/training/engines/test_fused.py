"""``fused`` learns what ``tape`` learns, with any number of threads, and refuses what it cannot train."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from lab6.errors import OptionError
from lab6.training import network
from lab6.training.framework import backend
from tests.training.engines.test_engines import make, needs_tape, run

numba = pytest.importorskip("numba")

from llvmlite import binding, ir  # noqa: E402  # they come with Numba

from lab6.training import numba_threads  # noqa: E402
from lab6.training.engines.fused import engine  # noqa: E402


def dense(*widths: int):
    """A function that builds a network with these hidden layers."""

    def build(seed: int) -> keras.Model:
        drawn = [network.GlorotUniform((seed, 0, layer)) for layer in range(len(widths) + 1)]
        hidden = [
            layers.Dense(width, "relu", kernel_initializer=own) for width, own in zip(widths, drawn, strict=False)
        ]
        return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, kernel_initializer=drawn[-1])])

    return build


def sgd(**settings):
    return lambda: optimizers.SGD(**settings)


@pytest.fixture
def threads(monkeypatch):
    """Sets how many threads engines are made with from now on."""
    return lambda count: monkeypatch.setattr(backend, "threads", lambda: (count, 1))


def assert_alike(one, other, variables: int):
    """Two results of ``run`` are the same but for the rounding of float32, in the first ``variables`` too."""
    assert one[0].loss == pytest.approx(other[0].loss, rel=1e-5)
    assert one[0].accuracy == pytest.approx(other[0].accuracy, abs=1.5 / 600)
    assert one[1] == pytest.approx(other[1], abs=1.5 / 500)
    for ours, theirs in zip(one[2][:variables], other[2][:variables], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


@needs_tape
@pytest.mark.parametrize(
    ("widths", "batch_size", "optimizer"),
    [
        ((128,), 7, optimizers.Adam),
        ((128,), 600, optimizers.Adam),
        ((100, 33), 64, lambda: optimizers.Adam(0.002, beta_1=0.8, beta_2=0.99, epsilon=1e-5)),
        ((128,), 100, sgd(learning_rate=0.1)),
        ((50, 40), 10, sgd(learning_rate=0.05)),
        ((40, 30, 20), 130, optimizers.Adam),
        ((128,), 64, sgd(learning_rate=0.05, momentum=0.9)),
        ((50, 40), 64, sgd(learning_rate=0.05, momentum=0.9, nesterov=True)),
    ],
)
def test_it_learns_what_tape_learns(small, widths, batch_size, optimizer):
    ours, theirs = (run(make(name, small, batch_size, dense(*widths), optimizer), 3) for name in ("fused", "tape"))
    assert_alike(ours, theirs, variables=2 * len(widths) + 2)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_number_of_threads_changes_rounding_only(small, threads, count):
    """More threads than this machine may have cores, and more than the smallest layer has units."""
    results = []
    for number in (1, count):
        threads(number)
        results.append(run(make("fused", small, 64, dense(70, 4)), seed=2))
    assert_alike(*results, variables=6)


def test_two_programs_on_the_same_cores_both_end(small, threads):
    threads(2 * (os.cpu_count() or 1))
    engines = [make("fused", small, 10) for _ in range(2)]
    expected = run(engines[0], seed=1)
    with ThreadPoolExecutor(2) as pool:
        for learned, _, _ in pool.map(lambda engine: run(engine, seed=1), engines):
            assert learned == expected[0]


@pytest.mark.parametrize("optimizer", [sgd(learning_rate=1e30), lambda: optimizers.Adam(1e30)])
def test_divergence_is_not_hidden(small, optimizer):
    engine = make("fused", small, 10, optimizer=optimizer)
    engine.reset(0)
    assert not np.isfinite(engine.train_epoch().loss)


def test_this_thread_keeps_its_denormal_numbers(small):
    run(make("fused", small, 100), seed=0)
    assert np.float32(1e-38) * np.float32(0.01) > 0


@pytest.mark.skipif(numba_threads.KIND == "other", reason="it is not known how this processor flushes denormal numbers")
def test_denormal_numbers_of_its_own_threads_are_flushed():
    @numba.njit(nogil=True)
    def product(one, other):
        numba_threads.flush_denormals()
        return one * other

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(product, np.float32(1e-38), np.float32(0.01)).result() == 0


@pytest.mark.parametrize(
    ("kind", "target", "instructions"),
    [
        ("x86", "x86_64-unknown-linux-gnu", ("stmxcsr", "ldmxcsr", "pause")),
        ("arm", "aarch64-unknown-linux-gnu", ("mrs", "msr\tFPCR", "yield")),
        ("other", "x86_64-unknown-linux-gnu", ()),
    ],
)
def test_each_kind_of_processor_has_its_own_instructions(kind, target, instructions):
    module = ir.Module()
    builder = ir.IRBuilder(ir.Function(module, ir.FunctionType(numba_threads.VOID, []), "f").append_basic_block())
    numba_threads.flush(builder, kind)
    numba_threads.rest(builder, kind)
    builder.ret_void()
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    parsed = binding.parse_assembly(str(module))
    parsed.triple = target
    assembly = binding.Target.from_triple(target).create_target_machine().emit_assembly(parsed)
    assert all(instruction in assembly for instruction in instructions)
    assert ("csr" in assembly or "FPCR" in assembly) == (kind != "other")


def model_with(*parts) -> keras.Model:
    return keras.Sequential([keras.Input((784,)), *parts, layers.Dense(10)])


REFUSED = {
    "this network": [
        lambda: model_with(layers.Dense(5, "tanh")),
        lambda: model_with(layers.Dense(5, "relu"), layers.Dropout(0.1)),
        lambda: model_with(layers.Dense(5, "relu", use_bias=False)),
        lambda: model_with(layers.Dense(5, "relu", kernel_regularizer="l2")),
        lambda: model_with(layers.Dense(5, "relu", dtype="float16")),
        lambda: model_with(),
    ],
    "the optimizer RMSprop": [optimizers.RMSprop],
    "Adam with non-default amsgrad": [lambda: optimizers.Adam(amsgrad=True)],
    "SGD with non-default weight_decay, clipnorm": [sgd(weight_decay=0.1, clipnorm=1.0)],
    "a schedule": [lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))],
}


@pytest.mark.parametrize(("problem", "make_one"), [(name, each) for name, all_ in REFUSED.items() for each in all_])
def test_what_it_cannot_train_is_refused_with_the_engine_to_take(problem, make_one):
    made = make_one()
    model, optimizer = (made, optimizers.Adam()) if isinstance(made, keras.Model) else (dense(5)(0), made)
    with pytest.raises(OptionError, match=rf"fused trains dense ReLU.* not {problem}.*--engines compiled\.$"):
        engine.rule(model, optimizer, "cpu")


def test_a_gpu_is_refused():
    with pytest.raises(OptionError, match="not on gpu:0"):
        engine.rule(dense(5)(0), optimizers.Adam(), "gpu:0")


KEPT = """
import sys
from lab6.training.engines.fused import layers
layers.add_biases.compile("void(Array(float32, 2, 'C'), Array(float32, 2, 'C'), int64)")
print(sum(layers.add_biases.stats.cache_hits.values()), "tensorflow" in sys.modules)
"""


def test_the_compiled_loop_is_kept_for_the_next_process(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    printed = [
        subprocess.run(
            [sys.executable, "-c", KEPT], env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        for _ in range(2)
    ]
    assert [line.split()[0] for line in printed] == ["0", "1"]
