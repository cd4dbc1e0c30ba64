from lab6.store import notes
from tests import saved
from tests.small import rounds


def test_the_work_is_one_sentence_in_which_other_data_stand_out():
    assert notes.work(rounds(saved.run())) == (
        "Trained on 60,000 images of MNIST: the 784-128-10 network, adam with learning rate 0.001."
    )


def test_one_s_own_work_is_named_as_far_as_it_is_known():
    own = {"dataset": "clothes", "network": None, "model": "convnet", "optimizer": "mine", "learning_rate": None}
    assert notes.work(rounds(saved.run(**own))) == (
        "Trained on 60,000 images of clothes, NOT MNIST: the convnet network, mine."
    )
