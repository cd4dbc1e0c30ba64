"""Environment variables of the processes that are lab6's own: the command and the workers."""

import os

PLAIN_MATPLOTLIB = {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
"""Matplotlib, which Keras imports too, without the user's backend, which may not be installed here, and settings."""
