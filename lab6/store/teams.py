"""What each series trained with: the threads of a worker, the workers, and the machines that they ran on."""

import pandas as pd

from lab6.store.series import SERIES, shares

WAY = ["setup", "way", "device"]
"""The columns that series have in common if they differ in nothing but threads, workers and machines."""


def teams(rounds: pd.DataFrame) -> pd.DataFrame:
    """A row for each series of ``rounds``, a frame with named series, in the order of their first rounds.

    SERIES; ``way``: the method without its threads and workers, such as ``compiled (JAX)``; ``device``; ``threads`` of
    each worker, 0 on a GPU or if they are unknown; ``workers`` and ``hosts``, at least 1.
    """
    first = rounds.drop_duplicates(SERIES).astype(dict.fromkeys([*SERIES, "device"], "string"))
    pairs = zip(first["method"], shares(first), strict=True)
    of_cpu = first["device"].fillna("cpu").eq("cpu")
    threads = first["threads"].fillna(first["intra_op_threads"]).where(of_cpu, 0)
    found = first[SERIES].assign(
        way=[method.replace(share, "", 1) for method, share in pairs],
        device=first["device"].fillna("cpu"),
        threads=threads.fillna(0).astype(int),
        workers=first["workers"].fillna(1).astype(int),
        hosts=first["hosts"].fillna(1).astype(int),
    )
    return found.reset_index(drop=True)
