"""Workers that train together on JAX, each a process on this machine, for tests: ``python -m`` this is one of them."""

import functools
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]

SECONDS = 300
"""After which workers that wait for each other are ended."""


@functools.cache
def answers(place: str, workers: int) -> list[Any]:
    """What the function at ``place`` (``package.module:function``) returns in each of the workers, by rank.

    It takes no arguments, and what it returns passes through JSON. A single worker trains alone. Asked again, nothing
    is trained again.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "NPROC": "1"}
    with ExitStack() as files:
        outputs = [[files.enter_context(tempfile.TemporaryFile("w+")) for _ in "12"] for _ in range(workers)]
        started = [
            subprocess.Popen(
                [sys.executable, "-m", __name__, place, str(rank), str(workers), address],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=errors,
            )
            for rank, (output, errors) in enumerate(outputs)
        ]
        try:
            codes = _codes(started)
        finally:
            for each in started:
                each.kill()
                each.wait()
        for output, errors in outputs:
            output.seek(0), errors.seek(0)
        assert codes == [0] * workers, "\n".join(errors.read()[-3000:] for _, errors in outputs)
        return [json.loads(output.read().splitlines()[-1]) for output, _ in outputs]


def _codes(started: "list[subprocess.Popen[bytes]]") -> list[int | None]:
    """The exit codes of all, or those so far when one has failed or it takes too long."""
    deadline = time.monotonic() + SECONDS
    while None in (codes := [each.poll() for each in started]) and not any(codes) and time.monotonic() < deadline:
        time.sleep(0.1)
    return codes


def assert_all_learned(together: list[dict[str, Any]], alone: dict[str, Any]) -> None:
    """That each worker learned what one alone has learned, up to rounding; see :func:`epochs.epoch`."""
    for each in together:
        assert each["loss"] == pytest.approx(alone["loss"], rel=1e-5)
        assert (each["accuracy"], each["test"]) == pytest.approx((alone["accuracy"], alone["test"]), abs=1.5 / 240)
        for ours, theirs in zip(each["variables"], alone["variables"], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def main(place: str, rank: str, workers: str, address: str) -> None:
    """Join the others, and print what the function returns."""
    if int(workers) > 1:
        from lab6.training import together

        together.join("jax", together.Seat(60.0, int(rank), int(workers), address))
    try:
        print(json.dumps(pkgutil.resolve_name(place)()), flush=True)
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # at the usual end it would wait for the others


if __name__ == "__main__":
    main(*sys.argv[1:])
