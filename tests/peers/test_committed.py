"""The committed race: no way to train is faster than the limit of its machine."""

from pathlib import Path

import pytest

import lab6

RACES = sorted((Path(__file__).parents[2] / "docs" / "peers").iterdir())

TOLERANCE = 0.02
"""How far below the limit a time may be: ceilings are measured too."""


@pytest.mark.parametrize("race", RACES, ids=lambda folder: folder.name)
def test_no_round_is_faster_than_the_limit(race):
    rounds = lab6.load(str(race))
    limits = rounds.groupby(["machine", "device", "batch_size"])["limit_seconds"].transform("min")
    assert limits.notna().all()
    assert (rounds["seconds"] > (1 - TOLERANCE) * limits).all()
