"""The numbers of the lab's own report: five minibatch sizes, timed once by hand on a machine that it does not name."""

from importlib.resources import files

import pandas as pd

from lab6.store import columns

NAME = "lab-report"
"""The report's name among places of results."""

MACHINE = "lab report"
"""Stands for the machine, which is not known."""


def rounds() -> pd.DataFrame:
    """The report's rows: seconds and training accuracy of one epoch of the 784-128-10 network on MNIST.

    What the report does not say is missing: machine, engine, optimizer, test accuracy, seeds.
    """
    with (files("lab6.store") / "lab_report.csv").open() as file:
        reported = pd.read_csv(file)
    known = {
        "source": NAME,
        "run": NAME,
        "unfinished": False,
        "machine": MACHINE,
        "dataset": "mnist",
        "training_images": 60_000,
        "network": "784-128-10",
    }
    steps = -(-60_000 // reported["batch_size"])
    return columns.frame(reported.assign(steps_per_epoch=steps, round=0, process=1, **known).to_dict("records"))
