"""The flags that lab6 gives to XLA, the compiler of TensorFlow and JAX."""

import os

from lab6.training.backends import processors

ONE_AFTER_THE_OTHER = "--xla_cpu_enable_concurrency_optimized_scheduler=false"
"""For CPUs: run one operation at a time, since each uses all cores by itself."""

WIDEST_VECTORS = "--xla_cpu_prefer_vector_width=512"
"""For AMD's processors, which this makes faster at small minibatches; Intel's become slower. XLA's default is 256 bits.
See docs/performance.md for the effect of each flag.
"""


def set_flags() -> None:
    """Add to XLA_FLAGS the flags that the user has not set. Call this before TensorFlow or JAX is imported."""
    own = os.environ.get("XLA_FLAGS", "")
    ours = [ONE_AFTER_THE_OTHER, *([WIDEST_VECTORS] if processors.of_amd() else [])]
    if own and not own.lstrip().startswith("-"):
        return  # the name of a file of flags
    added = [flag for flag in ours if flag.partition("=")[0] not in own]
    os.environ["XLA_FLAGS"] = " ".join([own, *added]).strip()
