"""``pytest benchmarks/test_target.py`` on small data, with workers that train nothing, and once for real.

Those workers say that the seed s takes 1 + s seconds and learns to a test accuracy of 0.6 + s / 1000.
"""

import json
from pathlib import Path

import pytest

from lab6 import trials
from lab6.record import Record
from tests.projects import SMALL, lines, pretend, project, run, saved
from tests.test_duets import committed, sides
from tests.trial_tables import table

TARGET = ("benchmarks/test_target.py", *SMALL)


@pytest.fixture(scope="module")
def tabled(tmp_path_factory, digits):
    """A project with a table of trials."""
    folder = project(tmp_path_factory.mktemp("tabled"))
    table(folder, digits.digest)
    return folder


@pytest.fixture(scope="module")
def measured(tmp_path_factory, digits):
    """A project with a table, with saved epochs and with saved runs to a target; what was printed of the latter."""
    folder = project(tmp_path_factory.mktemp("measured"))
    table(folder, digits.digest)
    epochs = pretend(folder, "benchmarks", *SMALL, "--batch-sizes=4,64", "--benchmark-save=epochs")
    assert epochs.returncode == 0, lines(epochs)
    result = pretend(folder, *TARGET, "--target=0.7045", "--benchmark-save")
    assert result.returncode == 0, lines(result)
    return folder, result


def records(file: Path) -> dict[str, Record]:
    """What is saved of each benchmark, by its name in brackets."""
    content = json.loads(file.read_text())
    return {
        own["name"].partition("[")[2].rstrip("]"): Record.model_validate(own["extra_info"])
        for own in content["benchmarks"]
    }


def test_the_size_that_should_be_the_fastest_its_neighbours_and_keras_are_trained_from_ten_seeds(measured):
    folder, _ = measured
    file = saved(folder)[-1]
    assert file.name == "0002_digits-200images-0.7045-compiled-fit.json"
    found = records(file)
    assert list(found) == [
        *(f"digits-200images-0.7045-compiled-cpu-{size}" for size in (8, 16, 32)),
        "digits-200images-0.7045-fit-cpu-32-keras-defaults",
    ]
    for record in found.values():
        assert [(each.process, each.seed) for each in sorted(record.rounds, key=lambda each: each.seed)] == [
            (1 + number // 2, 100 + number) for number in range(10)
        ]
        assert (record.target, record.evaluated_every) == (0.7045, 2)
    best, keras = list(found.values())[1::2]
    assert (best.learning_rate, best.decay_steps) == (0.004, 40)
    assert (keras.engine, keras.learning_rate, keras.decay_steps) == ("fit", 0.001, None)


def test_what_was_measured_and_predicted_stand_in_one_line_and_a_missed_target_fails_nothing(measured):
    """20 steps of 16 images, where epochs of 200 images took 1, 2 and 3 s, take 20 x 16 / 200 x 6^(1/3) s."""
    _, result = measured
    line = "compiled on cpu, minibatch size 16 at 0.004, to 0.7045: 1 min 48 s, 20 steps, reached in 5 of 10, predicted"
    assert f"  {line} 2.907 s" in lines(result)
    row = next(line.split() for line in lines(result) if line.lstrip().startswith("16 "))
    assert row == ["16", "0.004", "40", "108.0", "106.0-110.0", "20", "5/10", "2.91", "+3615%", "1.0x"]
    assert "4 passed" in result.stdout
    assert "minibatch size is the fastest" not in result.stdout
    assert (
        max(map(len, result.stdout[result.stdout.index("To a test") : result.stdout.index("Time and")].split("\n")))
        <= 80
    )


def test_neighbours_are_at_least_one_and_a_half_times_away_and_files_that_cannot_be_read_are_named(tmp_path, digits):
    folder = project(tmp_path)
    table(folder, digits.digest, {10: 90, 12: 90, 16: 20, 20: 90, 40: 90, 64: 90})
    epochs = pretend(folder, "benchmarks", *SMALL, "--batch-sizes=4,64", "--benchmark-save=epochs")
    assert epochs.returncode == 0, lines(epochs)
    saved(folder)[-1].with_name("0002_damaged.json").write_text("{")
    result = pretend(folder, *TARGET, "--target=0.65", "--processes=1", "--rounds=1", "-k", "compiled")
    assert result.returncode == 0, lines(result)
    sizes = [line.partition("minibatch size ")[2].split()[0] for line in lines(result) if ", to 0.65: " in line]
    assert sizes == ["10", "16", "40"]
    (left_out,) = [line for line in lines(result) if line.startswith("Left out: ")]
    assert "0002_damaged.json" in left_out


def test_epochs_of_several_workers_predict_nothing(tmp_path, digits):
    folder = project(tmp_path)
    table(folder, digits.digest)
    epochs = pretend(folder, "benchmarks", *SMALL, "--batch-sizes=4,64", "--processes=1", "--benchmark-save=epochs")
    assert epochs.returncode == 0, lines(epochs)
    (file,) = saved(folder)
    content = json.loads(file.read_text())
    for benchmark in content["benchmarks"]:
        benchmark["extra_info"]["workers"] = 2
    file.write_text(json.dumps(content))
    result = pretend(folder, *TARGET, "--target=0.7045", "--collect-only", COLUMNS="300")
    assert "No saved epochs of compiled on cpu say which minibatch size is the fastest" in result.stdout


def test_the_same_runs_can_be_measured_again_and_compared(measured):
    folder, _ = measured
    arguments = ("--target=0.7045", "--batch-sizes=16", "--benchmark-compare=0002", "--check-against=2")
    result = pretend(folder, *TARGET, *arguments, "-k", "compiled")
    assert result.returncode == 0, lines(result)
    assert result.stdout.count("(NOW)") == 1
    assert "; all learn as well." in result.stdout


def test_epochs_and_runs_can_be_measured_in_one_go(measured):
    folder, _ = measured
    both = ("benchmarks/test_epoch.py", *TARGET, "--batch-sizes=16", "--benchmark-json=both.json")
    result = pretend(folder, *both)
    assert result.returncode == 0, lines(result)
    found = records(folder / "both.json")
    assert {name: (len(own.rounds), own.rounds[0].seed) for name, own in found.items()} == {
        "digits-200images-compiled-cpu-16": (3, 0),
        "digits-200images-0.7045-compiled-cpu-16": (10, 100),
        "digits-200images-0.7045-fit-cpu-32-keras-defaults": (10, 100),
    }


def test_without_saved_epochs_all_sizes_are_measured_and_a_line_says_why(tabled):
    result = pretend(tabled, *TARGET, "--target=0.65", "--processes=1", "--rounds=1")
    assert result.returncode == 0, lines(result)
    assert (
        "No saved epochs of compiled on cpu say which minibatch size is the fastest: measures all from 8 to 1,024; "
        "pytest benchmarks --engines compiled --benchmark-save saves some." in lines(result)
    )
    sizes = [line.partition("minibatch size ")[2].split()[0] for line in lines(result) if ", to 0.65: " in line]
    assert sizes == ["8", "16", "32", "64", "32"]
    assert "predicted" not in result.stdout


def test_keras_at_its_defaults_is_measured_once_even_if_the_table_recommends_it(tmp_path, digits):
    folder = project(tmp_path)
    path = table(folder, digits.digest)
    own = trials.read(path)
    usual = {"learning_rate": 0.001, "decay_steps": None}
    trials.write(path, own.tried, [each.model_copy(update=usual) for each in own.trials if each.batch_size == 32])
    result = pretend(folder, *TARGET, "--engines=fit", "--target=0.65", "--rounds=1")
    assert "1 passed" in result.stdout, lines(result)
    row = next(line.split() for line in lines(result) if line.lstrip().startswith("32 "))
    assert row[-1] == "1.0x"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--batch-sizes=7",),
            "--batch-sizes: no setting of digits.jsonl with minibatch size 7 reaches 0.7045; give any",
        ),
        (
            ("--target=0.8",),
            "--target: results/steps/digits.jsonl has no steps to 0.8; give one of 0.65, 0.7045, 0.9, or make",
        ),
        (
            ("--target=0.9",),
            "--target: no setting of results/steps/digits.jsonl reaches 0.9 with each of at least 3 seeds; minibatch",
        ),
        (("--target=97",), "--target: '97' is not allowed; give more than 0%"),
        (("--learning-rate=0.1",), "--learning-rate: here the table of trials decides it: leave it out."),
        (("--threads=1,2",), "--threads: runs to a target train in one process with one number of threads: give one"),
        (("--hidden=64",), "no table of trials of this work (784-64-10 on 200 images of digits, adam): make one with"),
        (("--optimizer=sgd",), "no table of trials of this work (784-128-10 on 200 images of digits, sgd): make one"),
        (("--batch-sizes=201",), "--batch-sizes: '201' is not allowed; give"),
    ],
)
def test_what_cannot_be_trained_to_a_target_is_refused_in_one_sentence(tabled, arguments, message):
    result = pretend(tabled, *TARGET, *arguments)
    assert result.returncode in (2, 4)  # 4 is pytest's for an option that says nothing
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith(f"ERROR: {message}")
    lines(result)


