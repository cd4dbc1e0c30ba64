import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()


READING = [
    "lab6.against",
    "lab6.cli",
    "lab6.record",
    "lab6.report.command",
    "lab6.report.page",
    "lab6.measure.benchmarks",
]
"""With all that these import: the whole reading half, and what pytest loads before it knows what to measure."""


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        (READING, ["tensorflow", "keras", "jax", "torch"]),
        (["lab6", "lab6.against", "lab6.cli", "lab6.measure.benchmarks"], ["pandas", "matplotlib"]),
        (["lab6", "lab6.cli"], ["pandas", "matplotlib", "scipy", "pyarrow", "tensorflow"]),
    ],
)
def test_what_is_not_needed_is_not_imported(modules, absent):
    code = f"import sys, {', '.join(modules)}; print([name for name in {absent} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_each_module_says_what_it_is():
    for path in sorted((ROOT / "lab6").rglob("*.py")):
        assert path.read_text().startswith('"""'), path


QUESTIONS = ("start", "check", "compare", "scaling", "target", "history")


def test_arrows_run_one_way():
    """Training knows nothing of measuring, questions know nothing of each other, and saved runs join the halves."""
    later = {
        "training": ["measure", "store", *QUESTIONS, "render", "report"],
        "measure": ["store", *QUESTIONS, "render", "report"],
        "store": ["training", "measure", *QUESTIONS, "render", "report"],
        "render": ["training", "measure", *QUESTIONS, "report"],
        **{
            own: ["training", "measure", *(other for other in QUESTIONS if other != own), "report"] for own in QUESTIONS
        },
        "report": ["training", "measure"],
    }
    for room, others in later.items():
        for path in sorted((ROOT / "lab6" / room).rglob("*.py")):
            imported = re.findall(r"^\s*(?:from|import) lab6\.(\w+)", path.read_text(), re.MULTILINE)
            assert not set(imported) & set(others), path


def test_only_the_command_line_imports_the_noise_scale():
    for path in sorted((ROOT / "lab6").rglob("*.py")):
        if path.parent.name not in ("noise", "cli"):
            assert "lab6.noise" not in path.read_text(), path


@pytest.mark.skipif(not TRACKED, reason="needs a git checkout")
def test_the_repository_carries_no_data_set():
    for name in TRACKED:
        assert not re.search(r"\.(npz|npy)$|idx[13]-ubyte", name)
        assert (ROOT / name).stat().st_size < 1_000_000


def test_the_classifiers_name_the_versions_of_python_that_are_tested():
    classified = re.findall(r":: Python :: 3\.(\d+)", (ROOT / "pyproject.toml").read_text())
    assert re.findall(r"py3(\d+)", (ROOT / "tox.ini").read_text().partition("env_list")[2]) == classified
