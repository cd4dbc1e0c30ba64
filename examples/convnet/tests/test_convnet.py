from convnet import convnet


def test_the_network_is_as_large_as_that_of_keras():
    assert convnet().count_params() == 34_826
