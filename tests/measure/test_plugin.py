"""The plugin in unusual places: output that cannot be written. Workers are fake."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import projects
from tests.projects import SMALL


@pytest.fixture(scope="module")
def pretended(tmp_path_factory, digits):
    return projects.with_fake_workers(projects.with_source(tmp_path_factory.mktemp("pretended")))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("redirected", "code", "error"),
    [
        ("> /dev/full", 2, "ERROR: the output cannot be written (No space left on device): write it elsewhere.\n"),
        (">&- 2>&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_a_run_whose_output_cannot_be_written_is_saved(pretended, redirected, code, error):
    before = projects.saved(pretended)
    line = f'{{ "$0" -m pytest benchmarks --benchmark-save {" ".join(SMALL)}; echo $? > code; }} {redirected}'
    command = ["sh", "-c", line, sys.executable]
    result = subprocess.run(
        command, cwd=pretended, env=projects.environment(), capture_output=True, text=True, timeout=120
    )
    assert ((pretended / "code").read_text(), result.stderr) == (f"{code}\n", error)
    assert len(projects.saved(pretended)) == len(before) + 1
