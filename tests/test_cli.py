import os
import re
import subprocess
import sys

import pytest
from rich.console import Console

from lab6.training import explain


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
    Console(file=sys.stdout, width=80).print(explain.parameters((256, 64)))
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


@pytest.mark.parametrize("widths", ["0", "-1", "1.5", "abc", "", "128,", "4097"])
def test_a_wrong_width_is_one_sentence(widths):
    result = lab6("parameters", f"--hidden={widths}")
    assert result.returncode == 2
    shown = widths.rpartition(",")[2]
    assert result.stderr == f"lab6: --hidden: {shown!r} is not allowed; give whole numbers from 1 to 4,096.\n"
    assert result.stdout == ""


def test_another_keras_backend_is_refused():
    result = lab6("parameters", KERAS_BACKEND="jax")
    assert result.returncode == 2
    assert result.stderr == (
        "lab6: KERAS_BACKEND is 'jax', but this version of lab6 trains with tensorflow: "
        "unset it, or set it to tensorflow.\n"
    )
