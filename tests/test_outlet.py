import errno
import io
import os
import sys
from pathlib import Path

import pytest

from lab6.outlet import outlet, trouble

FULL = Path("/dev/full")


def test_what_can_be_written_is_written(tmp_path):
    with (tmp_path / "file").open("w", encoding="utf-8") as file:
        stream = outlet(file)
        stream.write("ä")
        assert trouble(stream) == ""
    assert (tmp_path / "file").read_text(encoding="utf-8") == "ä"


def test_a_reader_who_has_left_is_no_trouble():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        stream = outlet(pipe)
        stream.write("unread")
        assert trouble(stream) == ""


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_is_reported_once_and_raises_nothing():
    with FULL.open("w") as full:
        stream = outlet(full)
        print("much " * 10_000, file=stream, flush=True)
        assert trouble(stream) == os.strerror(errno.ENOSPC)


def test_a_closed_stream_becomes_one_that_drops_everything():
    with outlet(None) as stream:
        stream.write("nobody")
        assert trouble(stream) == ""
        assert stream.fileno() > sys.__stderr__.fileno()


def test_a_stream_of_a_test_stays_as_it_is():
    stream = io.StringIO()
    assert outlet(stream) is stream
    assert trouble(stream) == ""


def test_characters_that_an_encoding_lacks_are_replaced(tmp_path):
    with (tmp_path / "file").open("w", encoding="ascii") as file:
        stream = outlet(file, "replace")
        stream.write("1.0±0.1")
        stream.flush()
    assert (tmp_path / "file").read_text() == "1.0?0.1"
