"""Frames as CSV."""

import pandas as pd


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV, with empty cells for unknown values.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    texts = frame.select_dtypes(["string", "object"])
    harmless = {name: _harmless(column) for name, column in texts.items()}
    text: str = frame.assign(**harmless).to_csv(index=False, lineterminator="\n")
    return text


def _harmless(column: pd.Series) -> pd.Series:
    formulas = [text for text in column.dropna().unique() if str(text).startswith(("=", "+", "-", "@"))]
    return column.mask(column.isin(formulas), "'" + column) if formulas else column
