"""One answer from those of several workers that train together."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]

FAILURES = ("unavailable", "failed")

OTHERS = "other_cpu_seconds"

SUMMED = ("cpu_seconds", "waiting_seconds", OTHERS, "peak_memory_bytes", "gpu_peak_memory_bytes")
"""What a round used, of all workers together."""


def joined(command: str, answers: Sequence[Answer]) -> Answer:
    """The answer of all workers, by rank, to ``command``; the first failure if one failed."""
    for number, answer in enumerate(answers, 1):
        for kind in FAILURES:
            if kind in answer:
                return {kind: f"worker {number} of {len(answers)}: {answer[kind]}"}
    return JOINED.get(command, _first)(answers)


def _first(answers: Sequence[Answer]) -> Answer:
    return answers[0]


def _start(answers: Sequence[Answer]) -> Answer:
    """The first one's, with all cores that workers on its machine may use; or that they cannot reach each other."""
    first = answers[0]
    hosts = {answer["host"] for answer in answers}
    for number, answer in enumerate(answers, 1):
        if len(hosts) > 1 and answer.get("address", "").startswith("127."):
            return {
                "unavailable": f"worker {number} of {len(answers)}: its machine's name, {answer['host']}, stands for "
                f"{answer['address']}, where other machines do not reach it: give it another address in /etc/hosts."
            }
    own = [answer["cores"] for answer in answers if answer["host"] == first["host"]]
    cores = None if None in own else sorted({core for cores in own for core in cores})
    return first | {"cores": cores, "workers": len(answers), "hosts": len(hosts)}


def _prepare(answers: Sequence[Answer]) -> Answer:
    """The first one's, with the longest times, and the number of machines."""
    slowest = {
        field: max((answer[field] for answer in answers if answer[field] is not None), default=None)
        for field in ("compile_seconds", "expected_seconds")
    }
    return answers[0] | slowest | {"hosts": len({answer["host"] for answer in answers})}


def _round(answers: Sequence[Answer]) -> Answer:
    """The round of all: over when the last worker has finished. All have learned the same."""
    rounds = _apart(answers)
    used = {field: sum(own[field] for own in rounds) for field in SUMMED if all(field in own for own in rounds)}
    unknown = [field for field in SUMMED if field not in used]
    first = {field: value for field, value in rounds[0].items() if field not in unknown}
    return {"seconds": max(answer["seconds"] for answer in answers), "round": first | used}


def _apart(answers: Sequence[Answer]) -> list[Answer]:
    """The rounds, where workers that share their cores are not others to each other: the first of them says what is
    left."""
    found: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[repr((answer["host"], answer["cores"]))].append(answer["round"])
    rounds = []
    for first, *more in found.values():
        ours = sum(own["cpu_seconds"] for own in more if OTHERS in first)
        rest = {OTHERS: max(0.0, first[OTHERS] - ours)} if OTHERS in first else {}
        rounds += [first | rest, *(own | dict.fromkeys(rest, 0.0) for own in more)]
    return rounds


JOINED = {"start": _start, "prepare": _prepare, "round": _round}
