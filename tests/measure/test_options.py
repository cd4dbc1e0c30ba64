import os
import sys
from pathlib import Path

import keras
import pytest

from lab6.errors import OptionError
from lab6.measure.options import HELP, OF_TARGETS, Cluster, Repeats
from tests.measure.conftest import options


def test_the_defaults_are_the_labs_question():
    found = options()
    assert found.sizes(60_000) == (1, 10, 100, 1_000, 60_000)
    assert (found.model, found.hidden, found.longest) == (None, (128,), 120.0)
    assert found.engines == ("compiled",)
    assert found.devices is None
    assert found.repeats() == Repeats(3, 1, seed=0)
    assert (found.against, found.against_python, found.duration, found.is_duet) == (None, None, 180.0, False)
    assert (found.optimizer, found.learning_rate) == ("adam", 0.001)
    assert (found.threads, found.workers, found.cluster, found.patience) == ((), (), None, 60.0)
    assert (found.dataset, found.data_dir, found.images, found.machine) == ("auto", None, None, None)


def test_lists_keep_their_order_and_lose_repetitions():
    found = options(batch_sizes="100, 1,100,7", engines="fit,compiled,fit", devices="gpu:1,cpu")
    assert found.batch_sizes == (100, 1, 7)
    assert found.engines == ("fit", "compiled")
    assert found.devices == ("gpu:1", "cpu")


def test_seeds_follow_the_first_and_no_two_rounds_have_the_same():
    found = options(seed="40", rounds="2").repeats()
    assert [list(found.seeds(process)) for process in (1, 2, 3)] == [[40, 41], [42, 43], [44, 45]]
    found = options(seed="40").repeats()
    assert [list(found.seeds(process)) for process in (1, 2, 3)] == [[40], [41], [42]]


def test_ten_runs_to_a_target_come_out_of_five_processes_with_other_seeds_than_the_trials():
    found = options().repeats(OF_TARGETS)
    assert [list(found.seeds(process)) for process in (1, 5)] == [[100, 101], [108, 109]]
    assert options(processes="3", rounds="4", seed="7").repeats(OF_TARGETS) == Repeats(3, 4, seed=7)


def test_a_target_is_a_share():
    assert options(target="97%").target == options(target="0.97").target == 0.97
    assert options().target is None
    with pytest.raises(OptionError, match="^--target: '97' is not allowed"):
        options(target="97")


def test_threads_are_numbers_or_all():
    assert options(threads="1,2,all,2").threads == (1, 2, "all")
    assert (options(threads="2").one_threads, options(threads="all").one_threads, options().one_threads) == (
        2,
        "all",
        None,
    )


def test_workers_are_numbers_or_those_of_a_cluster():
    assert options(workers="1,2").workers == (1, 2)
    assert options(cluster="auto").cluster == Cluster()
    assert options(cluster="1/4@10.0.0.1:5000").cluster == Cluster(1, 4, "10.0.0.1:5000")
    with pytest.raises(OptionError, match="^--cluster: 2 is not the rank of one of 2 workers: give one from 0 to 1"):
        options(cluster="2/2@here:1")
    with pytest.raises(OptionError, match="^--cluster: '0/1@here:1' has no other worker to train with: give at least"):
        options(cluster="0/1@here:1")
    with pytest.raises(OptionError, match="^--patience: '0.5' is not allowed; give whole numbers from 1"):
        options(patience="0.5")
    with pytest.raises(OptionError, match="^--workers: those of a cluster are as many as --cluster says"):
        options(cluster="auto", workers="2")


def test_default_sizes_are_those_that_can_be_divided_among_the_workers():
    assert options().sizes(60_000, 2) == (10, 100, 1_000, 60_000)
    with pytest.raises(
        OptionError, match="60,000 images cannot be divided equally among 7 workers; give other --images"
    ):
        options().sizes(60_000, 7)


