import pandas as pd
import pytest

from lab6.store import lab_report, series
from tests import saved
from tests.small import named, rounds

ONE = {100: ([1.0, 1.1], [0.9, 0.9])}
BASELINE, CANDIDATE = ({"duet": "d", "side": side} for side in ("baseline", "candidate"))
VERSIONS = {"python": "3.11.7", "tensorflow": "2.21.0", "numpy": "2.4.6"}


def names(*runs, reported=False):
    """The series of ``runs``, each of two rounds."""
    return series.series_of(named(*runs, reported=reported))


def setups(*machines):
    return [setup for setup, _ in names(*(saved.run(ONE, machine) for machine in machines))]


@pytest.mark.parametrize(
    ("fields", "methods"),
    [
        ([{}], ["compiled"]),
        ([{"engine": "fit"}, {"engine": "tape"}], ["fit", "tape"]),
        ([{}, {"device": "gpu:0"}, {"engine": "fit"}], ["compiled on cpu", "compiled on gpu:0", "fit on cpu"]),
        ([{}, {"backend": "jax", "device": "gpu:0"}], ["compiled on cpu (TensorFlow)", "compiled on gpu:0 (JAX)"]),
        (  # an engine that is named after its backend does not say it twice
            [{}, {"engine": "fit", "backend": "torch"}, {"engine": "jax-scan", "backend": "jax"}],
            ["compiled (TensorFlow)", "fit (PyTorch)", "jax-scan"],
        ),
    ],
)
def test_a_method_is_its_engine_and_what_differs_of_device_and_backend(fields, methods):
    assert names(*(saved.run(ONE, **own) for own in fields)) == [("here", method) for method in methods]


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        ([{}], ["here"]),
        ([{}, {"label": "there", "usable_cores": 64}], ["here", "there"]),
        ([{"usable_cores": 1}, {"usable_cores": 4}], ["here (1 core)", "here (4 cores)"]),
        ([{}, {"label": "there"}, {"usable_cores": 4}], ["here (2 cores)", "there", "here (4 cores)"]),
        (
            [{"versions": VERSIONS}, {"versions": VERSIONS | {"tensorflow": "2.20.0"}}],
            ["here (TensorFlow 2.21.0)", "here (TensorFlow 2.20.0)"],
        ),
        (
            [{"versions": VERSIONS}, {"versions": VERSIONS | {"tensorflow": "2.20.0", "numpy": "1.26.4"}}],
            ["here (TensorFlow 2.21.0, NumPy 2.4.6)", "here (TensorFlow 2.20.0, NumPy 1.26.4)"],
        ),
        (
            [{"versions": VERSIONS}, {"versions": VERSIONS | {"tensorflow": "2.20.0"}, "usable_cores": 4}],
            ["here (2 cores; TensorFlow 2.21.0)", "here (4 cores; TensorFlow 2.20.0)"],
        ),
        ([{"versions": VERSIONS}, {"versions": dict(reversed(VERSIONS.items()))}], ["here"]),
        (
            [{}, {"intra_op_threads": 1, "inter_op_threads": 8}],
            ["here (2 threads across operations)", "here (8 threads across operations)"],
        ),
        ([{}, {"gpus": [{"name": "A GPU", "driver": "570.1"}]}], ["here (none)", "here (A GPU (driver 570.1))"]),
        ([{}, {"cpu_model": None}], ["here (A CPU)", "here (unknown)"]),
        ([{}, {"settings": {}}], ["here"]),
        (
            [{}, {"settings": {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--a"}}],
            ["here (no settings)", "here (OMP_NUM_THREADS=1, XLA_FLAGS=--a)"],
        ),
        ([{}, {"memory_bytes": 2**33}], ["here"]),  # does not decide the speed
        (
            [{"label": "here (2 cores)", "usable_cores": 8}, {}, {"usable_cores": 4}],
            ["here (2 cores)", "here (2 cores) #2", "here (4 cores)"],
        ),
    ],
)
def test_a_machine_is_its_label_and_what_differs_of_what_decides_its_speed(machines, expected):
    assert setups(*machines) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([{"lab6_version": "0.1.0"}, {"lab6_version": "0.2.0"}], ["here (0.1.0 of lab6)", "here (0.2.0 of lab6)"]),
        ([BASELINE, CANDIDATE], ["here (baseline of a duet)", "here (candidate of a duet)"]),
        ([CANDIDATE], ["here"]),
        (
            [{}, {"threads": 1} | BASELINE],
            ["here (ordinary runs)", "here (baseline of a duet)"],
        ),
    ],
)
def test_versions_of_lab6_and_sides_of_a_duet_are_series_of_their_own(fields, expected):
    assert [setup for setup, _ in names(*(saved.run(ONE, **own) for own in fields))] == expected


