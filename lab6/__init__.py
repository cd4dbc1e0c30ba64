"""lab6: which minibatch size gives the most accuracy for the time spent, on this machine?

It times a full training epoch for each minibatch size, of the 784-128-10 network on MNIST or of any Keras model on any
images, and reports each time together with the accuracy reached. Dependencies point one way:

    training/ -> measure/ -> results/*.json -> store/ -> start/ check/ compare/ ... -> report/ -> cli
    learns       times it    the interface     reads it  a folder a question           the page

``training``
    The data sets, the lab's network and one's own, the lab's gradient descent with a tape, the frameworks below Keras
    (``backends``), and the engines: the ways to train one epoch (``compiled``, ``fit``, ``tape``, ``fused``).
``measure``
    The pytest plugin behind ``pytest benchmarks`` and other projects' benchmarks, and its worker processes: options,
    the clock around the epoch and around training to an accuracy, turns and duets, the terminal and the saved files;
    ``search``: how many steps an accuracy takes (``lab6 steps``).
``store``
    Saved runs as one tidy frame, a row a round; what may be compared with what; the summary of a series; and the same
    without names, for strangers (``public``).
``start``
    Which minibatch size to start with: the rule, the answer, its words, tables and pictures.
``check``
    Whether other code is slower or learns less, from duets and from saved runs.
``compare``
    How much faster one machine is than another, and what explains it.
``scaling``
    What more threads and more workers bring, and from which minibatch size on.
``target``
    The fastest way to an accuracy: steps to it, from a table of trials, x the seconds of a step measured here.
``history``
    One machine over months: since when it is slower or faster, and what changed then.
``render``
    Numbers, tables, terminal, Markdown and the style of pictures, for all of these; it knows none of them.
``report``
    The page, which puts both answers, the comparison and a check together, and its other formats.
``record``, ``trials``, ``fields``, ``settings``, ``disturbance``, ``limit``, ``values``, ``paths``, ``folders``,
``place``, ``errors``, ``probe``, ``terminal_table``, ``outlet``
    Shared by both halves: the fields of a saved benchmark and of a table of trials, the environment variables that
    change what is measured, the rule for disturbed rounds, the least time of an epoch, values, paths and functions from
    a command line, the folders that workers import from, errors, each one sentence, questions to the system that may
    have no answer, tables in a terminal, and standard output.
``noise``
    ``lab6 noise-scale``: up to which minibatch size larger ones save steps, from gradients along training; its command
    uses both halves.
``notebook``
    ``lab6.measure(...)`` and ``lab6.answer(...)``, for notebooks and scripts; it uses both halves.
``push``
    ``lab6 push``: saved runs into a data set that many share.
``against``, ``plugin``, ``cli``, ``__main__``
    Others that use both halves: verdicts at the end of ``pytest benchmarks``, the plugin that other projects load, and
    the ``lab6`` command.

Only worker processes and the commands ``parameters``, ``gradient``, ``noise-scale`` and ``roofline`` import Keras. From
Python, ``lab6.load(...)`` returns saved runs as the tidy frame, ``lab6.measure(...)`` measures and returns the same,
``lab6.answer(...)`` shows the answer, ``lab6.summarise(...)`` its summary, and ``lab6.save(...)`` writes an archive.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab6.notebook import answer, measure
    from lab6.store.load import load, save
    from lab6.store.summary import summarise

__version__ = "0.1.0"
__all__ = ["__version__", "answer", "load", "measure", "save", "summarise"]

_PLACES = {
    "answer": "lab6.notebook",
    "load": "lab6.store.load",
    "save": "lab6.store.load",
    "summarise": "lab6.store.summary",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used, so that importing lab6 itself imports nothing heavy."""
    if name == "measure":
        return importlib.import_module("lab6.measure")  # a package that can be called
    if name not in _PLACES:
        raise AttributeError(f"module 'lab6' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
