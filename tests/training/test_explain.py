"""The gradient's explanation, and the copy of it that the report's page shows."""

import dataclasses
import json
from importlib.resources import files

import pytest

from lab6.training import explain


def test_the_page_shows_what_the_code_gives_today():
    stored = json.loads((files("lab6.report") / "gradient.json").read_text())
    found = json.loads(json.dumps(dataclasses.asdict(explain.explain_gradient((128,), seed=0))))
    for name in ("code", "examples", "learning_rate", "network"):
        assert stored[name] == found[name], "renew it: lab6 gradient --format json > lab6/report/gradient.json"
    for point, now in zip(stored["descent"], found["descent"], strict=True):
        assert point == pytest.approx(now, rel=1e-3)
    for check, now in zip(stored["checks"], found["checks"], strict=True):
        assert (check["name"], check["shape"]) == (now["name"], now["shape"])
        assert check["compared"] == pytest.approx(now["compared"], abs=5)  # rounding decides which units are just on
        assert 0 < check["error"] < 1e-5
        assert 0 < now["error"] < 1e-5
