"""The fastest way to an accuracy for JSON."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from lab6.render.table import records
from lab6.store.series import SERIES
from lab6.target import words
from lab6.target.answer import Answer


def document(answer: Answer, reasons: Sequence[str]) -> dict[str, Any]:
    """The answer as values for JSON, None for unknown ones. Times in seconds, accuracies from 0 to 1."""
    return {
        "target": answer.target,
        "answer": words.headline(answer),
        "reasons": list(reasons),
        "steps_from": answer.table.source.name,
        "series": [
            {
                "setup": own.setup,
                "method": own.method,
                "fastest": own.batch_size if own.choices > 1 else None,
                "share_of_draws": own.share,
                "not_distinguished_from": list(own.rivals),
                "sizes": records(answer.of(own), leave_out=SERIES),
            }
            for own in answer.fastest
        ],
        "trade": dataclasses.asdict(answer.trade) if answer.trade else None,
        "runs": records(answer.runs),
    }
