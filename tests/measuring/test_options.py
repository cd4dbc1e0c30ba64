from argparse import Namespace
from pathlib import Path

import keras
import pytest

from lab6.errors import OptionError
from lab6.measuring.options import HELP, parse


def options(environment=None, **given):
    names = [option.removeprefix("--").replace("-", "_") for option in HELP]
    return parse(Namespace(**(dict.fromkeys(names) | given)), environment or {})


def test_the_defaults_are_the_labs_question():
    found = options()
    assert found.batch_sizes == (1, 10, 100, 1_000, 60_000)
    assert found.engines == ("compiled",)
    assert found.devices is None
    assert list(found.seeds) == [0, 1, 2]
    assert (found.optimizer, found.learning_rate) == ("adam", 0.001)
    assert (found.dataset, found.data_dir, found.images, found.machine) == ("auto", None, None, None)


def test_lists_keep_their_order_and_lose_repetitions():
    found = options(batch_sizes="100, 1,100,7", engines="fit,compiled,fit", devices="gpu:1,cpu")
    assert found.batch_sizes == (100, 1, 7)
    assert found.engines == ("fit", "compiled")
    assert found.devices == ("gpu:1", "cpu")


def test_seeds_follow_the_first():
    assert list(options(seed="40", rounds="2").seeds) == [40, 41]


def test_each_optimizer_has_keras_s_learning_rate():
    assert options(optimizer="adam").learning_rate == pytest.approx(float(keras.optimizers.Adam().learning_rate))
    assert options(optimizer="sgd").learning_rate == pytest.approx(float(keras.optimizers.SGD().learning_rate))
    assert options(optimizer="sgd", learning_rate="0.5").learning_rate == 0.5


def test_sizes_larger_than_the_images_are_left_out_only_by_default():
    assert options(images="500").batch_sizes == (1, 10, 100)
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
        *(("images", value) for value in ["0", "60001", "ten", ""]),
        *(("seed", value) for value in ["-1", "x", ""]),
        *(("learning_rate", value) for value in ["0", "-0.1", "nan", "inf", "fast", ""]),
        ("optimizer", "rmsprop"),
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
