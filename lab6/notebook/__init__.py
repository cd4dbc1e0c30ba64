"""The lab in a notebook or a script: measure without pytest, and show the answer in a cell."""

from lab6.notebook.measuring import measure
from lab6.notebook.shown import Shown, answer

__all__ = ["Shown", "answer", "measure"]
