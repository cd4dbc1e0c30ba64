"""``torch-eager``: a plain PyTorch loop with autograd and the fused Adam, and as little else as can be.

What each minibatch answered is kept, and looked at once, after the last of them: a handful of small operations a step
are saved. PyTorch divides by the bias correction before it adds epsilon, Keras after; the difference is far below what
seeds differ by.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from benchmarks.peers.peer import BETA_1, BETA_2, EPSILON, Peer
from lab6.training.datasets import Dataset
from lab6.training.engines import Learned


class TorchEager(Peer):
    """Python runs every step."""

    compiles = False

    def __init__(self, dataset: Dataset, batch_size: int, learning_rate: float = 0.001) -> None:
        super().__init__(dataset, batch_size, learning_rate)
        torch.set_flush_denormal(True)  # before PyTorch starts its threads, which then do it too
        self.inputs = torch.from_numpy(self.training.inputs)
        self.labels = torch.from_numpy(self.training.targets).long()

    def prepare(self) -> None:
        """Compile nothing."""

    def start(self, parameters: Sequence[NDArray[np.float32]]) -> None:
        """See :meth:`Peer.start`; weights are transposed, (outputs, inputs), as PyTorch has them."""
        self.tensors = [nn.Parameter(torch.tensor(array.T.copy())) for array in parameters]
        self.adam = self.optimizer()

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam at its first step."""
        rate = self.task.learning_rate
        return torch.optim.Adam(self.tensors, lr=rate, betas=(BETA_1, BETA_2), eps=EPSILON, fused=True)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Peer.train`."""
        order = torch.from_numpy(self.order())[: full_steps * self.task.batch_size + self.remainder]
        answers = [self._step(indices) for indices in order.split(self.task.batch_size)]
        logits, labels = torch.cat(answers), self.labels.index_select(0, order)
        hits = int((logits.argmax(1) == labels).sum())
        return Learned(float(functional.cross_entropy(logits, labels)), hits / len(order))

    def _step(self, indices: torch.Tensor) -> torch.Tensor:
        """One update on the images at ``indices``, (n,); returns the answers before it, logits (n, 10)."""
        inputs, labels = self.inputs.index_select(0, indices), self.labels.index_select(0, indices)
        logits = self.logits(inputs)
        functional.cross_entropy(logits, labels).backward()
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        return logits.detach()

    def logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """The answers, (n, 10), to inputs (n, 784)."""
        return answer(inputs, self.tensors)

    def parameters(self) -> list[NDArray[np.float32]]:
        """See :meth:`Peer.parameters`."""
        return [tensor.detach().numpy().T for tensor in self.tensors]


def answer(inputs: torch.Tensor, parameters: Sequence[torch.Tensor]) -> torch.Tensor:
    """The logits, (n, 10), of inputs (n, 784): weights (128, 784), biases (128,), weights (10, 128), biases (10,)."""
    weights_1, biases_1, weights_2, biases_2 = parameters
    hidden = functional.linear(inputs, weights_1, biases_1).relu_()
    return functional.linear(hidden, weights_2, biases_2)
