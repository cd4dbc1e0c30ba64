import keras

from lab6.training import network
from lab6.training.engines import parts


def test_a_large_minibatch_is_split_on_a_cpu_and_stays_whole_on_a_gpu():
    model = network.build(0)
    assert parts.split(parts.IMAGES, "cpu", model) == (0, parts.IMAGES)
    assert parts.split(parts.IMAGES + 1, "cpu", model) == (1, 1)
    assert parts.split(3 * parts.IMAGES, "cpu", model) == (3, 0)
    assert parts.split(60_000, "gpu:0", model) == (0, 60_000)


def test_a_model_whose_answers_depend_on_the_whole_minibatch_sees_it_whole():
    def of(layer):
        return keras.Sequential([keras.Input((784,)), layer, keras.layers.Dense(10)])

    assert parts.split(60_000, "cpu", of(keras.layers.BatchNormalization())) == (0, 60_000)
    assert parts.split(60_000, "cpu", of(keras.layers.Lambda(lambda inputs: inputs - inputs.mean()))) == (0, 60_000)
    assert parts.split(60_000, "cpu", of(keras.layers.Dropout(0.5))) == (30, 0)  # its seed is no answer
