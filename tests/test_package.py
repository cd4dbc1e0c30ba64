import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize("module", ["lab6", "lab6.cli", "lab6.record", "lab6.errors", "lab6.measuring.benchmarks"])
def test_it_imports_no_framework(module):
    code = f"import sys, {module}; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_each_module_says_what_it_is():
    for path in sorted((ROOT / "lab6").rglob("*.py")):
        assert path.read_text().startswith('"""'), path


def test_arrows_run_one_way():
    """What learns knows nothing of what measures it."""
    for path in sorted((ROOT / "lab6" / "training").rglob("*.py")):
        assert "lab6.measuring" not in path.read_text(), path


@pytest.mark.skipif(not TRACKED, reason="needs a git checkout")
def test_the_repository_carries_no_data_set():
    for name in TRACKED:
        assert not re.search(r"\.(npz|npy)$|idx[13]-ubyte", name)
        assert (ROOT / name).stat().st_size < 1_000_000
