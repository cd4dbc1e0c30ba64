import pytest

from lab6.measure import follow as module
from lab6.measure.follow import follow
from lab6.measure.planning import Follows
from lab6.measure.process import WorkerError


class Told:
    """A worker of this machine that is the third of its cluster, and ends as ``why`` says."""

    def __init__(self, why: str = "") -> None:
        self.way, self.facts, self.ended = None, {"rank": 2}, False
        self._why = why

    def started(self):
        pass

    def wait(self):
        return self._why

    def end(self):
        self.ended = True


@pytest.fixture
def later(monkeypatch):
    """The workers that are started after the first."""
    made = []
    monkeypatch.setattr(module, "start", lambda way, number: made.append(Told()) or made[-1])
    monkeypatch.setattr(module.platform, "node", lambda: "there")
    return made


def test_a_machine_trains_once_for_each_process_of_the_run(later):
    said, first = [], Told()
    follow(Follows(first), 3, said.append)
    assert said == ["Worker 3 on there trains with the first one, which measures, prints and saves."]
    assert len(later) == 2
    assert all(each.ended for each in (first, *later))


def test_a_worker_that_ends_early_ends_it_in_one_sentence(later):
    first = Told("was killed (SIGKILL)")
    with pytest.raises(WorkerError, match=r"^worker 3 on there was killed \(SIGKILL\): the run has ended; see what"):
        follow(Follows(first), 3, lambda sentence: None)
    assert first.ended
    assert not later
