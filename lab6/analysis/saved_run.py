"""One saved run: what pytest-benchmark's JSON says, or one sentence that says what is wrong with it."""

import dataclasses
import hashlib
import json
import operator
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lab6.analysis import strict_json
from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION, Machine, Record, Round

WORK = ("dataset", "training_images", "network", "optimizer", "learning_rate", "precision")
KEY = (*WORK, "engine", "backend", "device", "batch_size")
"""What no two benchmarks of a file have in common."""

AS_SAVED = ("cpu_model", "usable_cores", "memory_bytes", "intra_op_threads", "inter_op_threads")
"""What the frame says of the machine as it was saved."""

OF_BENCHMARK = [field for field in Record.model_fields if field != "rounds"]
OF_ROUND = list(Round.model_fields)

LEAST, MOST = 1e-9, 1e9
"""Seconds that an epoch can take."""

Model = TypeVar("Model", bound=BaseModel)

Table = dict[str, list[object]]
"""Values by the names of columns, all of one length."""


@dataclasses.dataclass(frozen=True)
class Run:
    """What a file says, by the names of columns: of the run as a whole, and column by column of its benchmarks and of
    their rounds, those of the first benchmark first.

    ``name``: a digest of all of it, the same for a copy that was formatted anew. ``counts``: rounds of each benchmark.
    """

    name: str
    whole: dict[str, object]
    benchmarks: Table
    rounds: Table
    counts: list[int]


def run(name: str, content: bytes) -> Run:
    """The run in the file called ``name``. Raises ResultsError, which names the file."""
    try:
        return _run(name, _decoded(name, content))
    except RecursionError as error:
        raise damaged(name, "nested too deeply") from error


def damaged(name: str, what: str) -> FileError:
    """The error for a file of results in which something is wrong."""
    return FileError(f"{name} is damaged ({what}): leave it out.")


def _decoded(name: str, content: bytes) -> Any:
    try:
        return strict_json.decoded(content)
    except ValueError as error:
        if not name.endswith(".json"):
            raise ResultsError(f"{name} is no file of results: give .json or .parquet files, or folders.") from error
        raise damaged(name, str(error)) from error


def _run(name: str, saved: Any) -> Run:
    described = _machine_info(name, saved)
    for benchmark in saved["benchmarks"]:
        _refuse_newer(name, benchmark)
    whole = _whole(_parsed(name, "machine", Machine, described), _time(name, saved.get("datetime")))
    whole["unfinished"] = saved.get("unfinished", False) is not False
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode())
    records, timed = [], []
    for benchmark in saved["benchmarks"]:
        record, seconds = _benchmark(name, benchmark)
        digest.update(f"{record.model_dump_json(exclude_none=True)}{seconds}".encode())
        records.append(record)
        timed.append(seconds)
    if not records:
        raise FileError(f"{name} holds no benchmark with a finished round: leave it out.")
    benchmarks = _table(records, OF_BENCHMARK)
    benchmarks["network"] = ["-".join(map(str, record.network)) for record in records]
    if len(set(zip(*(benchmarks[field] for field in KEY), strict=True))) < len(records):
        raise damaged(name, "it has one benchmark twice")
    rounds = _table([round_ for record in records for round_ in record.rounds], OF_ROUND)
    rounds["round"] = [number for seconds in timed for number in range(len(seconds))]
    rounds["seconds"] = [time for seconds in timed for time in seconds]
    named = digest.hexdigest()[:16]
    return Run(named, {"source": name, "run": named} | whole, benchmarks, rounds, [len(seconds) for seconds in timed])


def _whole(machine: Machine, ended: datetime) -> dict[str, object]:
    """What is the same in all benchmarks of a run."""
    return {
        "measured_at": ended,
        "machine": machine.label,
        "gpus": "; ".join(machine.named_gpus),
        "versions": ", ".join(machine.named_versions),
    } | machine.model_dump(include=set(AS_SAVED))


def _table(rows: Sequence[BaseModel], fields: Sequence[str]) -> Table:
    columns = zip(*map(operator.attrgetter(*fields), rows), strict=True)
    return {field: list(column) for field, column in zip(fields, columns, strict=True)}


def _machine_info(name: str, saved: Any) -> Any:
    """What lab6 saved of the machine; refuses what lab6 did not save."""
    if not isinstance(saved, dict) or not isinstance(saved.get("benchmarks"), list):
        raise ResultsError(
            f"{name} is no file of results: give JSON files that pytest benchmarks --benchmark-save wrote."
        )
    described = saved.get("machine_info")
    if not isinstance(described, dict) or "lab6" not in described:
        raise FileError(f"{name} is another project's pytest-benchmark run, not one of lab6: leave it out.")
    return described["lab6"]


def _benchmark(name: str, benchmark: Any) -> tuple[Record, list[float]]:
    """One benchmark of the file: its record, and pytest-benchmark's seconds for each round."""
    try:
        title, seconds, extra = benchmark["name"], benchmark["stats"]["data"], benchmark["extra_info"]
    except (KeyError, TypeError) as error:
        raise damaged(name, f"a benchmark lacks {error}") from error
    title = str(title)[:60]
    record = _parsed(name, f"benchmark {title}", Record, extra)
    if not isinstance(seconds, list) or len(seconds) != len(record.rounds):
        raise damaged(name, f"{title} does not have one time for each round")
    for number, time in enumerate(seconds):
        if isinstance(time, bool) or not isinstance(time, int | float) or not LEAST <= time <= MOST:
            wrong = f"{title} says that round {number} took {str(time)[:20]} seconds"
            raise damaged(name, f"{wrong}; a number from {LEAST:g} to {MOST:g} is allowed")
    return record, [float(time) for time in seconds]


def _refuse_newer(name: str, benchmark: Any) -> None:
    extra = benchmark.get("extra_info") if isinstance(benchmark, dict) else None
    version = extra.get("schema_version") if isinstance(extra, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ResultsError(
            f"{name} was written by a newer lab6 (schema_version {str(version)[:40]}; this one reads up to "
            f"{SCHEMA_VERSION}): upgrade lab6."
        )


def _parsed(name: str, what: str, model: type[Model], value: object) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:60] or "all of it"
        raise damaged(name, f"{what}, {place}: {first['msg'][:120]}") from error


def _time(name: str, text: object) -> datetime:
    """When a run ended, in UTC; pytest-benchmark writes ISO 8601, and means UTC where it does not say."""
    try:
        if not isinstance(text, str):
            raise ValueError("no text")
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise damaged(name, f"datetime: {str(text)[:40]} is no time") from error
