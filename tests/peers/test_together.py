"""Ways to train with several workers: what PyTorch's learns, and which race."""

import importlib.util
from pathlib import Path

import pytest

from benchmarks.peers.ways import DDP, WAYS, together
from lab6.measure.team import start
from lab6.measure.way import Team
from tests.measure.conftest import options

ROOT = Path(__file__).parents[2]


def learned(way, batch_size: int, seeds=(3, 4)) -> list[dict]:
    """What a round of each seed learned, of 600 digits, in one process."""
    process = start(way)
    try:
        process.started()
        process.ask("load", dataset="digits", digest="", data_dir=None, images=600)
        process.ask("prepare", batch_size=batch_size, optimizer="adam", learning_rate=0.001, seed=0)
        return [process.ask("round", seed=seed)["round"] for seed in seeds]
    finally:
        process.end()
