from pathlib import Path

import pandas as pd
import pytest

from lab6.errors import OptionError
from lab6.store import lab_report
from lab6.store.load import load, save
from lab6.store.selection import select, selected, split
from lab6.store.summary import summarise
from tests import saved
from tests.small import refusal, rounds

OTHER = {50: ([2.0, 2.1], [0.8, 0.9])}
DIGITS = {"dataset": "digits", "dataset_digest": "sha256:ffff", "training_images": 1_000}


@pytest.fixture
def two_works(folder):
    """Nine new rounds of MNIST, and two older ones of digits, in the folder where results are looked for."""
    saved.write(Path("results/new.json"))
    saved.write(Path("results/old.json"), saved.run(OTHER, datetime="2025-01-01", **DIGITS))
    return folder


def sizes(found):
    return list(dict.fromkeys(found.rounds["batch_size"].tolist()))


def test_if_no_place_is_named_the_newest_work_is_judged_and_what_was_left_out_is_said_with_how_to_see_it(two_works):
    found = select([])
    assert sizes(found) == [10, 100, 60_000]
    [left_out] = found.left_out
    assert left_out == (
        "2 rounds of other work, which is never mixed: dataset is digits, not mnist; --where dataset=digits shows them."
    )
    shown = select([], ["dataset=digits"])
    assert sizes(shown) == [50]
    assert shown.left_out == ()


def test_each_other_work_has_a_sentence_of_its_own(two_works):
    saved.write(Path("results/sgd.json"), saved.run(OTHER, datetime="2025-01-01", learning_rate=0.01))
    saved.write(Path("results/more.json"), saved.run(OTHER, datetime="2024-01-01", **DIGITS))
    assert sorted(select([]).left_out) == [
        "2 rounds of other work, which is never mixed: learning_rate is 0.01, not 0.001; "
        "--where learning_rate=0.01 shows them.",
        "4 rounds of other work, which is never mixed: dataset is digits, not mnist; "
        "--where dataset=digits shows them.",
    ]


def test_a_digest_is_named_by_its_beginning_with_which_it_can_be_asked_for(two_works):
    own = {"network": None, "model": "mine"}
    for year, digit in ((2027, "1"), (2026, "2")):
        run = saved.run(OTHER, datetime=f"{year}-02-01", model_digest=f"sha256:{digit * 64}", **own)
        saved.write(Path(f"results/{digit}.json"), run)
    [left_out] = select([], ["network=mine"]).left_out
    assert left_out.endswith(
        "model_digest is sha256:22222222*, not sha256:11111111*; --where model_digest=sha256:22222222* shows them."
    )
    assert len(select([], ["model_digest=sha256:22222222*"]).rounds) == 2


def test_the_newest_work_is_the_newest_of_what_meets_the_conditions(two_works):
    saved.write(Path("results/sgd.json"), saved.run(OTHER, datetime="2027-01-01", engine="fit", optimizer="sgd"))
    assert set(select([]).rounds["engine"]) == {"fit"}
    found = select([], ["engine=compiled"])
    assert sizes(found) == [10, 100, 60_000]
    assert all("digits" in sentence for sentence in found.left_out)


def test_the_lab_report_is_kept_with_the_newest_work_if_it_is_archived_or_named(two_works):
    save(load(lab_report.NAME), "results/report.parquet")
    for places in ([], ["results/new.json", lab_report.NAME]):
        assert set(select(places).rounds["machine"]) == {"here", lab_report.MACHINE}


def test_an_archived_lab_report_of_other_work_is_said_to_be_left_out(folder):
    save(load(lab_report.NAME), "results/report.parquet")
    saved.write(Path("results/new.json"), saved.run(OTHER, **DIGITS))
    [left_out] = select([]).left_out
    assert left_out.startswith("5 rounds of other work, which is never mixed: dataset is mnist, not digits")


def test_different_work_in_named_places_is_refused(two_works):
    text = refusal(lambda: select(["results"]), "dataset is mnist in results/new.json")
    assert text.endswith("and digits in results/old.json; pick one with --where dataset=mnist or dataset=digits.")
    assert sizes(select(["results"], ["dataset=mnist"])) == [10, 100, 60_000]


