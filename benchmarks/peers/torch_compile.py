"""``torch-compile``: each step, with its gradient and Adam written by hand, compiled by ``torch.compile`` as one graph.

Adam is written out so that the whole of a step is one graph, which PyTorch's own optimizer and ``backward`` would
break; the compiler then fuses each parameter's update into one loop.
"""

import os
import shutil
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from benchmarks.peers.peer import BETA_1, BETA_2, EPSILON, Peer
from lab6.errors import DeviceError
from lab6.training.datasets import Dataset
from lab6.training.engines import Learned

Tensors = list[torch.Tensor]


class TorchCompile(Peer):
    """Python calls one compiled step after the other."""

    def __init__(self, dataset: Dataset, batch_size: int, learning_rate: float = 0.001) -> None:
        super().__init__(dataset, batch_size, learning_rate)
        if not shutil.which(compiler := os.environ.get("CXX", "g++")):
            raise DeviceError(f"torch.compile needs a C++ compiler, and there is no {compiler} here: install g++.")
        torch.set_flush_denormal(True)  # before PyTorch starts its threads, which then do it too
        self.inputs = torch.from_numpy(self.training.inputs)
        self.labels = torch.from_numpy(self.training.targets).long()
        torch.compiler.reset()  # or it would compile no more after eight sizes
        self._step = torch.compile(_step, fullgraph=True, dynamic=False, options={"cpp_wrapper": True})

    def prepare(self) -> None:
        """Compile the step for the full minibatch and for the last, smaller one."""
        self.reset(self.seed)
        self.train(min(1, self.full_steps))

    def start(self, parameters: Sequence[NDArray[np.float32]]) -> None:
        """See :meth:`Peer.start`; weights are transposed, (outputs, inputs), as PyTorch has them."""
        self.tensors = [torch.tensor(array.T.copy()) for array in parameters]
        self.momenta, self.velocities = ([torch.zeros_like(tensor) for tensor in self.tensors] for _ in range(2))
        self.count = torch.zeros(())

    @torch.no_grad()  # type: ignore[untyped-decorator]  # the step takes its gradient itself
    def train(self, full_steps: int) -> Learned:
        """See :meth:`Peer.train`."""
        order = torch.from_numpy(self.order())[: full_steps * self.task.batch_size + self.remainder]
        state = self.tensors, self.momenta, self.velocities, self.count
        rate, data = self.task.learning_rate, (self.inputs, self.labels)
        answers = [self._step(*state, *data, indices, rate) for indices in order.split(self.task.batch_size)]
        logits, labels = torch.cat(answers), self.labels.index_select(0, order)
        hits = int((logits.argmax(1) == labels).sum())
        return Learned(float(functional.cross_entropy(logits, labels)), hits / len(order))

    def parameters(self) -> list[NDArray[np.float32]]:
        """See :meth:`Peer.parameters`."""
        return [tensor.numpy().T for tensor in self.tensors]


def _step(
    parameters: Tensors,
    momenta: Tensors,
    velocities: Tensors,
    count: torch.Tensor,
    inputs: torch.Tensor,
    labels: torch.Tensor,
    indices: torch.Tensor,
    rate: float,
) -> torch.Tensor:
    """One update by Adam, in place, on the images at ``indices``, (n,); returns the answers before it, logits (n, 10).

    Source: D. Kingma and J. Ba, "Adam", ICLR 2015, section 2, with epsilon where Keras has it.
    """
    gradients, (_, logits) = torch.func.grad_and_value(_loss, has_aux=True)(
        parameters, inputs[indices], labels[indices]
    )
    count += 1
    scale = rate * torch.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    for parameter, momentum, velocity, gradient in zip(parameters, momenta, velocities, gradients, strict=True):
        momentum.lerp_(gradient, 1 - BETA_1)
        velocity.lerp_(gradient * gradient, 1 - BETA_2)
        parameter -= scale * momentum / (velocity.sqrt() + EPSILON)
    return logits


def _loss(parameters: Tensors, inputs: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean cross-entropy, and the logits."""
    weights_1, biases_1, weights_2, biases_2 = parameters
    hidden = functional.linear(inputs, weights_1, biases_1).relu()
    logits = functional.linear(hidden, weights_2, biases_2)
    return functional.cross_entropy(logits, labels), logits
