import io
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import psutil
import pytest
from rich.console import Console

import lab6
from lab6.errors import OptionError, ResultsError
from lab6.measure import processors
from lab6.measure.process import Process, WorkerError
from lab6.measure.way import Way
from lab6.notebook import answer, measure
from lab6.notebook.progress import CellProgress
from lab6.report.formats import as_markdown
from tests import fake_worker, saved
from tests.projects import gone
from tests.samples import found, shown
from tests.small import refusal, rounds
from tests.target.tried import table, write

RUN = saved.run(machine={"label": "<b>here</b>"})


@pytest.fixture
def fake(monkeypatch, tmp_path, digits):
    """Workers that train nothing, in a working folder of their own."""
    monkeypatch.setattr(Way, "command", property(lambda way: [way.python, "-S", fake_worker.__file__]))
    monkeypatch.setattr(processors, "load", lambda: None)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


QUICK = {"data": "digits", "images": 200, "batch_sizes": [100, 10], "machine": "here"}


def test_an_answer_shows_what_lab6_report_prints():
    own, findings = answer(rounds(RUN)), found(RUN)
    assert f"{own}\n" == "\n".join(line.rstrip() for line in shown(findings).splitlines()) + "\n"
    assert own._repr_markdown_() == as_markdown(findings)
    assert own.answer.headline.batch_size == 100


def test_rich_shows_an_answer_in_the_width_of_its_console():
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(answer(rounds(RUN)))
    assert "Start with minibatch size 100" in console.export_text().splitlines()[0]


def test_an_answer_in_a_cell_has_sentence_reasons_picture_and_table():
    html = answer(rounds(RUN), budget=0.7)._repr_html_()
    assert '<p class="headline">Start with minibatch size 100' in html
    assert "Within 0.7 s, one epoch" in html
    assert "&lt;b&gt;here&lt;/b&gt;" in html
    assert "<b>" not in html
    assert html.count("<svg") == 2
    assert html.count("<tr") == 4
    for element in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(element)
    for theme in ('[data-jp-theme-light="false"]', ".vscode-dark"):
        assert theme in html


def test_an_answer_has_the_fastest_way_to_an_accuracy_if_a_table_of_trials_fits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "No table says how many steps" in answer(rounds(RUN))._repr_html_()
    write(Path("results/steps/mine.jsonl"), table())
    own = answer(rounds(RUN))
    assert '<p class="headline">Fastest to 97%: minibatch size 100 with Adam at 0.004' in own._repr_html_()
    assert "The fastest way to 97%" in own._repr_html_()
    assert "Fastest to 97%" in str(own)


def test_runs_to_an_accuracy_with_other_work_are_left_out_of_an_answer_and_that_is_said():
    other = saved.run(dataset="digits", dataset_digest="sha256:ffff", target=0.97, evaluated_every=10)
    text = " ".join(str(answer(rounds(RUN, other))).split())
    assert "Left out: 9 runs to an accuracy are of other work than these epochs." in text


def test_pictures_of_two_cells_share_no_id():
    ids = [set(re.findall(r' id="([^"]+)"', answer(rounds(run))._repr_html_())) for run in (RUN, saved.run())]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_several_series_have_a_table_of_their_sizes_to_start_with():
    html = answer(rounds(saved.run(), saved.run(engine="fit")))._repr_html_()
    assert "Which minibatch size to start with" in html


def test_a_place_of_results_is_answered_too(tmp_path):
    place = saved.write(tmp_path / "run.json")
    assert str(answer(place)) == str(answer(str(place))) == str(answer(lab6.load(str(place))))


def test_what_cannot_be_answered_is_refused_in_one_sentence():
    frame = rounds(saved.run())
    other = rounds(saved.run(dataset="digits"))
    refusal(lambda: answer(pd.concat([frame, other], ignore_index=True)), "results of different work")
    refusal(lambda: answer(frame.drop(columns="seconds")), "no column seconds")
    refusal(lambda: answer(frame[:0]), "no rounds")
    for argument in ({"accuracy": "best"}, {"tolerance": 2}, {"budget": -1}):
        with pytest.raises(OptionError, match=next(iter(argument))):
            answer(frame, **argument)


def test_an_error_in_a_notebook_is_its_sentence():
    assert ResultsError("nothing is there.")._render_traceback_() == ["ResultsError: nothing is there."]


