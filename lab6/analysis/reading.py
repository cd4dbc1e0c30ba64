"""One file of results: pytest-benchmark's JSON into rows, or one sentence that says what is wrong with it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from lab6.errors import ResultsError
from lab6.record import SCHEMA_VERSION, Machine, Record

WORK = ("dataset", "training_images", "network", "optimizer", "learning_rate", "precision")
KEY = (*WORK, "engine", "backend", "device", "batch_size", "round")
"""What no two rounds of a file have in common."""

AS_SAVED = ("cpu_model", "usable_cores", "memory_bytes", "intra_op_threads", "inter_op_threads")
"""What the frame says of the machine as it was saved."""

LEAST, MOST = 1e-9, 1e9
"""Seconds that an epoch can take."""

Model = TypeVar("Model", bound=BaseModel)


def rows(name: str, content: bytes) -> list[dict[str, object]]:
    """A row for each round in the file called ``name``. Raises ResultsError, which names the file."""
    try:
        saved = json.loads(content)
    except RecursionError as error:
        raise damaged(name, "nested too deeply") from error
    except ValueError as error:
        if not name.endswith(".json"):
            raise ResultsError(f"{name} is no file of results: give .json or .parquet files, or folders.") from error
        raise damaged(name, f"not complete JSON: {error}") from error
    described = _machine_info(name, saved)
    for benchmark in saved["benchmarks"]:
        _refuse_newer(name, benchmark)
    machine = _parsed(name, "machine", Machine, described)
    run = {
        "source": name,
        "run": hashlib.sha256(json.dumps(saved, sort_keys=True).encode()).hexdigest()[:16],
        "measured_at": _time(name, saved.get("datetime")),
        "machine": machine.label,
        "gpus": "; ".join(machine.named_gpus),
        "versions": ", ".join(machine.named_versions),
    } | machine.model_dump(include=set(AS_SAVED))
    found = [run | row for benchmark in saved["benchmarks"] for row in _benchmark(name, benchmark)]
    keys = [tuple(row[name] for name in KEY) for row in found]
    if len(set(keys)) < len(keys):
        raise damaged(name, "it has one benchmark twice")
    if not found:
        raise ResultsError(f"{name} holds no benchmark with a finished round: leave it out, or give --skip-bad.")
    return found


def damaged(name: str, what: str) -> ResultsError:
    """The error for a file of results in which something is wrong."""
    return ResultsError(f"{name} is damaged ({what}): leave it out, or give --skip-bad.")


def _machine_info(name: str, saved: Any) -> Any:
    """What lab6 saved of the machine; refuses what lab6 did not save."""
    if not isinstance(saved, dict) or not isinstance(saved.get("benchmarks"), list):
        raise ResultsError(
            f"{name} is no file of results: give JSON files that pytest benchmarks --benchmark-save wrote."
        )
    described = saved.get("machine_info")
    if not isinstance(described, dict) or "lab6" not in described:
        raise ResultsError(
            f"{name} is another project's pytest-benchmark run, not one of lab6: leave it out, or give --skip-bad."
        )
    return described["lab6"]


def _benchmark(name: str, benchmark: Any) -> Iterator[dict[str, object]]:
    """The rows of one benchmark of the file: its record beside pytest-benchmark's seconds."""
    try:
        title, seconds, extra = benchmark["name"], benchmark["stats"]["data"], benchmark["extra_info"]
    except (KeyError, TypeError) as error:
        raise damaged(name, f"a benchmark lacks {error}") from error
    title = str(title)[:60]
    record = _parsed(name, f"benchmark {title}", Record, extra)
    if not isinstance(seconds, list) or len(seconds) != len(record.rounds):
        raise damaged(name, f"{title} does not have one time for each round")
    common = record.model_dump(exclude={"rounds", "network"}) | {"network": "-".join(map(str, record.network))}
    for number, (time, round_) in enumerate(zip(seconds, record.rounds, strict=True)):
        if isinstance(time, bool) or not isinstance(time, int | float) or not LEAST <= time <= MOST:
            wrong = f"{title} says that round {number} took {str(time)[:20]} seconds"
            raise damaged(name, f"{wrong}; a number from {LEAST:g} to {MOST:g} is allowed")
        yield common | round_.model_dump() | {"round": number, "seconds": float(time)}


def _refuse_newer(name: str, benchmark: Any) -> None:
    extra = benchmark.get("extra_info") if isinstance(benchmark, dict) else None
    version = extra.get("schema_version") if isinstance(extra, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ResultsError(
            f"{name} was written by a newer lab6 (schema_version {version}; this one reads up to {SCHEMA_VERSION}): "
            "upgrade lab6."
        )


def _parsed(name: str, what: str, model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:60] or "all of it"
        raise damaged(name, f"{what}, {place}: {first['msg'][:120]}") from error


def _time(name: str, text: object) -> pd.Timestamp:
    """When a run ended; pytest-benchmark writes ISO 8601, and means UTC where it does not say."""
    try:
        time = datetime.fromisoformat(str(text))
        return pd.Timestamp(time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise damaged(name, f"datetime: {str(text)[:40]} is no time") from error
