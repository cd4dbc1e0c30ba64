"""Read one saved run, pytest-benchmark's JSON, or say in one sentence what is wrong with it."""

import dataclasses
import hashlib
import json
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION, Machine, Record, Round
from lab6.store import columns
from lab6.store.columns import Table
from lab6.store.workload import WORKLOAD

KEY = (*WORKLOAD, "engine", "backend", "device", "threads", "workers", "hosts", "batch_size", "target", "decay_steps")
"""Fields that together differ between any two benchmarks of a file."""

OF_MACHINE = {"cpu_model", "usable_cores", "memory_bytes", "intra_op_threads", "inter_op_threads"}
OF_BENCHMARK = [field for field in Record.model_fields if field not in ("rounds", "model")]
OF_ROUND = list(Round.model_fields)

MARKS = {"schema_version", "lab6_version", "rounds"}
"""Fields that every benchmark of lab6 has; one with some of them, and not all, is damaged."""

GROUP = ": one epoch with "
"""What the group of every benchmark of lab6 says."""

COMMIT = re.compile(r"[0-9a-f]{7,64}")
"""The name of a commit, in Git and in Mercurial."""

LEAST, MOST = 1e-9, 1e9
"""The range of an epoch's seconds."""

Model = TypeVar("Model", bound=BaseModel)


@dataclasses.dataclass(frozen=True)
class Run:
    """The content of a file, by column: of the run as a whole, of its benchmarks, and of their rounds.

    ``counts``: rounds of each benchmark.
    """

    whole: dict[str, object]
    benchmarks: Table
    rounds: Table
    counts: list[int]


def read(name: str, content: bytes) -> Run:
    """Read the file called ``name``. Raises ResultsError, which names the file."""
    try:
        saved = json.loads(content, object_pairs_hook=_unique_keys)
    except RecursionError as error:
        raise damaged(name, "nested too deeply") from error
    except ValueError as error:
        if not name.endswith(".json"):
            raise ResultsError(f"{name} is not a file of results: give .json or .parquet files, or folders.") from error
        raise damaged(name, _why(error)) from error
    return _run(name, saved)


def frame(runs: Iterable[Run]) -> pd.DataFrame:
    """The tidy frame of ``runs``, a row a round."""
    runs = list(runs)
    return columns.frame(
        _joined(own.rounds for own in runs),
        ([own.whole for own in runs], [sum(own.counts) for own in runs]),
        (_joined(own.benchmarks for own in runs), [count for own in runs for count in own.counts]),
    )


def damaged(name: str, what: str) -> FileError:
    """The error for a file of results that is damaged."""
    return FileError(f"{name} is damaged ({what}): leave it out.")


