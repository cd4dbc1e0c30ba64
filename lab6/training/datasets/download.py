"""Download MNIST within a time limit, from the first mirror that delivers it."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import pooch
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lab6.errors import DataError

TIMEOUTS = (3.0, 10.0)
"""Seconds to wait for a connection, and for the next bytes of a file."""

_CHUNK_BYTES = 65_536

Mirrors = Mapping[str, Mapping[str, str]]
"""The files that each address serves, with the digest that pooch checks each by."""

_IDX_FILES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}

MIRRORS: Mirrors = {
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets": {
        "mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
    },
    "https://ossci-datasets.s3.amazonaws.com/mnist": _IDX_FILES,
    "https://storage.googleapis.com/cvdf-datasets/mnist": _IDX_FILES,
}


def download(folder: Path, seconds: float, mirrors: Mirrors = MIRRORS) -> None:
    """Put MNIST's files into ``folder``; return within ``seconds`` even if the network hangs.

    The work runs in a thread, because nothing else bounds the time of a name look-up. After the limit, the thread ends
    when its next bytes arrive, and leaves no file.
    Raises DataError, with the reason, if no mirror delivered in time.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print("Downloading MNIST ...")
    columns = TextColumn("Downloading MNIST: {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        attempt = _Attempt(folder, mirrors, bar)
        attempt.start()
        attempt.join(seconds)
        attempt.late = attempt.is_alive()
    if attempt.late:
        raise DataError(f"no mirror delivered MNIST within {seconds:g} s")
    if attempt.failures:
        raise DataError(f"every mirror failed: {', '.join(dict.fromkeys(attempt.failures))}")


class _Attempt(threading.Thread):
    """Tries one mirror after another until one has delivered every file; pooch's progress bar for this."""

    def __init__(self, folder: Path, mirrors: Mirrors, bar: Progress) -> None:
        super().__init__(daemon=True)
        self.folder, self.mirrors, self.bar = folder, mirrors, bar
        self.late = False
        self.failures: list[str] = []
        self.total = 0  # bytes of the current file; set by pooch

    def run(self) -> None:
        pooch.get_logger().setLevel(logging.WARNING)
        downloader = pooch.HTTPDownloader(progressbar=self, chunk_size=_CHUNK_BYTES, timeout=TIMEOUTS)
        for address, files in self.mirrors.items():
            try:
                for name, known_hash in files.items():
                    if self.late:
                        return
                    self.task = self.bar.add_task(name, total=None)
                    pooch.retrieve(f"{address}/{name}", known_hash, name, self.folder, downloader=downloader)
            except Exception as error:
                self.failures.append(_reason(error))
            else:
                self.failures.clear()
                return

    # The methods that pooch calls on a progress bar:

    def update(self, count: int) -> None:
        """Show ``count`` more bytes; raise TimeoutError, which ends the download, after the time limit."""
        if self.late:
            raise TimeoutError
        self.bar.update(self.task, advance=count, total=self.total or None)

    def reset(self) -> None:
        self.bar.reset(self.task)

    def close(self) -> None:
        """Do nothing: the bar closes with its context."""


def _reason(error: Exception) -> str:
    """A failure in a few words; the library's own text repeats addresses over several lines."""
    match error:
        case requests.HTTPError(response=requests.Response() as response):
            return f"status {response.status_code}"
        case requests.ConnectionError():
            return "no connection"
        case requests.RequestException():
            return type(error).__name__
        case ValueError():
            return "wrong digest"
    return str(error)
