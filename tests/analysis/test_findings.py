from pathlib import Path

import pytest

from lab6.analysis import findings, lab_report, results
from lab6.analysis.answer import Question
from lab6.errors import OptionError
from tests import saved
from tests.analysis.small import refusal

OTHER = {50: ([2.0, 2.1], [0.8, 0.9])}
DIGITS = {"dataset": "digits", "dataset_digest": "sha256:ffff", "training_images": 1_000}


@pytest.fixture
def two_works(folder):
    """Nine new rounds of MNIST, and two older ones of digits, in the folder where results are looked for."""
    saved.write(Path("results/new.json"))
    saved.write(Path("results/old.json"), saved.run(OTHER, datetime="2025-01-01", **DIGITS))
    return folder


def sizes(found):
    return found.answer.summary["batch_size"].tolist()


def test_if_no_place_is_named_the_newest_work_is_judged_and_what_was_left_out_is_said_with_how_to_see_it(two_works):
    found = findings.find([])
    assert sizes(found) == [10, 100, 60_000]
    [left_out] = found.left_out
    assert left_out == (
        "2 rounds of other work, which is never mixed: dataset is digits, not mnist; --where dataset=digits shows them."
    )
    shown = findings.find([], ["dataset=digits"])
    assert sizes(shown) == [50]
    assert shown.left_out == ()


def test_each_other_work_has_a_sentence_of_its_own(two_works):
    saved.write(Path("results/sgd.json"), saved.run(OTHER, datetime="2025-01-01", learning_rate=0.01))
    saved.write(Path("results/more.json"), saved.run(OTHER, datetime="2024-01-01", **DIGITS))
    assert sorted(findings.find([]).left_out) == [
        "2 rounds of other work, which is never mixed: learning_rate is 0.01, not 0.001; "
        "--where learning_rate=0.01 shows them.",
        "4 rounds of other work, which is never mixed: dataset is digits, not mnist; "
        "--where dataset=digits shows them.",
    ]


def test_the_newest_work_is_the_newest_of_what_meets_the_conditions(two_works):
    saved.write(Path("results/sgd.json"), saved.run(OTHER, datetime="2027-01-01", engine="fit", optimizer="sgd"))
    assert findings.find([]).answer.headline.method == "fit"
    found = findings.find([], ["engine=compiled"])
    assert sizes(found) == [10, 100, 60_000]
    assert all("digits" in sentence for sentence in found.left_out)


def test_the_lab_report_is_kept_with_the_newest_work_if_it_is_archived_or_named(two_works):
    results.save(results.load(lab_report.NAME), "results/report.parquet")
    for places in ([], ["results/new.json", lab_report.NAME]):
        found = findings.find(places).answer
        assert {start.setup for start in found.starts} == {"here", lab_report.MACHINE}
        assert found.headline.setup == "here"


def test_an_archived_lab_report_of_other_work_is_said_to_be_left_out(folder):
    results.save(results.load(lab_report.NAME), "results/report.parquet")
    saved.write(Path("results/new.json"), saved.run(OTHER, **DIGITS))
    [left_out] = findings.find([]).left_out
    assert left_out.startswith("5 rounds of other work, which is never mixed: dataset is mnist, not digits")


def test_different_work_in_named_places_is_refused(two_works):
    text = refusal(lambda: findings.find(["results"]), "dataset is mnist in results/new.json")
    assert text.endswith("and digits in results/old.json; pick one with --where dataset=mnist or dataset=digits.")
    assert sizes(findings.find(["results"], ["dataset=mnist"])) == [10, 100, 60_000]


def test_damaged_files_can_be_left_out_and_are_said_before_other_work(two_works):
    Path("results/bad.json").write_text("{")
    refusal(lambda: findings.find([]), "results/bad.json is damaged")
    found = findings.find([], skip_bad=True)
    assert sizes(found) == [10, 100, 60_000]
    bad, other = found.left_out
    assert bad.startswith("results/bad.json is damaged")
    assert "other work" in other


def test_if_nothing_is_left_to_read_or_a_condition_is_none_that_is_said(folder):
    refusal(lambda: findings.find([]), "results: there is no such file or folder")
    saved.write(Path("results/bad.json"), ["damaged"])
    refusal(lambda: findings.find([], skip_bad=True), "no file of results is left to read")
    saved.write(Path("results/bad.json"))
    with pytest.raises(OptionError, match="--where: 'digits' is not understood"):
        findings.find([], ["digits"])


def test_a_named_place_is_judged_by_the_question_and_reading_can_be_followed(folder):
    saved.write(Path("runs/a.json"))
    question = Question(accuracy="training", tolerance=1.0, budget=2.0)
    seen = []
    found = findings.find(
        ["runs"], question=question, track=lambda files: seen.extend(file.name for file in files) or files
    )
    assert seen == ["runs/a.json"]
    assert found.left_out == ()
    assert found.answer.question == question
    assert (found.answer.accuracy, found.answer.headline.batch_size) == ("training_accuracy", 60_000)
    assert found.answer.best_within_budget(found.answer.headline) == 100