class _DuplicateKey(ValueError):
    """An object has a key twice. Which value is meant is open (RFC 8259, section 4)."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _DuplicateKey(f"one of its objects has the key {key[:60]!r} twice")
    return made


def _why(error: ValueError) -> str:
    if isinstance(error, _DuplicateKey):
        return str(error)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"not complete JSON: {error}"
    return "it has an integer of too many digits"


def _joined(tables: Iterable[Table]) -> Table:
    """One table of all rows of ``tables``."""
    joined: Table = defaultdict(list)
    for table in tables:
        for name, values in table.items():
            joined[name] += values
    return joined


def _run(name: str, saved: Any) -> Run:
    described = _machine_info(name, saved)
    own = [benchmark for benchmark in saved["benchmarks"] if not _is_foreign(benchmark)]
    for benchmark in own:
        _refuse_newer(name, benchmark)
    whole = _whole(_parsed(name, "machine", Machine, described), _time(name, saved.get("datetime")))
    whole["unfinished"] = saved.get("unfinished", False) is not False
    pairs = [_benchmark(name, benchmark) for benchmark in own]
    if not pairs:
        raise FileError(f"{name} holds no benchmark with a finished round: leave it out.")
    records = [record for record, _ in pairs]
    benchmarks = _table(records, OF_BENCHMARK)
    benchmarks["network"] = [record.named_network for record in records]
    benchmarks["image_shape"] = [" x ".join(map(str, record.image_shape or ())) or None for record in records]
    if len(set(zip(*(benchmarks[field] for field in KEY), strict=True))) < len(records):
        raise damaged(name, "it has one benchmark twice")
    rounds = _table([round_ for record in records for round_ in record.rounds], OF_ROUND)
    rounds["round"] = [number for _, seconds in pairs for number in range(len(seconds))]
    rounds["seconds"] = [time for _, seconds in pairs for time in seconds]
    run = saved.get("lab6_run") or _digest(whole, pairs)
    if not isinstance(run, str) or not run.isalnum() or len(run) > 64:
        raise damaged(name, "its lab6_run is not the name of a run")
    whole = {"source": name, "run": run} | whole | _revision(saved.get("commit_info"))
    return Run(whole, benchmarks, rounds, [len(seconds) for _, seconds in pairs])


def _digest(whole: dict[str, object], pairs: Sequence[tuple[Record, list[float]]]) -> str:
    """Names a run that was saved without a name of its own: the same for a copy that was formatted anew."""
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode())
    for record, seconds in pairs:
        digest.update(f"{record.model_dump_json(exclude_none=True)}{seconds}".encode())
    return digest.hexdigest()[:16]


def _whole(machine: Machine, ended: datetime) -> dict[str, object]:
    """The columns that are the same for all benchmarks of a run."""
    return {
        "measured_at": ended,
        "machine": machine.label,
        "gpus": "; ".join(machine.named_gpus),
        "versions": ", ".join(machine.named_versions),
        "settings": ", ".join(machine.named_settings),
    } | machine.model_dump(include=OF_MACHINE)


def _revision(info: Any) -> dict[str, object]:
    """The code that was measured, as pytest-benchmark describes it; unknown if it does not name a commit."""
    described = info if isinstance(info, dict) else {}
    commit, dirty = described.get("id"), described.get("dirty")
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": dirty if isinstance(dirty, bool) else None}


def _table(rows: Sequence[BaseModel], fields: Sequence[str]) -> Table:
    values = zip(*map(operator.attrgetter(*fields), rows), strict=True)
    return {field: list(column) for field, column in zip(fields, values, strict=True)}


def _machine_info(name: str, saved: Any) -> Any:
    """The part of the file that describes the machine. Raises ResultsError if lab6 did not write the file."""
    if not isinstance(saved, dict) or not isinstance(saved.get("benchmarks"), list):
        raise ResultsError(
            f"{name} is not a file of results: give JSON files that pytest benchmarks --benchmark-save wrote."
        )
    described = saved.get("machine_info")
    if not isinstance(described, dict) or "lab6" not in described:
        raise FileError(f"{name} is another project's pytest-benchmark run, not one of lab6: leave it out.")
    return described["lab6"]


def _benchmark(name: str, benchmark: Any) -> tuple[Record, list[float]]:
    """One benchmark of the file: its record, and pytest-benchmark's seconds of each round."""
    try:
        title, seconds, extra = benchmark["name"], benchmark["stats"]["data"], benchmark["extra_info"]
    except (KeyError, TypeError) as error:
        raise damaged(name, f"a benchmark lacks {error}") from error
    title = str(title)[:60]
    record = _parsed(name, f"benchmark {title}", Record, extra)
    if not isinstance(seconds, list) or len(seconds) != len(record.rounds):
        found = f"{len(seconds)} times" if isinstance(seconds, list) else "no list of times"
        raise damaged(name, f"{title} does not have one time for each round: {found}, {len(record.rounds)} rounds")
    for number, time in enumerate(seconds):
        if isinstance(time, bool) or not isinstance(time, int | float) or not LEAST <= time <= MOST:
            wrong = f"{title} says that round {number} took {str(time)[:20]} seconds"
            raise damaged(name, f"{wrong}; a number from {LEAST:g} to {MOST:g} is allowed")
    return record, [float(time) for time in seconds]


def _is_foreign(benchmark: Any) -> bool:
    """Whether pytest-benchmark timed a function of another project, and lab6 nothing.

    Such a benchmark has none of lab6's fields and not its group, so one of lab6 that lost its fields is none.
    """
    if not isinstance(benchmark, dict) or "group" not in benchmark or GROUP in str(benchmark["group"]):
        return False
    extra = benchmark.get("extra_info")
    return isinstance(extra, dict) and not extra.keys() & MARKS


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
    """When a run ended, in UTC; pytest-benchmark writes ISO 8601, and means UTC if it does not say."""
    try:
        if not isinstance(text, str):
            raise ValueError("no text")
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise damaged(name, f"datetime: {str(text)[:40]} is not a time") from error
