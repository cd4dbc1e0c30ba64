"""Everything that a report shows."""

import dataclasses

from lab6.check.check import Check
from lab6.compare import words as compare_words
from lab6.history.history import History, history
from lab6.start import words
from lab6.start.answer import Answer, Question, answer
from lab6.store.selection import Selection
from lab6.target import answer as targets
from lab6.target import words as target_words


@dataclasses.dataclass(frozen=True)
class Findings:
    """The answer, a sentence for everything that was left out of it, and a check of these runs if one was asked for.

    ``target``: the fastest way to an accuracy; None if no table of trials says what it takes with this work.
    ``history``: of the headline's machine over time; None if it was measured on too few days.
    """

    answer: Answer
    left_out: tuple[str, ...] = ()
    check: Check | None = None
    target: targets.Answer | None = None
    history: History | None = None

    @property
    def reasons(self) -> list[str]:
        """Why the headline's size, and what its time is made of."""
        answer, start = self.answer, self.answer.headline
        return [*words.reasons(answer, start), *compare_words.why(answer.summary, start.setup, start.method)]

    @property
    def target_reasons(self) -> list[str]:
        """What the fastest way to an accuracy is made of, and what others cost."""
        if self.target is None:
            return []
        return target_words.reasons(
            self.target, {(own.setup, own.method): own.batch_size for own in self.answer.starts}
        )

    @property
    def without_target(self) -> str | None:
        """Why there is no fastest way to an accuracy, if there could be one."""
        known = self.answer.summary.rounds["dataset_digest"].notna().any()  # the lab report does not say enough
        return targets.missing() if self.target is None and known else None


def find(selected: Selection, question: Question, asked: targets.Question, checked: Check | None = None) -> Findings:
    """Answer both questions. Raises ResultsError and OptionError."""
    found = answer(selected.rounds, question)
    own = targets.answer(found.summary, asked, found.headline.setup, selected.runs)
    over_time = history(found.summary, found.headline.setup)
    return Findings(found, selected.left_out, checked, own, over_time)