@pytest.mark.parametrize(
    ("size", "images", "workers", "sentence"),
    [
        ("1", 60_000, 2, "a minibatch of 1 images cannot be divided equally among 2 workers; give --batch-sizes 2."),
        (
            "100",
            60_000,
            3,
            "a minibatch of 100 images cannot be divided equally among 3 workers; give --batch-sizes 99 or 102.",
        ),
        (
            "40",
            601,
            2,
            "the last minibatch, of 1 images, cannot be divided equally among 2 workers; give other --images or "
            "--workers.",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_with_the_nearest_sizes(size, images, workers, sentence):
    with pytest.raises(OptionError) as caught:
        options(batch_sizes=size).sizes(images, workers)
    assert str(caught.value) == f"--workers: {sentence}"


def test_the_option_that_asks_for_a_verdict_is_known():
    assert (options().comparing, options().is_duet) == ("", False)
    assert (options(check_against="x").comparing, options(check_against="x").is_duet) == ("--check-against", False)
    against = options(against="HEAD~2", duration="60.5")
    assert (against.comparing, against.is_duet, against.duration) == ("--against", True, 60.5)
    python = options(against_python=sys.executable)
    assert (python.comparing, python.is_duet) == ("--against-python", True)


@pytest.mark.skipif(os.name == "nt", reason="needs links")
@pytest.mark.parametrize("given", ["my-python", "bin/my-python", "~/bin/my-python"])
def test_an_interpreter_is_found_however_it_is_named_and_stays_in_its_environment(tmp_path, monkeypatch, given):
    python = tmp_path / "bin" / "my-python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(python.parent))
    assert options(against_python=given).against_python == str(python)


def test_each_optimizer_has_keras_s_learning_rate():
    assert options(optimizer="adam").learning_rate == pytest.approx(float(keras.optimizers.Adam().learning_rate))
    assert options(optimizer="sgd").learning_rate == pytest.approx(float(keras.optimizers.SGD().learning_rate))
    assert options(optimizer="sgd", learning_rate="0.5").learning_rate == 0.5


@pytest.mark.parametrize(
    ("images", "sizes"), [(1, (1,)), (9, (1, 9)), (500, (1, 10, 500)), (50_000, (1, 10, 100, 1_000, 50_000))]
)
def test_by_default_sizes_are_powers_of_ten_up_to_a_tenth_of_the_images_and_all_of_them(images, sizes):
    assert options().sizes(images) == sizes


def test_sizes_larger_than_the_images_are_refused():
    assert options(batch_sizes="500").sizes(500) == (500,)
    with pytest.raises(OptionError, match="--batch-sizes: '501' is not allowed; give whole numbers from 1 to 500"):
        options(batch_sizes="501").sizes(500)
    with pytest.raises(OptionError, match="--batch-sizes: '501' is not allowed; give whole numbers from 1 to 500"):
        options(images="500", batch_sizes="500,501")


def test_the_data_folder_comes_from_the_option_or_the_environment():
    assert options({"LAB6_DATA_DIR": "/there"}).data_dir == Path("/there")
    assert options({"LAB6_DATA_DIR": "/there"}, data_dir="/here").data_dir == Path("/here")
    assert options({"LAB6_DATA_DIR": ""}).data_dir is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            ("batch_sizes", value)
            for value in ["0", "-1", "1.5", "abc", "70000", "", "10,", "1e3", "\u0661", "9" * 400]
        ),
        *(("engines", value) for value in ["fast", "", "compiled,", "Fit"]),
        *(("devices", value) for value in ["gpu", "tpu", "gpu:x", "gpu:-1", "all,cpu", ""]),
        *(("rounds", value) for value in ["0", "x", "2.5", ""]),
        *(("processes", value) for value in ["0", "1001", "x", "2.5", ""]),
        *(("threads", value) for value in ["0", "-1", "4097", "many", "2.5", "", "All", "\u0661", "9" * 400]),
        *(("duration", value) for value in ["0", "-1", "nan", "inf", "long", ""]),
        *(("minimum_effect", value) for value in ["-1%", "x", "nan", ""]),
        ("against", ""),
        *(("against_python", value) for value in ["", "/nowhere/python", "no-such-python"]),
        *(("images", value) for value in ["0", "60001", "ten", ""]),
        *(("seed", value) for value in ["-1", "x", ""]),
        *(("learning_rate", value) for value in ["0", "-0.1", "nan", "inf", "fast", ""]),
        ("optimizer", "no optimizer"),
        ("hidden", "0"),
        ("model", "nothing"),
        ("longest", "0"),
        ("dataset", "cifar"),
        *(("machine", value) for value in ["", "  ", "a\nb", "x" * 101]),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(option, value):
    with pytest.raises(OptionError) as caught:
        options(**{option: value})
    message = str(caught.value)
    assert message.startswith(f"--{option.replace('_', '-')}: ")
    assert "; give " in message
    assert message.count("\n") == 0
    assert len(message) < 200


def test_every_option_has_help():
    assert all(text.endswith(".") and "Default: " in text for _, text in HELP.values())


def test_an_engine_whose_package_is_missing_is_refused_with_what_installs_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "numba" else True)
    with pytest.raises(OptionError, match=r"^--engines: fused needs numba, which is missing: install lab6\[fused\]\.$"):
        options(engines="fused")
