"""PyTorch as a backend."""

from typing import Any

import torch
from numpy.typing import NDArray

torch.set_flush_denormal(True)  # as TensorFlow and JAX do; later threads inherit it


def read_xla_flags() -> None:
    """See :class:`Backend`; PyTorch has no XLA."""


def to_numpy(tensor: Any) -> NDArray[Any]:
    """See :class:`Backend`."""
    found: NDArray[Any] = tensor.detach().cpu().numpy()
    return found


def synchronise() -> None:
    """See :class:`Backend`."""
    for gpu in range(torch.cuda.device_count()):
        if torch.cuda.memory_reserved(gpu):  # in use; synchronising others would initialise them
            torch.cuda.synchronize(gpu)


def threads() -> tuple[int, int]:
    """See :class:`Backend`."""
    return torch.get_num_threads(), torch.get_num_interop_threads()


def gpus() -> list[str]:
    """See :class:`Backend`."""
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]


def forget_peak(gpu: int) -> bool:
    """See :class:`Backend`."""
    torch.cuda.reset_peak_memory_stats(gpu)
    return True


def peak_memory(gpu: int) -> int | None:
    """See :class:`Backend`."""
    return torch.cuda.max_memory_allocated(gpu) or None
