"""The commands of README and docs run, and their figures are those of the committed results.

``python -m tests.test_readme`` prints the tables of results as they should stand there.
"""

import functools
import io
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import typer

from lab6 import cli
from lab6.measure.options import HELP
from lab6.render.csv import csv
from lab6.render.numbers import change, listed, plain_seconds
from lab6.report.findings import Findings, find
from lab6.start.answer import Question
from lab6.store.selection import select
from lab6.target import answer as targets
from tests.program import lab6
from tests.projects import environment, with_fake_workers, with_source
from tests.samples import pictures, selected
from tests.test_duets import committed
from tests.trial_tables import table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SHOWING = ("report", "target", "noise-scale", "check", "compare", "scaling", "history", "store")
NAMES = ("measure", "own", "notebook", *SHOWING, "peers")
PAGES = [README, *((ROOT / "docs" / f"{name}.md").read_text() for name in NAMES)]
"""README, and the pages that it leads to."""


def commands() -> list[str]:
    """What a reader is told to type, each once, but for what sets up."""
    blocks = [block for page in PAGES for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL)]
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    typed = [line.removeprefix("$ ").split("  #")[0] for line in lines]
    return [command for command in dict.fromkeys(typed) if command.split()[0] in ("pytest", "lab6", "pytest-benchmark")]


