"""Two machines on one: network namespaces that are connected by a cable, with host names of their own."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]
NAMES = ("one", "two")
ADDRESS = "10.213.6.{}"
SECONDS = 60
"""After so long, whatever has not ended hangs."""


class Pytest:
    """``pytest benchmarks`` as a process, with what starts it before it."""

    def __init__(self, folder: Path, *arguments: str, before: tuple[str, ...] = (), **variables: str) -> None:
        """``folder``: gets the results, and what is printed."""
        folder.mkdir(exist_ok=True)
        self.results, self._output = folder / "results", folder / "output"
        common = ("--dataset=digits", "--images=600", "--threads=1")
        saving = ("--benchmark-save=cluster", f"--benchmark-storage={self.results}")
        command = [*before, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *common, *saving, *arguments]
        environment = os.environ | {"KERAS_BACKEND": "jax", "COLUMNS": "400"} | variables
        with self._output.open("w") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    @property
    def printed(self) -> str:
        return self._output.read_text()

    def ended(self) -> int:
        """Its exit code, once it ends."""
        return self.process.wait(SECONDS)

    def saved(self) -> list[dict]:
        """The benchmarks of its file so far; none if there is no file."""
        return [own for path in self.results.rglob("*.json") for own in json.loads(path.read_text())["benchmarks"]]

    def worker(self) -> psutil.Process:
        """Its worker process."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child for child in children if "lab6.measure.worker" in child.cmdline())

    def end(self) -> None:
        """End it with all its processes, whatever they do."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
                process.kill()
        self.process.wait()


def free_port() -> str:
    """A port of this machine that nothing listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def eventually(found: Callable[[], object]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < deadline, "it does not become true"
        time.sleep(0.1)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def machine(namespace: str, name: str, folder: Path) -> tuple[str, ...]:
    """What starts a program on a machine of the namespace, called ``name``; ``folder``: for its list of hosts."""
    hosts = folder / "hosts"
    lines = [f"{ADDRESS.format(number)} {each} lab6-{number - 1}.lab6\n" for number, each in enumerate(NAMES, 1)]
    hosts.write_text("".join(["127.0.0.1 localhost\n", *lines]))
    become = f'hostname {name}; mount --bind "{hosts}" /etc/hosts; exec "$@"'
    return ("ip", "netns", "exec", namespace, "unshare", "--uts", "--mount", "sh", "-c", become, "sh")


@contextlib.contextmanager
def cable() -> Iterator[list[str]]:
    """Two namespaces with a cable between them, at ADDRESS with 1 and 2; skips where they cannot be made."""
    if missing := [name for name in ("ip", "unshare", "hostname") if shutil.which(name) is None]:
        pytest.skip(f"needs {missing[0]} (iproute2, util-linux, hostname)")
    made = [f"lab6-{os.getpid()}-{name}" for name in NAMES]
    try:
        try:
            _connect(made)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces cannot be made here: {error.stderr.strip()}")
        yield made
    finally:
        for namespace in made:
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)


def _connect(namespaces: list[str]) -> None:
    for namespace in namespaces:
        _ip("netns", "add", namespace)
    one, two = namespaces
    _ip("link", "add", "cable", "netns", one, "type", "veth", "peer", "name", "cable", "netns", two)
    for number, namespace in enumerate(namespaces, 1):
        _ip("-n", namespace, "address", "add", ADDRESS.format(number) + "/24", "dev", "cable")
        for device in ("cable", "lo"):
            _ip("-n", namespace, "link", "set", device, "up")


def cut(namespace: str) -> None:
    """Cut the cable at this end."""
    _ip("-n", namespace, "link", "set", "cable", "down")
