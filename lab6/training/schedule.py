"""A learning rate that each run of training sets anew, without compiling anything again."""

from typing import Any

from lab6.errors import OptionError
from lab6.training.framework import keras


class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    """A constant learning rate, or one that falls in a straight line to zero: ``rate x max(1 - step / decay, 0)``.

    Both numbers are variables of the optimizer, so that a compiled program reads them.
    """

    def __init__(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Give ``optimizer``, which is not built yet, this schedule. Raises OptionError if it has one already."""
        inner = getattr(optimizer, "inner_optimizer", optimizer)  # of one that scales the loss
        if not isinstance(getattr(inner, "_learning_rate", None), keras.Variable):
            raise OptionError(
                "the optimizer has a schedule of learning rates, but here lab6 sets the learning rate itself: let its "
                "function give it a number."
            )
        inner.learning_rate = self
        self._rate = inner.add_variable((), name="rate")
        self._decay = inner.add_variable((), name="decay")

    def set(self, learning_rate: float, decay_steps: int | None) -> None:
        """``decay_steps``: the step at which the rate is zero; None for a constant rate."""
        self._rate.assign(learning_rate)
        self._decay.assign(decay_steps or 0)

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step, counted from 0: a scalar, float32."""
        step, decay = keras.ops.cast(step, "float32"), self._decay.value
        left = 1 - step / keras.ops.maximum(decay, 1)
        return self._rate.value * keras.ops.where(decay > 0, keras.ops.maximum(left, 0), 1)

    def get_config(self) -> dict[str, Any]:
        """Nothing: it is set for each run."""
        return {}
