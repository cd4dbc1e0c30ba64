"""What is said where other programs keep the cores busy: before a run, and of its disturbed rounds at its end."""

import dataclasses
from collections.abc import Iterator, Sequence

from lab6 import disturbance
from lab6.measuring.table import MARK, Result

MOST_BENCHMARKS = 3
"""Benchmarks that have a sentence each; more are summed up."""

ADVICE = "Disturbed rounds count like the others: measure again when the machine is quiet."


def before(load: float | None, cores: int) -> str | None:
    """A sentence where other programs keep ``load`` of so many ``cores`` busy, before anything is measured."""
    if load is None or not disturbance.is_busy(load, cores):
        return None
    return (
        f"NOT QUIET: other programs use {disturbance.used(load, cores)} just now; what is measured beside them can "
        "take longer."
    )


def during(results: Sequence[Result], cores: int) -> Iterator[str]:
    """Sentences that name the disturbed rounds of a run, and what to do; nothing where there are none."""
    found = [_Disturbed(result, numbers) for result in results if (numbers := result.disturbed(cores))]
    if len(found) > MOST_BENCHMARKS:
        count = sum(len(disturbed.numbers) for disturbed in found)
        worst = max(found, key=lambda disturbed: disturbed.most)
        yield (
            f"{MARK} Disturbed: {count:,} rounds of {len(found):,} benchmarks: other programs used up to "
            f"{disturbance.used(worst.most, cores)}, the most with {worst.result.title}."
        )
    else:
        yield from (disturbed.sentence(cores) for disturbed in found)
    if found:
        yield ADVICE


@dataclasses.dataclass(frozen=True)
class _Disturbed:
    """A benchmark, and the numbers of its disturbed rounds."""

    result: Result
    numbers: list[int]

    @property
    def most(self) -> float:
        """How many cores others used in the round in which they used most."""
        rounds = zip(self.result.record.rounds, self.result.seconds, strict=True)
        return max((round_.other_cpu_seconds or 0.0) / seconds for round_, seconds in rounds)

    def sentence(self, cores: int) -> str:
        used = disturbance.used(self.most, cores)
        up_to = "up to " if len(self.numbers) > 1 else ""
        rounds = disturbance.named(self.numbers)
        return f"{MARK} Disturbed: {rounds} of {self.result.title}: other programs used {up_to}{used}."
