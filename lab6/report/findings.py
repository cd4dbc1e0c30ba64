"""Everything that a report shows."""

import dataclasses
import functools

from lab6.check.check import Check
from lab6.compare import words as compare_words
from lab6.history.history import History, history
from lab6.render.console import MOST_SHOWN
from lab6.scaling import scaling
from lab6.scaling import words as scaling_words
from lab6.scaling.scaling import Scaling
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

    @functools.cached_property
    def scaling(self) -> Scaling | None:
        """What more threads and workers bring; None if nothing was measured with several numbers of them."""
        return scaling.scale(self.answer.summary)

    @property
    def scaling_shown(self) -> Scaling | None:
        """The same of the machines that tables have room for; of very many, only the answer's or the first."""
        found, own = self.scaling, self.answer.headline.setup
        if found is None or len(found.setups) <= MOST_SHOWN:
            return found
        return found.of(own if own in found.setups else found.setups[0])

    @property
    def scaling_reasons(self) -> list[str]:
        """What more threads and workers bring on the answer's machine."""
        return scaling_words.sentences(self.scaling, self.answer.headline.setup) if self.scaling else []

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
