"""Whether the two sides of a duet train different networks, because their code makes them."""

from collections.abc import Iterator

import pandas as pd


def differing(baseline: pd.DataFrame, candidate: pd.DataFrame) -> Iterator[str]:
    """A sentence if the networks differ; both are tidy frames, each of one work."""
    ours, theirs = baseline.iloc[0], candidate.iloc[0]
    counts = ours["parameter_count"], theirs["parameter_count"]
    digests = {ours["model_digest"], theirs["model_digest"]}
    if counts[0] != counts[1]:
        yield f"The network differs: {counts[0]:,} parameters in the baseline, {counts[1]:,} in the candidate."
    elif len(digests) > 1 and not pd.isna(list(digests)).any():
        yield f"The network differs: other layers, with {counts[0]:,} parameters on both sides."
