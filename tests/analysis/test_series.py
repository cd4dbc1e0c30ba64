import pandas as pd

from lab6.analysis import lab_report, series
from tests import saved
from tests.analysis.small import rounds

ONE = {100: ([1.0, 1.1], [0.9, 0.9])}
VERSIONS = {"python": "3.11.7", "tensorflow": "2.21.0", "numpy": "2.4.6"}


def names(*runs):
    """The series of ``runs``, each of two rounds."""
    return series.series_of(series.named(rounds(*runs)))


def setups(*machines):
    return [setup for setup, _ in names(*(saved.run(ONE, machine) for machine in machines))]


def test_one_machine_is_its_label_and_one_method_is_its_engine():
    assert names(saved.run()) == [("here", "compiled")]


def test_two_machines_with_labels_of_their_own_need_no_more():
    assert setups({"label": "here"}, {"label": "there", "usable_cores": 64}) == ["here", "there"]


def test_two_engines_are_two_methods():
    assert names(saved.run(ONE, engine="fit"), saved.run(ONE, engine="tape")) == [("here", "fit"), ("here", "tape")]


def test_where_there_are_two_devices_methods_name_them():
    assert names(saved.run(ONE), saved.run(ONE, device="gpu:0"), saved.run(ONE, engine="fit")) == [
        ("here", "compiled on cpu"),
        ("here", "compiled on gpu:0"),
        ("here", "fit on cpu"),
    ]


def test_where_there_are_two_backends_methods_name_them():
    assert names(saved.run(ONE), saved.run(ONE, backend="jax", device="gpu:0")) == [
        ("here", "compiled on cpu (TensorFlow)"),
        ("here", "compiled on gpu:0 (JAX)"),
    ]


def test_an_engine_that_is_named_after_its_backend_does_not_say_it_twice():
    ways = [("compiled", "tensorflow"), ("fit", "torch"), ("jax-scan", "jax"), ("torch-eager", "torch")]
    assert [method for _, method in names(*(saved.run(ONE, engine=way, backend=backend) for way, backend in ways))] == [
        "compiled (TensorFlow)",
        "fit (PyTorch)",
        "jax-scan",
        "torch-eager",
    ]


def test_another_backend_with_its_packages_and_threads_is_the_same_machine():
    other = {"versions": {"python": "3.11.7", "jax": "0.10.2", "numpy": "2.4.6"}, "inter_op_threads": 1}
    found = names(saved.run(ONE, {"versions": VERSIONS}), saved.run(ONE, other, backend="jax"))
    assert found == [("here", "compiled (TensorFlow)"), ("here", "compiled (JAX)")]


def test_another_version_of_a_backend_is_a_setup_of_its_own_also_beside_others():
    other = {"versions": {"python": "3.11.7", "jax": "0.10.2", "numpy": "2.4.6"}}
    versions = [VERSIONS, VERSIONS | {"tensorflow": "2.20.0"}]
    found = names(*(saved.run(ONE, {"versions": own}) for own in versions), saved.run(ONE, other, backend="jax"))
    assert [setup for setup, _ in found] == ["here (TensorFlow 2.21.0)", "here (TensorFlow 2.20.0)", "here (none)"]


def test_threads_that_differ_with_one_backend_are_two_setups():
    found = names(*(saved.run(ONE, {"inter_op_threads": threads}, backend="torch") for threads in (1, 4)))
    assert len({setup for setup, _ in found}) == 2


def test_the_lab_report_does_not_say_its_method():
    both = pd.concat([rounds(saved.run(ONE), saved.run(ONE, device="gpu:0")), lab_report.rounds()], ignore_index=True)
    assert series.series_of(series.named(both)) == [
        ("here", "compiled on cpu"),
        ("here", "compiled on gpu:0"),
        (lab_report.MACHINE, series.UNSAID),
    ]


def test_runs_of_one_label_with_other_cores_are_named_by_their_cores():
    assert setups({"usable_cores": 1}, {"usable_cores": 4}) == ["here (1 core)", "here (4 cores)"]


def test_runs_of_one_label_with_other_versions_show_only_the_package_that_differs():
    other = VERSIONS | {"tensorflow": "2.20.0"}
    assert setups({"versions": VERSIONS}, {"versions": other}) == [
        "here (TensorFlow 2.21.0)",
        "here (TensorFlow 2.20.0)",
    ]