@pytest.mark.parametrize(
    ("machine", "fields", "method"),
    [
        ({}, {}, "compiled"),
        ({}, {"threads": 2}, "compiled"),  # all of the machine's cores
        ({}, {"threads": 1}, "compiled with 1 thread"),
        ({"intra_op_threads": 1}, {}, "compiled with 1 thread"),
        ({"usable_cores": 8}, {"threads": 4}, "compiled with 4 threads"),
        ({}, {"threads": 1, "device": "gpu:0"}, "compiled"),
        ({}, {"threads": 1, "workers": 2}, "compiled with 2 workers"),
        ({"usable_cores": 8}, {"threads": 4, "workers": 2}, "compiled with 2 workers of 4 threads"),
        ({}, {"threads": 1, "workers": 4, "hosts": 2}, "compiled with 4 workers on 2 machines"),
        ({}, {"workers": 2, "device": "gpu:0"}, "compiled with 2 workers"),
    ],
)
def test_a_method_names_its_workers_and_threads_unless_it_uses_all_cores_alone(machine, fields, method):
    assert names(saved.run(ONE, machine, **fields)) == [("here", method)]


def test_three_setups_of_one_label_get_three_names():
    three = setups(*({"versions": VERSIONS | change} for change in ({}, {"numpy": "2.5"}, {"tensorflow": "2.20"})))
    assert len(set(three)) == 3
    assert "Python" not in "".join(three)


def test_another_backend_with_its_packages_and_threads_is_the_same_machine_and_another_version_is_not():
    own, older = (saved.run(ONE, {"versions": VERSIONS | {"tensorflow": which}}) for which in ("2.21.0", "2.20.0"))
    other = {"versions": {"python": "3.11.7", "jax": "0.10.2", "numpy": "2.4.6"}}
    jax = saved.run(ONE, other | {"inter_op_threads": 1}, backend="jax")
    assert names(own, jax) == [("here", "compiled (TensorFlow)"), ("here", "compiled (JAX)")]
    found = names(own, older, saved.run(ONE, other, backend="jax"))
    assert [setup for setup, _ in found] == ["here (TensorFlow 2.21.0)", "here (TensorFlow 2.20.0)", "here (none)"]
    threads = names(*(saved.run(ONE, {"inter_op_threads": count}, backend="torch") for count in (1, 4)))
    assert len({setup for setup, _ in threads}) == 2


def test_the_lab_report_does_not_say_its_method():
    assert names(saved.run(ONE), saved.run(ONE, device="gpu:0"), reported=True) == [
        ("here", "compiled on cpu"),
        ("here", "compiled on gpu:0"),
        (lab_report.MACHINE, series.UNSAID),
    ]


def test_naming_adds_two_columns_and_changes_nothing():
    before = rounds(saved.run(ONE, {"usable_cores": 4}), saved.run(ONE)).sort_values("seconds")
    named = series.named(before)
    pd.testing.assert_frame_equal(named.drop(columns=series.SERIES), before)
    assert list(named.columns[-2:]) == series.SERIES
    assert named["setup"].tolist() == [f"here ({cores} cores)" for cores in before["usable_cores"]]