def test_plain_benchmarks_train_epochs_and_refuse_a_target(tabled):
    result = pretend(tabled, "benchmarks", *SMALL, "--collect-only", "-q")
    assert "test_target" not in result.stdout
    result = pretend(tabled, "benchmarks", *SMALL, "--target=0.65")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "ERROR: --target: only benchmarks/test_target.py trains to a target: name it, or leave it out."
    ]


def test_in_a_duet_both_sides_train_to_the_target_from_the_same_seeds(tmp_path, digits):
    folder = committed(project(tmp_path))
    table(folder, digits.digest)
    arguments = ("--target=0.65", "--batch-sizes=16,32", "--rounds=2", "--against=HEAD", "--duration=1")
    result = pretend(folder, *TARGET, *arguments, "--benchmark-save")
    assert result.returncode == 0, lines(result)
    for content in sides(folder):
        for own in content["benchmarks"]:
            record = Record.model_validate(own["extra_info"])
            assert (record.target, record.learning_rate) == (0.65, 0.004)
            assert [each.seed for each in record.rounds][:2] == [100, 101]
    assert "keras-defaults" not in result.stdout
    assert "Speed, compiled on cpu to 65% at 0.004 decaying to 0 over 40 steps" in lines(result)


def test_runs_for_real_end_with_the_target_and_repeat_to_the_last_step(tabled):
    arguments = ("--target=0.65", "--batch-sizes=16", "--processes=2", "--rounds=1", "-k", "compiled")
    steps = []
    for name in ("one", "two"):
        result = run(tabled, *TARGET, *arguments, f"--benchmark-json={name}.json")
        assert result.returncode == 0, result.stdout + result.stderr
        (record,) = records(tabled / f"{name}.json").values()
        assert all(each.test_accuracy >= 0.65 or each.steps == 40 for each in record.rounds)
        assert any(each.test_accuracy >= 0.65 and each.steps < 40 for each in record.rounds)
        steps.append([each.steps for each in record.rounds])
    assert steps[0] == steps[1]
