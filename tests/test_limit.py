import dataclasses

import pytest

from lab6.limit import Ceilings, Cost, dense_cost, epoch_floor, parameters

NETWORK = (3, 2, 1)
"""2 x 3 + 1 x 2 = 8 weights and 3 biases."""


def test_the_labs_network_takes_409088_operations_an_image():
    assert dense_cost((784, 128, 10), "adam").image_flops == 4 * 101_632 + 2 * 1_280 == 409_088


def test_the_first_layer_needs_no_gradient_of_its_inputs():
    assert dense_cost((3, 2), "adam").image_flops == 4 * 6
    assert dense_cost(NETWORK, "adam").image_flops == 4 * 6 + 6 * 2


def test_parameters_are_weights_and_biases():
    assert parameters(NETWORK) == 11
    assert parameters((784, 128, 10)) == 101_770


def test_a_step_reads_and_writes_parameters_and_slots_and_reads_its_images():
    assert dense_cost(NETWORK, "adam") == Cost(image_flops=36, image_bytes=3, step_bytes=2 * 4 * 3 * 11)
    assert dense_cost(NETWORK, "adam", pixel_bytes=4).image_bytes == 12


def test_plain_gradient_descent_need_not_move_the_first_layers_weights():
    assert dense_cost(NETWORK, "sgd").step_bytes == 2 * 4 * 5


def test_a_step_of_the_labs_network_with_adam_moves_2_4_megabytes():
    assert dense_cost((784, 128, 10), "adam").step_bytes == 2_442_480


def test_a_floor_by_arithmetic_is_the_same_for_every_minibatch_size():
    slow = Ceilings(flops_per_second=1.0, bytes_per_second=1e12)
    floors = [epoch_floor(dense_cost(NETWORK, "adam"), size, 10, slow) for size in (1, 3, 10)]
    assert [floor.seconds for floor in floors] == pytest.approx([10 * 36] * 3)
    assert {floor.bound for floor in floors} == {"arithmetic"}


def test_a_floor_by_bytes_counts_the_last_smaller_minibatch_as_a_step():
    narrow = Ceilings(flops_per_second=1e12, bytes_per_second=1.0)
    floor = epoch_floor(dense_cost(NETWORK, "adam"), 4, 10, narrow)
    assert floor.seconds == pytest.approx(3 * 264 + 10 * 3)
    assert floor.bound == "bytes"


def test_each_step_takes_the_longer_of_the_two():
    """Steps of 4 images take 144 s by arithmetic and 52 s by bytes, the last of 1 image 36 s and 43 s."""
    floor = epoch_floor(dense_cost(NETWORK, "sgd"), 4, 9, Ceilings(flops_per_second=1.0, bytes_per_second=1.0))
    assert dataclasses.astuple(floor) == (2 * 144 + 36, 2 * 52 + 43, 2 * 144 + 43)
