import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import saved
from tests.check.sides import stored
from tests.program import lab6, program


def test_help_names_the_commands_and_version_the_version():
    result = lab6("--help")
    assert result.returncode == 0
    reading = ("report", "combine", "push", "check", "compare")
    for name in (*reading, "parameters", "gradient", "noise-scale", "roofline", "steps"):
        assert f" {name} " in result.stdout
    assert re.fullmatch(r"lab6 \d+\.\d+\.\d+\n", lab6("--version").stdout)


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ((), ["784 x 128 + 128 = 100,480", "128 x 10 + 10 = 1,290", "together 101,770"]),
        (("--hidden", "256,64"), ["784 x 256 + 256 = 200,960", "256 x 64 + 64 = 16,448", "together 218,058"]),
    ],
)
def test_parameters_writes_the_arithmetic_out(options, lines):
    text = " ".join(lab6("parameters", *options).stdout.split())
    assert [line for line in lines if line not in text] == []


def test_parameters_counts_one_s_own_network_within_80_columns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "counted_sizes.py").write_text("UNITS = 7")
    (tmp_path / "counted_nets.py").write_text(
        "import keras, counted_sizes\n"
        "def mine():\n"
        f"    long = keras.layers.Dense(counted_sizes.UNITS, name='{'long_' * 12}')\n"
        "    return keras.Sequential([keras.Input((5,)), long])\n"
    )
    for place in ("counted_nets.py:mine", "counted_nets:mine"):
        result = lab6("parameters", "--model", place)
        assert (result.returncode, result.stderr) == (0, "")
        assert "5 x 7 + 7 = 42" in " ".join(result.stdout.split())
        assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_gradient_shows_the_code_the_loss_and_the_check_also_without_unicode():
    result = lab6("gradient", "--hidden=8", encoding="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "gradients = tape.gradient(loss, parameters)" in result.stdout
    losses = [float(loss) for loss in re.findall(r"^ *\d+ +(\d\.\d{3}) +\d\.\d{3} ", result.stdout, re.MULTILINE)]
    assert len(losses) == 11
    assert losses == sorted(losses, reverse=True)
    error = float(re.search(r"Largest relative error: (\S+)", result.stdout)[1])
    assert 0 < error < 1e-5
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_roofline_measures_this_machine_within_80_columns_also_with_programs_kept(tmp_path):
    for _ in ("compiled here", "read from the cache"):
        result = program("roofline", "--batch-sizes", "1,60000", LAB6_CACHE_DIR=str(tmp_path), TF_XLA_FLAGS="")
        assert result.returncode == 0
        assert re.fullmatch(r"(NOT QUIET: other programs use [^:]*\n)?", result.stderr)  # of the machine that tests it
    assert any((tmp_path / "programs").rglob("*.*"))
    rows = [line.split() for line in result.stdout.splitlines() if line.strip().startswith(("1 ", "60,000 "))]
    assert [(row[0], row[-1]) for row in rows] == [("1", "bytes"), ("60,000", "arithmetic")]
    assert "GFLOP/s" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


WIDTHS = "is not allowed; give whole numbers from 1 to 4,096"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *((f"parameters --hidden={own}", f"--hidden: '{own}' {WIDTHS}") for own in ("0", "-1", "1.5", "abc", "4097")),
        *((f"parameters --hidden={own}", f"--hidden: '' {WIDTHS}") for own in ("", "128,")),
        ("parameters --hidden 9 --model nets:mine", "--hidden and --model name two networks: give one of them"),
        ("parameters --model nets", "--model: 'nets' names no function; give .*"),
        ("parameters --model no.py:mine", "--model: there is no file no.py; give .*"),
        ("roofline --device gpu:99", "--device: gpu:99 was asked for, .*"),
        ("report --tolerance 2", "--tolerance: .*; give .*"),
        ("report --tolerance lots", "--tolerance: .*; give .*"),
        ("report --budget 0", "--budget: .*; give .*"),
        ("report --budget nan", "--budget: .*; give .*"),
        ("report --accuracy best", "--accuracy: .*; give .*"),
        ("report --format pdf", "--format: .*; give .*"),
        ("report --output=", "--output: .*; give .*"),
        ("compare --output=", "--output: .*; give .*"),
    ],
)
def test_a_wrong_value_is_one_sentence(arguments, message):
    result = lab6(*arguments.split())
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(rf"lab6: {message}\.\n", result.stderr)


