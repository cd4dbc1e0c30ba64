"""``torch-ddp``: the plain PyTorch loop in several workers, with DistributedDataParallel as PyTorch's users have it.

Each worker trains on its share of every minibatch. DistributedDataParallel replaces the gradients by their means over
the workers while ``backward`` still runs, in one message of all four, since together they are far below its 25 MiB.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import distributed, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from benchmarks.peers.peer import WIDTHS
from benchmarks.peers.torch_eager import TorchEager, answer
from lab6.training import seeded
from lab6.training.datasets import Dataset
from lab6.training.engines import Learned


class TorchDdp(TorchEager):
    """Trains together with the other workers of the process group, which the worker has joined before."""

    def __init__(self, dataset: Dataset, batch_size: int, learning_rate: float = 0.001) -> None:
        super().__init__(dataset, batch_size, learning_rate)
        self.rank, self.workers = distributed.get_rank(), distributed.get_world_size()

    def prepare(self) -> None:
        """Let DistributedDataParallel find its parameters; it arranges them anew in the first step of a warm-up."""
        super().start(seeded.parameters(self.seed, WIDTHS))
        self.network = DistributedDataParallel(_Network(self.tensors), gradient_as_bucket_view=True)

    def start(self, parameters: Sequence[NDArray[np.float32]]) -> None:
        """See :meth:`Peer.start`; returns when all workers have done it, so that their clocks start together."""
        with torch.no_grad():
            for tensor, array in zip(self.tensors, parameters, strict=True):
                tensor.copy_(torch.from_numpy(array.T))
        self.adam = self.optimizer()
        distributed.barrier()

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Peer.train`; the means are those of all workers."""
        order = torch.from_numpy(self.order())[: full_steps * self.task.batch_size + self.remainder]
        shares = [indices.chunk(self.workers)[self.rank] for indices in order.split(self.task.batch_size)]
        logits = torch.cat([self._step(indices) for indices in shares])
        labels = self.labels.index_select(0, torch.cat(shares))
        loss, hits = functional.cross_entropy(logits, labels, reduction="sum"), (logits.argmax(1) == labels).sum()
        sums = torch.stack([loss.double(), hits.double()])
        distributed.all_reduce(sums)
        loss_of_all, hits_of_all = (sums / len(order)).tolist()
        return Learned(loss_of_all, hits_of_all)

    def logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """See :meth:`TorchEager.logits`."""
        answers: torch.Tensor = self.network(inputs)
        return answers


class _Network(nn.Module):  # type: ignore[misc]  # PyTorch has no types here
    """The network as a module of these parameters, in the shapes of :func:`answer`."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        super().__init__()
        self.own = nn.ParameterList(parameters)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The logits, (n, 10), of inputs (n, 784)."""
        return answer(inputs, self.own)
