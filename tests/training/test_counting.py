import io

import pytest
from rich.console import Console

from lab6.errors import OptionError
from lab6.place import Place
from lab6.training import counting
from lab6.training.framework import keras

layers = keras.layers


def convnet() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="first"),
            layers.BatchNormalization(name="normalised"),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, depth_multiplier=2, name="deep"),
            layers.SeparableConv2D(5, 2, use_bias=False, name="apart"),
            layers.Conv2DTranspose(6, 3, name="turned"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, name="last"),
        ]
    )


class Written(keras.Model):
    """Has an array of its own, a model within it, and a layer that it uses twice."""

    def __init__(self) -> None:
        super().__init__(name="written")
        self.scale = self.add_weight(shape=(), name="scale")
        self.twice = layers.Dense(5, name="twice")
        self.inner = keras.Sequential([keras.Input((5,)), layers.Dense(5, name="[red]"), self.twice], name="inner")

    def call(self, inputs):
        return self.scale * self.twice(self.inner(inputs))


def written() -> keras.Model:
    model = Written()
    model(keras.ops.zeros((1, 5)))
    return model


def attention() -> keras.Model:
    inputs = keras.Input((4, 8))
    outputs = layers.MultiHeadAttention(2, 4, name="a_name_that_is_long_" * 3)(inputs, inputs)
    return keras.Model(inputs, layers.Bidirectional(layers.LSTM(3, name="lstm"), name="both")(outputs))


def without_a_shape() -> keras.Model:
    return keras.Sequential([layers.Dense(10)])


def nothing() -> None:
    return None


def lines(model, width=80):
    """What is printed, a text for each line, without spaces that align."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(counting.of_model(model, "nets.py:mine"))
    printed = console.file.getvalue().splitlines()
    assert max(map(len, printed)) <= width
    return [" ".join(line.split()) for line in printed]


def test_the_arithmetic_of_each_layer_is_the_sum_of_its_arrays():
    found = lines(convnet(), 120)
    assert found[0] == "The network of nets.py:mine has 1,978 parameters; of these, 8 are not trained."
    assert found[4:11] == [
        "first (Conv2D) 3 x 3 x 3 x 4 + 4 = 112",
        "normalised (BatchNormalization) 2 x 4 + 2 x 4 = 16 8",
        "deep (DepthwiseConv2D) 3 x 3 x 4 x 2 + 8 = 80",
        "apart (SeparableConv2D) 2 x 2 x 8 x 1 + 1 x 1 x 8 x 5 = 72",
        "turned (Conv2DTranspose) 3 x 3 x 6 x 5 + 6 = 276",
        "last (Dense) 150 x 10 + 10 = 1,510",
        "together 1,978 8",
    ]


def test_what_the_numbers_are_is_said_of_each_kind_once():
    found = " ".join(lines(convnet()))
    assert found.count("Dense: each unit has a weight for each of its inputs, and one bias.") == 1
    assert "Conv2D: kernel x channels x filters: each filter has a kernel for each channel, and one bias." in found
    assert "filter with a weight for each of its outputs." in found


def test_a_model_within_and_an_array_of_its_own_are_counted_once():
    found = lines(written())
    assert found[3:8] == [
        "twice (Dense) 5 x 5 + 5 = 30",
        "inner/[red] (Dense) 5 x 5 + 5 = 30",
        "written (Written) 1 = 1",
        "together 61",
        "",
    ]


@pytest.mark.parametrize("build", [convnet, written, attention])
def test_the_total_is_keras_s_own(build):
    model = build()
    assert f" has {model.count_params():,} parameters" in lines(model)[0]


def test_frozen_layers_are_not_trained():
    model = convnet()
    model.get_layer("first").trainable = False
    assert "first (Conv2D) 3 x 3 x 3 x 4 + 4 = 112 112" in lines(model, 120)
    assert lines(model, 120)[0].endswith("; of these, 120 are not trained.")


def test_many_arrays_take_several_lines_between_their_sizes():
    found = lines(attention())
    assert found[3].endswith("8 x 2 x 4 + 2 x 4 + 8 x 2 x 4 = 288")
    assert found[4].endswith("+ 2 x 4 + 8 x 2 x 4 + 2 x 4")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("without_a_shape", "begin it with keras.Input"), ("nothing", "returned None instead of a Keras model")],
)
def test_a_place_without_a_network_that_can_be_counted_is_one_sentence(name, sentence):
    with pytest.raises(OptionError, match=sentence):
        counting.of_place(Place("tests.training.test_counting", name))
