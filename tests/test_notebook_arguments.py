"""The arguments of lab6.measure: functions and arrays of a session, and what is said about them."""

import json
import subprocess
import sys

import numpy as np
import pytest

from lab6.errors import OptionError
from lab6.notebook import measure
from lab6.notebook.arguments import ARRAYS, _written, options, spoken
from lab6.place import Place
from tests import saved


def test_sentences_about_options_become_sentences_about_arguments():
    assert spoken("longer than --longest 120; give --batch-sizes.") == "longer than longest=120; give batch_sizes."
    assert spoken("--dataset: no, or --devices.") == "data: no, or device."


def test_a_list_of_widths_is_hidden_layers(tmp_path):
    given = dict.fromkeys(("model", "dataset", "optimizer"))
    assert options(given | {"model": [32, 16]}, tmp_path, tmp_path).hidden == (32, 16)
    assert options(given | {"model": (32,)}, tmp_path, tmp_path).model is None


def test_any_function_of_a_session_reaches_another_process(tmp_path):
    width = 3
    place = options({"model": lambda: [width, *np.arange(2)]}, tmp_path, tmp_path).model
    assert place.pickled
    assert place.title == place.name == "lambda"
    code = "import json, sys; from lab6.place import Place; print(Place(**json.loads(sys.argv[1])).call())"
    result = subprocess.run(
        [sys.executable, "-c", code, json.dumps(place.saved())], capture_output=True, text=True, check=True
    )
    assert eval(result.stdout, {"np": np}) == [3, 0, 1]


def test_a_function_that_cannot_be_sent_is_refused_in_one_sentence(tmp_path):
    generator = (number for number in range(3))
    with pytest.raises(OptionError, match="lambda cannot be sent to another process"):
        Place.carry(lambda: generator, tmp_path)


def test_a_function_of_a_module_is_imported_and_no_command_line_names_a_pickle(tmp_path):
    assert not options({"model": saved.run}, tmp_path, tmp_path).model.pickled
    assert not Place.parse("--model", "a.pickle:f", tmp_path).pickled


def test_arrays_reach_workers_in_a_file(tmp_path):
    arrays = [np.arange(4), np.arange(2)]
    with np.load(_written((arrays, arrays), tmp_path), allow_pickle=False) as file:
        assert [file[name].tolist() for name in ARRAYS] == [[0, 1, 2, 3], [0, 1]] * 2
    with pytest.raises(OptionError, match="these are not four arrays"):
        _written((arrays,), tmp_path)


def test_a_network_of_a_cell_is_trained_on_arrays_of_a_cell():
    units = 4

    def small():
        import keras

        return keras.Sequential(
            [keras.Input((5,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(3)]
        )

    random = np.random.default_rng(0)
    part = random.random((60, 5), "float32"), random.integers(0, 3, 60)
    frame = measure(small, (part, part), batch_sizes=[10], processes=1, machine="here")
    row = frame.iloc[0]
    assert (row["network"], row["parameter_count"], row["image_shape"]) == ("small", 39, "5")
    assert row["model_digest"].startswith("sha256:")
    assert 0 <= row["test_accuracy"] <= 1