def test_damaged_files_can_be_left_out_and_are_said_before_other_work(two_works):
    Path("results/bad.json").write_text("{")
    refusal(lambda: select([]), "results/bad.json is damaged")
    found = select([], skip_bad=True)
    assert sizes(found) == [10, 100, 60_000]
    bad, other = found.left_out
    assert bad.startswith("results/bad.json is damaged")
    assert "other work" in other


def test_if_nothing_is_left_to_read_or_a_condition_is_none_that_is_said(folder):
    refusal(lambda: select([]), "results: there is no such file or folder")
    saved.write(Path("results/bad.json"), ["damaged"])
    refusal(lambda: select([], skip_bad=True), "no file of results is left to read")
    saved.write(Path("results/bad.json"))
    with pytest.raises(OptionError, match="--where: 'digits' is not understood"):
        select([], ["digits"])


def test_reading_can_be_followed(folder):
    saved.write(Path("runs/a.json"))
    seen = []
    found = select(["runs"], track=lambda files: seen.extend(file.name for file in files) or files)
    assert seen == ["runs/a.json"]
    assert found.left_out == ()


TO_TARGET = {"target": 0.97, "evaluated_every": 10}


def test_runs_to_an_accuracy_are_kept_apart_from_epochs_whatever_their_settings(folder):
    saved.write(Path("results/epochs.json"))
    saved.write(Path("results/a.json"), saved.run(OTHER, learning_rate=0.004, decay_steps=500, **TO_TARGET))
    saved.write(Path("results/b.json"), saved.run(OTHER, learning_rate=0.002, **TO_TARGET))
    found = select([])
    assert sizes(found) == [10, 100, 60_000]
    assert found.left_out == ()
    assert sorted(found.runs["learning_rate"]) == [0.002, 0.002, 0.004, 0.004]
    assert set(select(["results"]).runs["batch_size"]) == {50}
    assert len(select(["results"], ["learning_rate=0.001"]).runs) == 0


def test_runs_to_an_accuracy_with_other_work_are_left_out_and_counted(two_works):
    saved.write(Path("results/a.json"), saved.run(OTHER, **TO_TARGET, **DIGITS))
    found = select([])
    assert len(found.runs) == 0
    assert found.left_out[-1] == "2 runs to an accuracy are of other work than these epochs."


def test_one_run_is_left_out_in_the_singular(folder):
    saved.write(Path("results/epochs.json"))
    saved.write(Path("results/a.json"), saved.run({50: ([2.0], [0.8])}, **TO_TARGET, **DIGITS))
    assert select([]).left_out == ("1 run to an accuracy is of other work than these epochs.",)


def test_a_frame_is_split_by_what_each_row_says_even_if_its_labels_repeat(folder):
    frame = pd.concat([rounds(saved.run()), rounds(saved.run(OTHER, **TO_TARGET))])
    assert frame.index.has_duplicates
    epochs, runs = split(frame)
    assert (set(epochs["batch_size"]), len(epochs)) == ({10, 100, 60_000}, 9)
    assert (set(runs["batch_size"]), len(runs)) == ({50}, 2)


def test_of_a_frame_runs_of_other_work_are_left_out_too():
    found = selected(rounds(saved.run(), saved.run(OTHER, **TO_TARGET), saved.run(OTHER, **TO_TARGET, **DIGITS)))
    assert len(found.runs) == 2
    assert found.left_out == ("2 runs to an accuracy are of other work than these epochs.",)


def test_results_of_runs_to_an_accuracy_only_are_refused_with_what_to_do(folder):
    saved.write(Path("results/a.json"), saved.run(OTHER, **TO_TARGET))
    assert "measure some too" in refusal(lambda: select(["results"]), "runs to an accuracy only")


def test_settings_of_one_minibatch_size_are_different_benchmarks_of_a_file(folder):
    both = saved.run(OTHER, decay_steps=500, **TO_TARGET)
    both["benchmarks"] += saved.run(OTHER, decay_steps=900, **TO_TARGET)["benchmarks"] + saved.run(OTHER)["benchmarks"]
    saved.write(Path("results/a.json"), both)
    assert len(load()) == 6


def test_a_summary_is_of_epochs_only(folder):
    saved.write(Path("results/a.json"))
    saved.write(Path("results/b.json"), saved.run(OTHER, **TO_TARGET))
    assert list(summarise(load()).sizes["batch_size"]) == [10, 100, 60_000]
