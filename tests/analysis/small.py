"""Small tidy frames, and what an error of results has to look like."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from lab6.analysis import reading
from lab6.errors import ResultsError


def rounds(*runs: Mapping[str, Any]) -> pd.DataFrame:
    """The tidy frame of ``runs``, contents of files called run-0.json, run-1.json and so on."""
    files = {f"run-{place}.json": json.dumps(run).encode() for place, run in enumerate(runs)}
    return reading.frame([reading.run(name, content) for name, content in files.items()])


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
