import keras
import pytest
from keras import layers

from lab6.errors import OptionError
from lab6.training import interface
from tests.training.engines.own_networks import Subclassed, sequence


def dense(units=10, activation=None, shape=(28, 28)):
    return sequence(layers.Flatten(), layers.Dense(units, activation), shape=shape)


class Bare(keras.Model):
    """What its code returns for images is not known before it is called."""

    def __init__(self, function, units=10):
        super().__init__()
        self.dense, self.late, self.function = layers.Dense(units), layers.Dropout(0.1), function

    def call(self, inputs):
        return self.function(self.dense(inputs))


def several(inputs=1, outputs=1):
    given = [keras.Input((28, 28)) for _ in range(inputs)]
    flat = [layers.Flatten()(each) for each in given]
    return keras.Model(given, [layers.Dense(10)(flat[place % inputs]) for place in range(outputs)])


@pytest.mark.parametrize(
    ("model", "image", "taken"),
    [
        (lambda: dense(), (28, 28), (28, 28)),
        (lambda: dense(shape=(28, 28, 1)), (28, 28), (28, 28, 1)),
        (lambda: dense(shape=(784,)), (28, 28), (784,)),
        (lambda: dense(shape=(3072,)), (32, 32, 3), (3072,)),
        (lambda: dense(shape=(28, 28)), (28, 28, 1), (28, 28)),
        (lambda: sequence(layers.GlobalMaxPooling1D(), layers.Dense(10), shape=(None, 30)), (20, 30), (20, 30)),
        (lambda: sequence(layers.Dense(10), shape=(5,)), (5,), (5,)),
        (lambda: keras.Sequential([layers.Flatten(), layers.Dense(10)]), (28, 28), (28, 28)),
        (Subclassed, (28, 28), (28, 28, 1)),
        (Subclassed, (32, 32, 3), (32, 32, 3)),
        (lambda: several(), (28, 28), (28, 28)),
    ],
)
def test_a_model_takes_images_as_they_are_flat_or_with_a_channel(model, image, taken):
    found = model()
    assert interface.input_shape(found, image, 10) == taken
    assert found.trainable_variables


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            lambda: dense(shape=(30, 30)),
            "takes inputs of shape (30, 30), but the data set has images of shape",
        ),
        (lambda: dense(9), "has outputs of shape (9,) for images of shape (28, 28), but the data set has 10 classes: "),
        (lambda: dense(1, "sigmoid"), "has outputs of shape (1,) for images"),
        (lambda: sequence(layers.Dense(10), shape=(28, 28)), "has outputs of shape (28, 10) for images"),
        (
            lambda: several(inputs=2, outputs=2),
            "has 2 inputs: lab6 trains networks that have one input and",
        ),
        (lambda: several(outputs=2), "has 2 outputs: "),
        (lambda: sequence(layers.Flatten(), layers.Lambda(lambda x: x)), "has no trainable parameters: "),
        (lambda: Bare(lambda found: [found, found]), "returns a list: let it return one tensor."),
        (lambda: Bare(lambda found: 1 / 0), "cannot be built for images of shape (28, 28) (division by zero): "),
        (lambda: keras.Sequential([layers.Conv1D(3, 30), layers.Dense(10)]), "cannot be built for images of shape"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(model, sentence):
    with pytest.raises(OptionError) as caught:
        interface.input_shape(model(), (28, 28), 10)
    assert str(caught.value).startswith(f"the network {sentence}")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("model", "logits"),
    [
        (lambda: dense(), True),
        (lambda: dense(activation="log_softmax"), True),
        (lambda: dense(activation="softmax"), False),
        (lambda: dense(activation=lambda found: keras.ops.softmax(found)), False),
        (lambda: keras.Sequential([keras.Input((28, 28)), dense(), layers.Softmax()]), False),
        (lambda: keras.Sequential([keras.Input((28, 28)), dense(activation="softmax")]), False),
        (lambda: sequence(layers.Flatten(), layers.Dense(10), layers.LayerNormalization()), True),
        (lambda: Bare(lambda found: keras.ops.mean(found, axis=1)), True),
        (lambda: Bare(lambda found: keras.ops.softmax(keras.ops.mean(found, axis=1))), False),
    ],
)
def test_logits_are_distinguished_from_probabilities(model, logits):
    found = model()
    shape = interface.input_shape(found, (28, 28), 10)
    assert interface.gives_logits(found, shape) is logits


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_another_activation_of_the_last_layer_is_refused(activation):
    with pytest.raises(OptionError, match=f"last layer has the activation {activation}: give logits"):
        interface.gives_logits(dense(activation=activation), (28, 28))


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class OwnLoss(keras.Model):
    def compute_loss(self, *arguments, **named):
        return super().compute_loss(*arguments, **named)


def test_a_training_step_or_loss_of_one_s_own_is_for_fit_alone():
    assert list(map(interface.only_fit_trains, (OwnStep(), OwnLoss(), Bare(None), dense(), several()))) == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_precisions_are_those_of_layers_with_parameters():
    mixed = sequence(layers.Flatten(), layers.Dense(5, dtype="mixed_bfloat16"), layers.Dense(10))
    assert interface.precisions(mixed) == ["bfloat16", "float32"]
    assert interface.precisions(keras.Sequential([keras.Input((28, 28)), dense()])) == ["float32"]


def test_half_precision_needs_a_scaled_loss():
    half = sequence(layers.Flatten(), layers.Dense(10, dtype="mixed_float16"))
    with pytest.raises(OptionError, match=r"float16, in which small gradients become 0: .*LossScaleOptimizer\.$"):
        interface.check_precision(half, keras.optimizers.Adam())
    interface.check_precision(half, keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))
    interface.check_precision(half, keras.optimizers.Adam(loss_scale_factor=1024.0))
