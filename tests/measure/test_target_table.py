import io
from collections.abc import Sequence

from rich.console import Console

from lab6.measure import target_table
from lab6.measure.table import Result
from lab6.record import Record
from tests.test_record import RECORD, ROUND


def result(
    seconds: Sequence[float], accuracies: Sequence[float], predicted: float | None = None, usual: bool = False, **fields
) -> Result:
    """Runs to 0.97, of 1,000, 1,010, ... steps."""
    rounds = [ROUND | {"test_accuracy": each, "steps": 1_000 + 10 * place} for place, each in enumerate(accuracies)]
    goal = {"target": 0.97, "learning_rate": 0.004, "decay_steps": 1_700, "evaluated_every": 10, "batch_size": 32}
    record = Record.model_validate(RECORD | {"engine": "fused", "rounds": rounds} | goal | fields)
    return Result(record, tuple(seconds), predicted, usual)


def shown(*results: Result) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    target_table.show(console, results, cores=2)
    return console.file.getvalue().splitlines()


def row_of(lines: Sequence[str], size: str) -> list[str]:
    return next(line.split() for line in lines if line.split()[:1] == [size])


KERAS = {"engine": "fit", "learning_rate": 0.001, "decay_steps": None}


def test_measured_predicted_and_keras_stand_beside_each_other():
    lines = shown(
        result([0.2, 0.3, 0.4], [0.97, 0.98, 0.97], predicted=0.25, device_name="A CPU"),
        result([2.0, 3.0, 4.0], [0.97, 0.97, 0.97], usual=True, **KERAS),
    )
    assert "To a test accuracy of 0.97 by fused on cpu (A CPU)" in lines
    wanted = ["32", "0.004", "1,700", "0.300", "0.200-0.400", "1,010", "3/3", "0.250", "+20%", "10.0x"]
    assert row_of(lines, "32") == wanted
    text = " ".join(lines)
    assert "To a test accuracy of 0.97 by fit on cpu" in text
    assert "Keras: fit with minibatches of 32" in text


def test_runs_that_do_not_reach_the_target_count_only_as_such():
    some = result([0.2, 0.3, 9.0], [0.97, 0.98, 0.96])
    assert row_of(shown(some), "32")[3:7] == ["0.250", "0.200-0.300", "1,005", "2/3"]
    assert some.found == "1,005 steps, reached in 2 of 3"
    none = result([0.2, 0.3, 9.0], [0.5, 0.5, 0.5], predicted=0.1)
    keras = result([2.0, 3.0, 4.0], [0.97, 0.97, 0.97], usual=True, **KERAS)
    assert row_of(shown(none, keras), "32")[3:] == ["-", "-", "-", "0/3", "0.100", "-", "-"]
    assert none.found == "1,010 steps, reached in 0 of 3, predicted 0.100 s"


def test_if_keras_did_not_reach_the_target_nothing_is_compared_with_it():
    text = " ".join(shown(result([0.2], [0.97]), result([2.0, 3.0], [0.5, 0.5], usual=True, **KERAS)))
    assert "Keras" not in text


def test_what_is_unknown_is_a_dash():
    assert row_of(shown(result([2.0], [0.97], **KERAS)), "32") == [
        "32",
        "0.001",
        *"-",
        "2.00",
        "-",
        "1,000",
        "1/1",
        *"--",
    ]


def test_the_widest_rows_fit_80_columns():
    wide = {"batch_size": 1_024, "learning_rate": 0.00141421, "decay_steps": 12_000}
    lines = shown(
        result([0.1512] * 10, [0.97] * 10, predicted=0.1498, **wide),
        result([0.1512] * 10, [0.97] * 10, predicted=0.0998, usual=True, **KERAS),
    )
    assert max(map(len, lines)) <= 80
    assert sum("pre-" in line for line in lines) == 2
    assert row_of(lines, "1,024")[-1] == "1.0x"
