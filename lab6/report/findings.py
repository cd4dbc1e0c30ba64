"""Everything that a report shows."""

import dataclasses

from lab6.check.check import Check
from lab6.compare import words as compare_words
from lab6.start import words
from lab6.start.answer import Answer


@dataclasses.dataclass(frozen=True)
class Findings:
    """The answer, a sentence for everything that was left out of it, and a check of these runs if one was asked for."""

    answer: Answer
    left_out: tuple[str, ...] = ()
    check: Check | None = None

    @property
    def reasons(self) -> list[str]:
        """Why the headline's size, and what its time is made of."""
        answer, start = self.answer, self.answer.headline
        return [*words.reasons(answer, start), *compare_words.why(answer.summary, start.setup, start.method)]
