import pytest

from lab6.probe import probe


@pytest.mark.parametrize("error", [OSError(13, "closed"), KeyError("uid"), RuntimeError("no home"), ValueError("auto")])
def test_a_question_that_fails_has_an_unknown_answer(error):
    @probe(None)
    def ask() -> int:
        raise error

    assert ask() is None


def test_an_answer_stays_as_it_is_and_an_interruption_is_none():
    @probe("unknown")
    def ask(number: int) -> int:
        if number:
            raise KeyboardInterrupt
        return number

    assert ask(0) == 0
    with pytest.raises(KeyboardInterrupt):
        ask(number=1)