def test_two_packages_that_differ_are_both_shown():
    other = VERSIONS | {"tensorflow": "2.20.0", "numpy": "1.26.4"}
    assert setups({"versions": VERSIONS}, {"versions": other})[1] == "here (TensorFlow 2.20.0, NumPy 1.26.4)"


def test_cores_and_versions_that_differ_are_both_shown():
    other = {"versions": VERSIONS | {"tensorflow": "2.20.0"}, "usable_cores": 4}
    assert setups({"versions": VERSIONS}, other) == [
        "here (2 cores; TensorFlow 2.21.0)",
        "here (4 cores; TensorFlow 2.20.0)",
    ]


def test_threads_say_which_threads_they_are():
    assert setups({}, {"intra_op_threads": 1, "inter_op_threads": 8}) == [
        "here (2 threads in an operation; 2 threads across operations)",
        "here (1 thread in an operation; 8 threads across operations)",
    ]


def test_threads_of_a_process_count_before_those_of_the_machine():
    runs = saved.run(ONE), saved.run(ONE, threads=2), saved.run(ONE, threads=1)
    assert [setup for setup, _ in names(*runs)] == [
        "here (2 threads in an operation)",
        "here (1 thread in an operation)",
    ]


def test_the_sides_of_a_duet_and_ordinary_runs_are_series_of_their_own():
    sides = [saved.run(ONE, duet="d", side=side) for side in ("baseline", "candidate")]
    assert [setup for setup, _ in names(*sides)] == ["here (baseline of a duet)", "here (candidate of a duet)"]
    assert names(sides[1]) == [("here", "compiled")]
    assert [setup for setup, _ in names(saved.run(ONE), saved.run(ONE, threads=1, duet="d", side="baseline"))] == [
        "here (2 threads in an operation; ordinary runs)",
        "here (1 thread in an operation; baseline of a duet)",
    ]


def test_a_machine_that_got_a_gpu_shows_that_it_had_none():
    assert setups({}, {"gpus": [{"name": "A GPU", "driver": "570.1"}]}) == [
        "here (none)",
        "here (A GPU (driver 570.1))",
    ]


def test_a_cpu_that_is_not_known_is_called_unknown():
    assert setups({}, {"cpu_model": None}) == ["here (A CPU)", "here (unknown)"]


def test_another_version_of_lab6_is_a_series_of_its_own():
    assert names(saved.run(ONE), saved.run(ONE, lab6_version="0.2.0")) == [
        ("here (0.1.0 of lab6)", "compiled"),
        ("here (0.2.0 of lab6)", "compiled"),
    ]


def test_three_setups_of_one_label_get_three_names():
    three = setups(*({"versions": VERSIONS | change} for change in ({}, {"numpy": "2.5"}, {"tensorflow": "2.20"})))
    assert len(set(three)) == 3
    assert "Python" not in "".join(three)


def test_a_label_that_reads_like_anothers_difference_gets_a_number():
    assert setups({"label": "here (2 cores)", "usable_cores": 8}, {}, {"usable_cores": 4}) == [
        "here (2 cores)",
        "here (2 cores) #2",
        "here (4 cores)",
    ]


def test_versions_saved_in_another_order_are_the_same_setup():
    assert setups({"versions": VERSIONS}, {"versions": dict(reversed(VERSIONS.items()))}) == ["here"]


def test_other_labels_keep_their_short_name():
    assert setups({}, {"label": "there"}, {"usable_cores": 4}) == ["here (2 cores)", "there", "here (4 cores)"]


def test_what_does_not_decide_the_speed_makes_no_series():
    assert setups({}, {"memory_bytes": 2**33}) == ["here"]


def test_naming_adds_two_columns_and_changes_nothing():
    before = rounds(saved.run(ONE, {"usable_cores": 4}), saved.run(ONE)).sort_values("seconds")
    named = series.named(before)
    pd.testing.assert_frame_equal(named.drop(columns=series.SERIES), before)
    assert list(named.columns[-2:]) == series.SERIES
    assert named["setup"].tolist() == [f"here ({cores} cores)" for cores in before["usable_cores"]]