def test_a_measurement_returns_the_frame_of_a_saved_run(fake, capsys):
    frame = measure(**QUICK, save="mine")
    assert list(frame["seed"]) == [0, 1, 2, 0, 1, 2]
    assert list(frame["process"]) == [1, 2, 3, 1, 2, 3]
    assert set(frame["machine"]) == {"here"}
    assert not frame["unfinished"].any()
    pd.testing.assert_frame_equal(frame, lab6.load())
    (source,) = set(frame["source"])
    assert source == "results/here/0001_mine.json"
    (first, _) = json.loads(Path(source).read_text())["benchmarks"]
    assert first["name"] == "test_epoch[digits-200images-compiled-cpu-100]"
    assert first["stats"]["rounds"] == 3
    text = capsys.readouterr()
    assert not text.out
    assert "minibatch size 10: 2.000 s, test accuracy 0.601" in text.err
    assert f"Saved: {source}" in text.err


def test_nothing_is_saved_unless_a_name_is_given(fake, tmp_path):
    frame = measure(**QUICK, processes=1)
    assert frame["source"].str.startswith("lab6.measure at ").all()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("finished", [0, 4])
def test_an_interruption_keeps_finished_rounds_and_ends_all_workers(fake, finished, capsys):
    ask, asked = Process.ask, []

    def interrupted(process, do, **arguments):
        asked.append(process.identity)
        if do == "round" and len(told) == finished:
            raise KeyboardInterrupt
        told.extend([do] if do == "round" else [])
        return ask(process, do, **arguments)

    told: list[str] = []
    fake.setattr(Process, "ask", interrupted)
    if finished:
        frame = measure(**QUICK, save="cut")
        assert len(frame) == finished
        assert frame["unfinished"].all()
        pd.testing.assert_frame_equal(frame, lab6.load())
        assert "Interrupted: the rounds that are finished are kept." in capsys.readouterr().err
        assert "Cut off: results/here/0001_cut.json (4 rounds)" in str(answer(frame))
    else:
        with pytest.raises(KeyboardInterrupt):
            measure(**QUICK)
    assert not any(map(psutil.pid_exists, asked))


def test_a_size_that_fails_is_named_and_the_others_are_kept(fake, capsys):
    fake.setenv("LAB6_FAKE", json.dumps([{"how": "failed", "do": "prepare", "batch_size": 10}]))
    assert set(measure(**QUICK)["batch_size"]) == {100}
    assert "minibatch size 10 is not measured: compiled failed: as it was told to." in capsys.readouterr().err
    fake.setenv("LAB6_FAKE", json.dumps([{"how": "failed", "do": "prepare"}]))
    with pytest.raises(WorkerError, match="as it was told to"):
        measure(**QUICK)


def test_arguments_that_are_not_allowed_are_named_as_arguments(fake):
    for argument, value in (("batch_sizes", [0]), ("processes", 0), ("engine", "slow"), ("device", "tpu")):
        with pytest.raises(OptionError, match=f"^{argument}: "):
            measure(**QUICK | {argument: value})
    with pytest.raises(ResultsError, match="save: .* cannot be written"):
        measure(**QUICK, save="a/b")


def test_progress_in_a_notebook_is_one_output_whose_last_line_is_erased(monkeypatch):
    display = pytest.importorskip("IPython.display")
    seen = []

    class Handle:
        def update(self, data, raw):
            seen.append(data["text/plain"])

    def show(data, raw, display_id):
        Handle().update(data, raw)
        return Handle()

    monkeypatch.setattr(display, "display", show)
    progress = CellProgress(Console(), total=2)
    progress.print("a line that stays")
    with progress.live():
        progress.benchmark("minibatch size 10")
        progress.say("process 1 of 3", left=12)
    assert seen == [
        "a line that stays",
        "a line that stays\n[1/2] minibatch size 10: process 1 of 3, about 12 s left",
        "a line that stays",
    ]


@pytest.mark.parametrize("before", ["", "from lab6.measure.turns import Turns"])
def test_the_package_measure_can_be_called_whatever_was_imported_first(before):
    code = f"""
{before}
import inspect, sys, lab6
assert callable(lab6.measure) and lab6.measure is sys.modules["lab6.measure"]
from lab6.measure.turns import Turns
from lab6 import measure
assert callable(measure) and "batch_sizes" in inspect.signature(measure).parameters
assert "lab6.measure(batch_sizes=" in lab6.measure.__doc__
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_processes_of_a_refused_measurement_end(fake, digits):
    before = psutil.Process().children()
    with pytest.raises(Exception, match="device: gpu:0 was asked for"):
        measure(**QUICK, device="gpu:0")
    assert gone([each for each in psutil.Process().children() if each not in before])
