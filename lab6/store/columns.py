"""The columns of the tidy frame, a row a round: names, types, units and meaning."""

import dataclasses

import numpy as np
import pandas as pd

from lab6.record import Machine, Record, Round

TEXT, WHOLE, REAL, TIME, TRUTH = "string", "Int64", "float64", "datetime64[us, UTC]", "boolean"
"""pandas types, each with a missing value: NaN for REAL, NaT for TIME."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its pandas type, and its meaning with the unit."""

    dtype: str
    meaning: str


def _of(model: type[Machine] | type[Record] | type[Round], dtype: str, *names: str) -> dict[str, Column]:
    """Columns that are fields of a saved record, documented there."""
    return {name: Column(dtype, model.model_fields[name].description or "") for name in names}


COLUMNS: dict[str, Column] = {
    "source": Column(TEXT, "The file that the round was read from."),
    "run": Column(TEXT, "The run that the round belongs to: a name given when it was measured, or lab-report."),
    "measured_at": Column(TIME, "When the run ended."),
    "unfinished": Column(TRUTH, "Whether the run was cut off, so that more was planned than it holds."),
    "machine": Column(TEXT, "What people call the machine."),
    **_of(Machine, TEXT, "cpu_model"),
    **_of(Machine, WHOLE, "usable_cores", "memory_bytes"),
    "gpus": Column(TEXT, "The GPUs that the framework sees, with their drivers; empty if there is none."),
    **_of(Machine, WHOLE, "intra_op_threads", "inter_op_threads"),
    "versions": Column(TEXT, Machine.model_fields["versions"].description or ""),
    "settings": Column(TEXT, "Environment variables that change how fast frameworks are; empty if none is set."),
    **_of(Record, WHOLE, "schema_version"),
    **_of(Record, TEXT, "lab6_version", "engine", "backend", "device", "device_name"),
    **_of(Record, WHOLE, "threads", "workers", "hosts"),
    **_of(Record, TEXT, "duet", "side", "played", "dataset", "dataset_digest"),
    **_of(Record, WHOLE, "training_images", "test_images"),
    "image_shape": Column(TEXT, "The shape of one image, such as 32 x 32 x 3; missing for MNIST and digits."),
    **_of(Record, WHOLE, "batch_size", "steps_per_epoch"),
    **_of(Record, TEXT, "optimizer", "optimizer_digest"),
    **_of(Record, REAL, "learning_rate", "target"),
    **_of(Record, WHOLE, "decay_steps", "evaluated_every"),
    "network": Column(TEXT, "Widths of a network of dense layers, such as 784-128-10, or the name of one's own."),
    **_of(Record, TEXT, "model_digest", "precision"),
    **_of(Record, WHOLE, "parameter_count"),
    **_of(Record, REAL, "compile_seconds", "load_before"),
    **_of(Record, REAL, "peak_flops_per_second", "peak_bytes_per_second", "limit_seconds"),
    "round": Column(WHOLE, "The place of the round in its benchmark, from 0."),
    **_of(Round, WHOLE, "seed", "process"),
    **_of(Round, TEXT, "cores"),
    **_of(Round, WHOLE, "steps"),
    "seconds": Column(REAL, "What the epoch took, or the run to the target; seconds."),
    **_of(Round, REAL, "training_accuracy", "training_loss", "test_accuracy", "cpu_seconds", "other_cpu_seconds"),
    **_of(Round, REAL, "waiting_seconds"),
    **_of(Round, WHOLE, "peak_memory_bytes", "gpu_peak_memory_bytes", "gpu_memory_bytes"),
    **_of(Round, WHOLE, "gpu_clock_hz_before", "gpu_clock_hz_after", "gpu_celsius_before", "gpu_celsius_after"),
}

Rows = list[dict[str, object]]
"""Values by column name, row by row; what a row does not name is missing."""

Table = dict[str, list[object]]
"""Values by column name, all columns of one length."""


def frame(rows: Rows | Table, *coarser: tuple[Rows | Table, list[int]]) -> pd.DataFrame:
    """A frame of ``rows`` with exactly these columns and types.

    ``coarser``: rows that each hold for several ``rows``, with how many; their values are repeated.
    """
    tables = [_typed(rows)]
    for own, counts in coarser:
        table = _typed(own)
        tables.append(table.take(np.repeat(np.arange(len(table)), counts)).reset_index(drop=True))
    return plain(pd.concat(tables, axis=1))


def plain(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds``, whose texts may be categories, with exactly these columns and types."""
    return rounds.reindex(columns=list(COLUMNS)).astype({name: column.dtype for name, column in COLUMNS.items()})


def _typed(rows: Rows | Table) -> pd.DataFrame:
    """The columns that any of ``rows`` names. Integers stay exact beside missing values."""
    table = rows if isinstance(rows, dict) else {name: [row.get(name) for row in rows] for name in set().union(*rows)}
    return pd.DataFrame(
        {name: pd.Series(table[name], dtype=column.dtype) for name, column in COLUMNS.items() if name in table}
    )
