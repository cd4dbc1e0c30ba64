"""Download MNIST within a time limit, from the first mirror that answers."""

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pooch
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lab6.errors import DataError

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
"""Time limits for a connection, and for a silence in the middle of a file."""

_CHUNK_BYTES = 65_536


@dataclasses.dataclass(frozen=True)
class Mirror:
    """A place that serves MNIST: its address, and its files with the digest that pooch checks each by."""

    address: str
    files: Mapping[str, str]


_IDX_FILES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}

MIRRORS = (
    Mirror(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
        {"mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
    ),
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist", _IDX_FILES),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist", _IDX_FILES),
)


def download(folder: Path, seconds: float, mirrors: Sequence[Mirror] = MIRRORS) -> None:
    """Put MNIST's files into ``folder``; return within ``seconds`` whatever the network does.

    The work goes on in a thread of its own, because nothing else bounds the time that a name look-up takes; past the
    limit that thread ends at its next byte and writes nothing.
    Raises DataError, with the reason, when no mirror delivered in time.
    """
    attempt = _Attempt()
    worker = threading.Thread(target=attempt.run, args=(folder, mirrors), daemon=True)
    with _progress_bar() as bar:
        attempt.bar = bar
        worker.start()
        worker.join(seconds)
        attempt.late = worker.is_alive()
    if attempt.late:
        raise DataError(f"no mirror delivered MNIST within {seconds:g} s")
    if reasons := dict.fromkeys(attempt.failures):
        raise DataError(f"{len(attempt.failures)} mirrors failed: {', '.join(reasons)}")
    if not attempt.done:
        raise DataError("the download ended early")


class _Late(Exception):
    """Ends a download that has outlived its time limit."""


class _Attempt:
    """One pass over the mirrors, and the progress bar that pooch drives."""

    def __init__(self) -> None:
        self.late = False
        self.done = False
        self.failures: list[str] = []
        self.bar: Progress | None = None
        self.total = 0  # bytes of the present file; set by pooch

    def run(self, folder: Path, mirrors: Sequence[Mirror]) -> None:
        """Try one mirror after the other until one has delivered every file."""
        pooch.get_logger().setLevel(logging.WARNING)
        for mirror in mirrors:
            try:
                for name, known_hash in mirror.files.items():
                    self._retrieve(folder, mirror, name, known_hash)
            except _Late:
                return
            except (OSError, ValueError, requests.RequestException) as error:
                self.failures.append(_reason(error))
            else:
                self.failures.clear()
                self.done = True
                return

    def _retrieve(self, folder: Path, mirror: Mirror, name: str, known_hash: str) -> None:
        if self.late:
            raise _Late
        self.task = self.bar.add_task(name, total=None) if self.bar else None
        downloader = pooch.HTTPDownloader(
            progressbar=self, chunk_size=_CHUNK_BYTES, timeout=(CONNECT_SECONDS, READ_SECONDS)
        )
        pooch.retrieve(f"{mirror.address}/{name}", known_hash, fname=name, path=folder, downloader=downloader)

    # What pooch asks of a progress bar:

    def update(self, count: int) -> None:
        """Note ``count`` more bytes; raises _Late when nobody waits for them any more."""
        if self.late:
            raise _Late
        if self.bar and self.task is not None:
            self.bar.update(self.task, advance=count, total=self.total or None)

    def reset(self) -> None:
        if self.bar and self.task is not None:
            self.bar.reset(self.task)

    def close(self) -> None:
        """Nothing to do: the bar closes with its context."""


@contextlib.contextmanager
def _progress_bar() -> Iterator[Progress]:
    columns = (
        TextColumn("Downloading MNIST: {task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print("Downloading MNIST ...")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress


def _reason(error: Exception) -> str:
    """A failure in a few words; the library's own text repeats addresses over several lines."""
    match error:
        case requests.HTTPError(response=requests.Response() as response):
            return f"status {response.status_code}"
        case requests.Timeout():
            return "no answer in time"
        case requests.ConnectionError():
            return "no connection"
        case requests.RequestException():
            return type(error).__name__
        case ValueError():
            return "wrong digest"
        case OSError(strerror=str() as text, filename=path) if path:
            return f"{path}: {text}"
    return str(error)
