"""Everything that a report shows."""

import dataclasses

from lab6.check.check import Check
from lab6.start.answer import Answer


@dataclasses.dataclass(frozen=True)
class Findings:
    """The answer, a sentence for everything that was left out of it, and a check of these runs if one was asked for."""

    answer: Answer
    left_out: tuple[str, ...] = ()
    check: Check | None = None
