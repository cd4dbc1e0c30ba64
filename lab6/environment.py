"""Environment variables of the processes that are lab6's own: the command and the workers."""

import os

PLAIN_MATPLOTLIB = {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}
"""Matplotlib, which Keras imports too, without the user's backend, which may not be installed here, and settings."""


def xla_programs(folder: str) -> str:
    """The flag in TF_XLA_FLAGS with which TensorFlow keeps its compiled programs in ``folder``, nowhere if empty.

    In quotes, which XLA understands, so that a name with spaces is one flag.
    """
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'--tf_xla_persistent_cache_directory="{quoted}"'
