"""Small tidy frames, what is made of them, and what an error of results has to look like."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from lab6.errors import ResultsError
from lab6.start.answer import Answer, Question, answer
from lab6.store import lab_report, run, series
from lab6.store.summary import Summary, summarise


def rounds(*runs: Mapping[str, Any], reported: bool = False) -> pd.DataFrame:
    """The tidy frame of ``runs``, contents of files called run-0.json, run-1.json and so on, and of the lab report."""
    files = {f"run-{place}.json": json.dumps(content).encode() for place, content in enumerate(runs)}
    frames = [run.frame([run.read(name, content) for name, content in files.items()])] if runs else []
    return pd.concat([*frames, *([lab_report.rounds()] if reported else [])], ignore_index=True)


def named(*runs: Mapping[str, Any], reported: bool = False) -> pd.DataFrame:
    """The same with the name of each round's series."""
    return series.named(rounds(*runs, reported=reported))


def summarised(*runs: Mapping[str, Any], reported: bool = False) -> Summary:
    """Their summary."""
    return summarise(rounds(*runs, reported=reported))


def answered(*runs: Mapping[str, Any], reported: bool = False, **question: Any) -> Answer:
    """What is judged of them; ``question``: fields of :class:`Question`."""
    return answer(rounds(*runs, reported=reported), Question(**question))


def refusal(action: Callable[[], object], name: str) -> str:
    """The sentence with which ``action`` refuses; it is one line that names the file or place at fault."""
    with pytest.raises(ResultsError) as refused:
        action()
    text = str(refused.value)
    assert name in text
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 400
    return text
