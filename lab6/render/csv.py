"""Frames as CSV."""

import pandas as pd


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV, with empty cells for unknown values.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    texts = frame.select_dtypes(["string", "object"])
    harmless = texts.where(~texts.apply(lambda column: column.str.match(r"[=+\-@]").fillna(False)), "'" + texts)
    text: str = frame.assign(**harmless).to_csv(index=False, lineterminator="\n")
    return text
