import os
import re
import subprocess
import sys

import pytest
from rich.console import Console

from lab6.training import counting
from tests import saved
from tests.check.sides import ACCURACIES

LEVELS = (0.99, 1.0, 1.01, 1.0, 0.995)


def lab6(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    return subprocess.run(
        command, env=os.environ | {"COLUMNS": "80"} | variables, capture_output=True, text=True, timeout=120
    )


def test_help_names_the_commands():
    result = lab6("--help")
    assert result.returncode == 0
    assert "parameters" in result.stdout
    assert "gradient" in result.stdout
    assert "roofline" in result.stdout


def test_version():
    assert re.fullmatch(r"lab6 \d+\.\d+\.\d+\n", lab6("--version").stdout)


def test_parameters_writes_the_arithmetic_out():
    result = lab6("parameters")
    assert result.stderr == ""
    text = " ".join(result.stdout.split())
    assert "784 x 128 + 128 = 100,480" in text
    assert "128 x 10 + 10 = 1,290" in text
    assert "together 101,770" in text


def test_parameters_of_other_hidden_layers(capsys):
    Console(file=sys.stdout, width=80).print(counting.parameters((256, 64)))
    text = " ".join(capsys.readouterr().out.split())
    assert "784 x 256 + 256 = 200,960" in text
    assert "256 x 64 + 64 = 16,448" in text
    assert "together 218,058" in text


def test_gradient_shows_the_code_the_loss_and_the_check_also_without_unicode():
    result = lab6("gradient", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert result.stderr == ""
    assert "gradients = tape.gradient(loss, parameters)" in result.stdout
    losses = [float(loss) for loss in re.findall(r"^ *\d+ +(\d\.\d{3}) +\d\.\d{3} ", result.stdout, re.MULTILINE)]
    assert len(losses) == 11
    assert losses == sorted(losses, reverse=True)
    error = float(re.search(r"Largest relative error: (\S+)", result.stdout)[1])
    assert 0 < error < 1e-5
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_roofline_measures_this_machine_within_80_columns_also_with_programs_kept(tmp_path):
    for _ in ("compiled here", "read from the cache"):
        result = lab6("roofline", "--batch-sizes", "1,60000", LAB6_CACHE_DIR=str(tmp_path), TF_XLA_FLAGS="")
        assert result.returncode == 0
        assert re.fullmatch(r"(NOT QUIET: other programs use [^:]*\n)?", result.stderr)  # of the machine that tests it
    assert any((tmp_path / "programs").rglob("*.*"))
    rows = [line.split() for line in result.stdout.splitlines() if line.strip().startswith(("1 ", "60,000 "))]
    assert [(row[0], row[-1]) for row in rows] == [("1", "bytes"), ("60,000", "arithmetic")]
    assert "GFLOP/s" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_roofline_of_a_device_that_is_not_there_is_one_sentence():
    result = lab6("roofline", "--device", "gpu:99")
    assert result.returncode == 2
    assert result.stdout == ""
    assert re.fullmatch(r"lab6: --device: gpu:99 was asked for, .*\.\n", result.stderr)


@pytest.mark.parametrize("widths", ["0", "-1", "1.5", "abc", "", "128,", "4097"])
def test_a_wrong_width_is_one_sentence(widths):
    result = lab6("parameters", f"--hidden={widths}")
    assert result.returncode == 2
    shown = widths.rpartition(",")[2]
    assert result.stderr == f"lab6: --hidden: {shown!r} is not allowed; give whole numbers from 1 to 4,096.\n"
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["parameters", "gradient"])
def test_an_unknown_keras_backend_is_refused(command):
    result = lab6(command, KERAS_BACKEND="numpy")
    assert result.returncode == 2
    assert result.stderr == "lab6: KERAS_BACKEND: 'numpy' is not known; give one of tensorflow, jax, torch.\n"


def test_a_keras_backend_that_is_not_installed_is_refused(tmp_path):
    """``-S`` and a path of links to all packages but one would be needed to hide it; a finder that denies it does."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'jax' else real(name, package)\n"
    )
    result = lab6("parameters", KERAS_BACKEND="jax", PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert result.stderr == (
        "lab6: KERAS_BACKEND is jax, but JAX is not installed: install lab6[jax], or choose another of tensorflow, "
        "jax, torch.\n"
    )


def test_the_tapes_gradient_needs_tensorflow():
    pytest.importorskip("jax")
    result = lab6("gradient", KERAS_BACKEND="jax")
    assert result.returncode == 2
    assert result.stderr == (
        "lab6: this needs TensorFlow, but KERAS_BACKEND is jax: unset it, or set it to tensorflow.\n"
    )


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder to work in: five runs saved as before, five as again, five as after, half as fast; one of elsewhere."""
    monkeypatch.chdir(tmp_path)
    for place, (name, slower) in enumerate({"before": 1, "again": 1, "after": 2}.items()):
        for number, level in enumerate(LEVELS, 1 + place * len(LEVELS)):
            sizes = {100: ([level * slower * share for share in (0.99, 1, 1.01)], ACCURACIES)}
            content = saved.run(sizes, datetime=f"2026-01-02T03:04:{number:02}+00:00")
            saved.write(tmp_path / "results" / "here" / f"{number:04}_{name}.json", content)
    saved.write(tmp_path / "there.json", saved.run(machine={"label": "there"}))
    return tmp_path


def unread(*arguments: str, stream: str = "stdout") -> tuple[int, str]:
    """The exit code of a command of which nobody reads ``stream``, and what it says on the other one."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    try:
        result = subprocess.run(command, **streams, text=True, timeout=120)
    finally:
        os.close(writer)
    return result.returncode, result.stderr if stream == "stdout" else result.stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("check before again", 0),
        ("check before again --format json", 0),
        ("check before after", 1),
        ("check before after --format junit", 1),
        ("compare results there.json --format markdown", 0),
        ("report results --format json", 0),
        ("combine results --output all.parquet", 0),
        ("parameters", 0),
        ("--help", 0),
    ],
)
def test_a_reader_that_leaves_changes_no_exit_code_and_is_not_remarked_on(runs, command, code):
    assert unread(*command.split()) == (code, "")


def test_a_reader_of_errors_that_leaves_changes_no_exit_code_either(runs):
    assert unread("check", "before", "nothing", stream="stderr") == (2, "")
    assert unread("check", stream="stderr") == (2, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_read_is_whole_and_in_order(runs, unbuffered):
    result = lab6("report", "results", "--format", "csv", PYTHONUNBUFFERED=unbuffered)
    assert result.returncode == 0
    assert result.stdout.count("\n") == 2
    assert lab6("parameters", PYTHONUNBUFFERED=unbuffered).stdout.rstrip().endswith("101,770")


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("check before results", "leave it out"),
        ("compare results", "leave it out"),
        ("report results/here/*_after.json --check-against results", "leave it out"),
        ("report results", "leave it out, or give --skip-bad"),
        ("combine results --output all.parquet", "leave it out, or give --skip-bad"),
    ],
)
def test_a_bad_file_is_named_with_advice_that_the_command_takes(runs, command, advice):
    (runs / "results" / "bad.json").write_text("{")
    result = lab6(*command.split())
    assert result.returncode == 2
    assert re.fullmatch(rf"lab6: results/bad\.json is .*: {advice}\.\n", result.stderr)
    if "--skip-bad" in advice:
        assert lab6(*command.split(), "--skip-bad").returncode == 0
