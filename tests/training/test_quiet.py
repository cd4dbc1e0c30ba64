import os
import subprocess
import sys

import pytest

from lab6.training import quiet

WRITES = """
import os
from lab6.training import quiet
quiet.private = True
os.write(2, b"before\\n")
with quiet.quiet():
    os.write(2, b"noise that is longer than what follows\\n")
    {within}
os.write(2, b"after\\n")
"""


@pytest.mark.parametrize(
    ("within", "left"),
    [("pass", "before\nafter\n"), ("os._exit(1)", "before\nnoise that is longer than what follows\n")],
)
def test_a_worker_s_file_of_errors_keeps_what_is_written_within_only_if_the_process_ends_there(tmp_path, within, left):
    with (tmp_path / "errors").open("w+b") as file:
        subprocess.run(
            [sys.executable, "-c", WRITES.format(within=within)],
            stderr=file,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
            timeout=30,
        )
        file.seek(0)
        assert file.read().decode() == left


def test_another_process_discards_it(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet.quiet():
        os.write(2, b"noise")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