def results_table() -> list[str]:
    """README's table of results, from the committed runs."""
    rows = selected(str(ROOT / "results" / "amd-epyc-2-cores")).answer.summary.sizes.set_index(["batch_size", "method"])
    lines = [
        "| minibatch size | updates | `fused` | `compiled` | Keras `fit` | eager `tape` "
        "| training accuracy | test accuracy |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size in sorted(set(rows.index.get_level_values("batch_size"))):
        of_size = rows.loc[size]
        own = of_size.loc["compiled"]
        seconds = of_size["seconds"].reindex(["fused", "compiled", "fit", "tape"])
        times = " | ".join("not run" if math.isnan(each) else f"{each:#.3g}".rstrip(".") + " s" for each in seconds)
        accuracies = f"{own['training_accuracy']:.3f} | {own['test_accuracy']:.3f}"
        lines.append(f"| {size:,} | {own['steps_per_epoch']:,} | {times} | {accuracies} |")
    return lines


def test_the_table_of_results_is_that_of_the_committed_runs():
    assert "\n".join(results_table()) in README


@functools.cache
def second_answer() -> Findings:
    """What the committed runs say of the fastest way to an accuracy."""
    return find(select((str(ROOT / "results" / "amd-epyc-2-cores"),)), Question(), targets.Question())


def measured_table() -> list[str]:
    """Real runs to 97% beside what was predicted, a row a minibatch size."""
    runs = second_answer().target.runs
    own = runs[(runs["target"] == 0.97) & (runs["method"] != "fit")]
    lines = [
        "| minibatch size | `fused` | predicted | reached | `compiled` | predicted | reached |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size, both in own.groupby("batch_size"):
        cells = []
        for method in ("fused", "compiled"):
            row = both.set_index("method").loc[method]
            predicted = f"{plain_seconds(row['predicted'])} s ({change(row['off'])})"
            cells += [f"{plain_seconds(row['seconds'])} s", predicted, f"{row['reached']} of {row['runs']}"]
        lines.append(f"| {size:,} | {' | '.join(cells)} |")
    return lines


def test_the_runs_to_an_accuracy_are_those_of_the_committed_runs():
    assert "\n".join(measured_table()) in (ROOT / "docs" / "target.md").read_text()


def test_the_fastest_way_to_97_percent_is_what_the_committed_runs_say():
    found = second_answer().target
    fastest, runs = found.headline, found.runs.set_index(["method", "batch_size", "target"])["seconds"]
    text = " ".join(README.split())
    size, setting = fastest.batch_size, found.chosen(fastest)
    measured, keras = runs[fastest.method, size, 0.97], runs["fit", 32, 0.97]
    assert f"97% is minibatch size {size}** ({listed(fastest.rivals)} cannot be distinguished from it)" in text
    assert f"of {setting['learning_rate']:g} that decays linearly to 0 over {setting['decay_steps']:.0f} steps" in text
    assert f"`{fastest.method}` was predicted to take {fastest.seconds:.3f} s, and took {measured:.3f} s" in text
    assert f"took {keras:.1f} s, {keras / measured:.0f} times as long" in text


def test_the_table_of_the_convolutional_network_is_that_of_its_runs():
    """What is missing there says why."""
    rows = selected(str(ROOT / "docs" / "convnet" / "amd-epyc-2-cores")).answer.summary.sizes
    text = (ROOT / "docs" / "own.md").read_text()
    for size, own in rows.groupby("batch_size"):
        ways = own.set_index("method")["seconds"]
        cells = [cell.strip() for cell in re.search(rf"^\| {size:,} \|(.*)\|$", text, re.MULTILINE)[1].split("|")]
        methods = [f"{engine} ({backend})" for backend in ("TensorFlow", "JAX") for engine in ("compiled", "fit")]
        shown = [
            f"{ways[method]:.3g} s" if method in ways else cell for method, cell in zip(methods, cells, strict=False)
        ]
        assert cells == [*shown, f"{own['test_accuracy'].iloc[0]:.3f}"]


def side_by_side() -> list[str]:
    """The tables of ways to train, from the committed runs."""
    page = printed("lab6 report docs/peers --format markdown")
    sections = [part.split("\n\n") for part in page.split("### ") if part.startswith("Side by side")]
    return [table for _, table, *_ in sections]


def test_the_ways_to_train_stand_side_by_side_as_the_report_has_them(monkeypatch):
    monkeypatch.chdir(ROOT)
    speed, accuracy = side_by_side()
    assert speed in "\n".join(PAGES)
    assert accuracy in "\n".join(PAGES)


def options_of(command: str) -> list[str]:
    """The options of a command of lab6."""
    parameters = typer.main.get_command(cli.app).commands[command].params
    return [name for parameter in parameters for name in parameter.opts if name.startswith("--")]


def test_every_option_is_described():
    names = [
        *HELP,
        *options_of("report"),
        *options_of("check"),
        *options_of("push"),
        *options_of("noise-scale"),
        *options_of("steps"),
    ]
    assert len(names) > len(HELP) + 10
    assert [name for name in names if f"`{name}" not in "\n".join(PAGES)] == []


PICTURES = ("throughput-accuracy", "time-to-target", "steps-to-target", "steps-images")


def test_the_pictures_are_those_of_the_committed_runs():
    found = second_answer()
    for picture in (pictures(found)[name] for name in PICTURES):
        drawn = pd.read_csv(ROOT / "docs" / f"{picture.name}.csv")
        pd.testing.assert_frame_equal(drawn, pd.read_csv(io.StringIO(csv(picture.data))))


SHOWN = re.compile(r"```console\n\$ (lab6 (?:check|compare) [^\n]*)\n(?!```)(.+?)```", re.DOTALL)
"""A command with the output that a page shows of it."""


def printed(command: str) -> str:
    """What a command prints in a terminal of 80 columns."""
    result = lab6(*shlex.split(command)[1:])
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    return "\n".join(lines).strip() + "\n" + result.stderr


def with_results(folder: Path) -> Path:
    """The folder with the results that the commands read."""
    for name in ("results", "docs", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_the_output_that_is_shown_is_what_the_commands_print(tmp_path, monkeypatch):
    monkeypatch.chdir(with_results(tmp_path))
    shown = SHOWN.findall("\n".join(PAGES))
    assert len(shown) == 2
    for command, output in shown:
        assert printed(command) == output


def test_the_set_up_commands_are_one_line_each():
    first, second = re.findall(r"^(python3 -m venv .*)$", README, re.MULTILINE)[:2]
    assert first.endswith("/pytest benchmarks --benchmark-save && .venv/bin/lab6 report")
    assert second.endswith("/pytest")


RUN_ALL = """
import gc, json, shlex, subprocess, sys
import pytest
from lab6 import cli

for command in json.loads(sys.argv[1]):
    program, *arguments = shlex.split(command)
    print("$", command, flush=True)
    gc.freeze()  # or pytest would collect garbage for long
    if program == "pytest":
        code = int(pytest.main(arguments))
    elif program == "lab6":
        if arguments[0] == "noise-scale":
            arguments += ["--dataset", "digits", "--images", "100", "--batch-size", "50", "--seeds", "1"]
        code = cli.app(arguments, standalone_mode=False) or 0
    else:
        code = subprocess.run(command, shell=True).returncode
    if code not in ((0, 1) if "check" in command or "against" in command else (0,)):  # so little work can be slower
        sys.exit(f"{command} ended with {code}")
"""
"""Runs commands in one process."""


def test_every_command_runs_in_its_order(tmp_path, digits):
    """On small data, with workers that train nothing; if a command names a number or a size, that is what runs."""
    folder = with_results(committed(with_fake_workers(with_source(tmp_path))))
    table(folder, digits.digest, steps={16: 20, 32: 10, 64: 10, 100: 10}, targets=(0.97, 0.98, 0.99))
    variables = environment(
        PYTEST_ADDOPTS="--dataset digits --devices cpu --images 200 --batch-sizes 100 --processes 1 --duration 1",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    )
    assert len(commands()) >= 15
    script = [sys.executable, "-c", RUN_ALL, json.dumps(commands())]
    result = subprocess.run(script, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr


if __name__ == "__main__":
    print("\n".join([*results_table(), "", *measured_table()]))