@pytest.mark.parametrize(
    ("command", "backend", "message"),
    [
        ("parameters", "numpy", "KERAS_BACKEND: 'numpy' is not known; give one of tensorflow, jax, torch."),
        ("gradient", "numpy", "KERAS_BACKEND: 'numpy' is not known; give one of tensorflow, jax, torch."),
        (
            "parameters",
            "torch",
            "KERAS_BACKEND is torch, but PyTorch is not installed: install lab6[torch], or choose another of "
            "tensorflow, jax, torch.",
        ),
        ("gradient", "jax", "this needs TensorFlow, but KERAS_BACKEND is jax: unset it, or set it to tensorflow."),
    ],
)
def test_a_keras_backend_that_cannot_be_used_is_refused(tmp_path, command, backend, message):
    """A finder denies that PyTorch is installed."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'torch' else real(name, package)\n"
    )
    if backend == "jax":
        pytest.importorskip("jax")
    result = program(command, KERAS_BACKEND=backend, PYTHONPATH=str(tmp_path))
    assert (result.returncode, result.stderr) == (2, f"lab6: {message}\n")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder to work in: five runs saved as before, five as again, five as after, half as fast; one of elsewhere."""
    monkeypatch.chdir(tmp_path)
    stored(tmp_path, before=1, again=1, after=2)
    saved.write(tmp_path / "there.json", saved.run(machine={"label": "there"}))
    return tmp_path


UNREAD = """
import json, os, sys
from lab6.check import command
from lab6.compare import command
from lab6.report import command
from lab6.__main__ import main

stream, *commands = json.loads(sys.argv[1])
for arguments in commands:
    if os.fork() == 0:
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, stream)
        sys.argv[1:] = arguments.split()
        main()
    os.write(3 - stream, b"%d;" % os.waitstatus_to_exitcode(os.wait()[1]))
"""
"""Runs commands, each in a process of its own, and writes their exit codes on the stream that somebody reads."""


def unread(stream: int, *commands: str) -> str:
    """What is written on the other stream while nobody reads ``stream``, exit codes included."""
    script = [sys.executable, "-W", "ignore", "-c", UNREAD, json.dumps([stream, *commands])]
    result = subprocess.run(script, capture_output=True, text=True, timeout=120)
    return result.stderr if stream == 1 else result.stdout


def test_a_reader_that_leaves_changes_no_exit_code_and_is_not_remarked_on(runs):
    codes = {
        "check before again": 0,
        "check before again --format json": 0,
        "check before after": 1,
        "check before after --format junit": 1,
        "compare results there.json --format markdown": 0,
        "report results --format json": 0,
        "combine results --output all.parquet": 0,
        "push shared results": 0,
        "--help": 0,
    }
    assert unread(1, *codes) == "".join(f"{code};" for code in codes.values())
    assert unread(2, "check before nothing", "check") == "2;2;"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_read_is_whole_and_in_order(runs, unbuffered):
    result = program("check", "before", "after", PYTHONUNBUFFERED=unbuffered, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("Regressed: ")
    assert result.stdout.endswith("pytest benchmarks --against REV\n")


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("check before results", "leave it out"),
        ("compare results", "leave it out"),
        ("report results/here/*_after.json --check-against results", "leave it out"),
        ("report results --format json", "leave it out, or give --skip-bad"),
        ("combine results --output all.parquet", "leave it out, or give --skip-bad"),
        ("push shared results", "leave it out, or give --skip-bad"),
    ],
)
def test_a_bad_file_is_named_with_advice_that_the_command_takes(runs, command, advice):
    (runs / "results" / "bad.json").write_text("{")
    result = lab6(*command.split())
    assert result.returncode == 2
    assert re.fullmatch(rf"lab6: results/bad\.json is .*: {advice}\.\n", result.stderr)
    if "--skip-bad" in advice:
        assert lab6(*command.split(), "--skip-bad").returncode == 0


FULL = "lab6: the output cannot be written (No space left on device): write it elsewhere.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        ("--version > /dev/full", 2, FULL),
        ("parameters > /dev/full", 2, FULL),
        ("report there.json > /dev/full", 2, FULL),
        ("report nothing 2> /dev/full", 2, ""),
        ("--version >&-", 0, ""),
        ("parameters <&- >&- 2>&-", 0, ""),
    ],
)
def test_output_that_cannot_be_written_is_one_sentence_and_closed_output_none(runs, command, code, error):
    line = f'"$0" -W ignore -c "from lab6.__main__ import main; main()" {command}'
    result = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (code, "", error)
