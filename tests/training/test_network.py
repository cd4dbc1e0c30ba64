import itertools

import keras
import numpy as np
import pytest

from lab6.training.network import build, dense_layers


def test_the_first_layer_has_784_times_128_plus_128_parameters():
    counts = [layer.count_params() for layer in dense_layers(build(0))]
    assert counts == [784 * 128 + 128, 128 * 10 + 10] == [100_480, 1_290]


@pytest.mark.parametrize("hidden", [(), (1,), (256, 64), (3, 3, 3)])
def test_hidden_layers_have_the_given_widths(hidden):
    shapes = [tuple(layer.kernel.shape) for layer in dense_layers(build(0, hidden))]
    assert shapes == list(itertools.pairwise((784, *hidden, 10)))


def test_equal_seeds_give_equal_parameters_and_others_do_not():
    first, again, other = (build(seed).get_weights() for seed in (5, 5, 6))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert np.any(first[0] != other[0])


def test_initial_weights_are_glorot_uniform():
    kernel, bias, _, _ = build(0).get_weights()
    limit = np.sqrt(6 / (784 + 128))
    assert np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not bias.any()


def test_layers_of_the_same_shape_start_with_different_weights():
    first, _, second, _, _, _ = build(0, (784, 784)).get_weights()
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] < 0.01


def test_it_can_be_copied():
    model = build(3)
    np.testing.assert_array_equal(keras.models.clone_model(model).get_weights()[0], model.get_weights()[0])
