import contextlib
import hashlib
import http.server
import socket
import threading
import time

import pytest

from lab6.errors import DataError
from lab6.training.datasets.download import MIRRORS, Mirrors, download

CONTENT = bytes(range(256)) * 1_000
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves /good/*, half of /half/*, /slow/* within 1.6 s, and 404 elsewhere."""

    def do_GET(self):
        kind = self.path.split("/")[1]
        if kind not in ("good", "half", "slow"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(CONTENT) // (2 if kind == "half" else 1), 16_000):
                self.wfile.write(CONTENT[start : start + 16_000])
                time.sleep(0.1 if kind == "slow" else 0)

    def log_message(self, *_):
        """Keep the tests' output clean."""


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def mirrors(*addresses: str, known_hash: str = SHA256) -> Mirrors:
    return {address: {"a.bin": known_hash, "b.bin": known_hash} for address in addresses}


def test_it_puts_a_mirrors_files_into_the_folder(server, tmp_path):
    download(tmp_path / "new", 10, mirrors(f"{server}/good"))
    found = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    assert found == {"a.bin": CONTENT, "b.bin": CONTENT}


def test_it_goes_on_to_the_next_mirror(server, closed_port, tmp_path):
    download(tmp_path, 20, mirrors(closed_port, f"{server}/missing", f"{server}/half", f"{server}/good"))
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_it_says_why_every_mirror_failed(server, closed_port, tmp_path):
    wrong = mirrors(f"{server}/good", known_hash=f"sha256:{'0' * 64}")
    with pytest.raises(DataError, match="every mirror failed: no connection, status 404, wrong digest"):
        download(tmp_path, 20, mirrors(closed_port, f"{server}/missing") | wrong)
    assert not list(tmp_path.iterdir())


def test_a_slow_mirror_is_left_when_the_time_is_up_and_leaves_no_file(server, tmp_path):
    start = time.monotonic()
    with pytest.raises(DataError, match=r"no mirror delivered MNIST within 0\.5 s"):
        download(tmp_path, 0.5, mirrors(f"{server}/slow"))
    while list(tmp_path.iterdir()):
        assert time.monotonic() - start < 5
        time.sleep(0.05)


def test_a_server_that_never_answers_is_left_when_the_time_is_up(tmp_path):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # the system accepts connections, and nothing answers
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(DataError, match=r"within 0\.5 s"):
            download(tmp_path, 0.5, mirrors(*(f"{address}/{number}" for number in range(10))))
        assert time.monotonic() - start < 5


def test_a_folder_that_cannot_be_written_is_an_error_like_others(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match="every mirror failed: .*file"):
        download(tmp_path / "file", 10, mirrors(f"{server}/good"))


def test_an_invalid_proxy_is_not_reported_as_a_wrong_digest(server, tmp_path, monkeypatch):
    for name, value in {"http_proxy": "nonsense://", "no_proxy": ""}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.upper(), value)
    with pytest.raises(DataError, match="every mirror failed: (?!wrong digest)"):
        download(tmp_path, 10, mirrors(f"{server}/good"))


def test_there_is_more_than_one_mirror_and_every_file_has_a_digest():
    assert len(MIRRORS) >= 2
    for address, files in MIRRORS.items():
        assert address.startswith("https://")
        assert all(known.partition(":")[0] in ("sha256", "md5") and len(known) > 35 for known in files.values())
