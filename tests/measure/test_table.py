import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from lab6.measure import table
from lab6.record import Record
from tests.test_record import RECORD, ROUND


def result(seconds: list[float], others: Sequence[float] = (), **fields) -> table.Result:
    """A benchmark; ``others``: what other programs took in its first rounds."""
    accuracies = [0.90, 0.92, 0.94][: len(seconds)]
    rounds = [ROUND | {"test_accuracy": value, "peak_memory_bytes": 1_200_000_000} for value in accuracies]
    for round_, other in zip(rounds, others, strict=False):
        round_["other_cpu_seconds"] = other
    return table.Result(Record.model_validate(RECORD | {"rounds": rounds} | fields), tuple(seconds))


def shown(*results: table.Result) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    table.show(console, results, cores=2)
    return console.file.getvalue().splitlines()


def test_a_row_has_speed_and_accuracy_beside_each_other():
    lines = shown(result([2.0, 1.0, 4.0], engine="compiled", compile_seconds=0.5, device_name="A CPU"))
    assert "One epoch with compiled on cpu (A CPU)" in lines
    row = next(line.split() for line in lines if line.lstrip().startswith("100 "))
    assert row == ["100", "2.000±1.500", "30,000", "0.800±0.000", "0.920±0.020", "0.50", "1.2"]


def test_several_engines_are_compared_with_fit():
    lines = shown(
        result([1.0, 1.0, 1.0], engine="compiled"),
        result([0.5, 0.5, 0.5], engine="compiled", batch_size=1_000),
        result([12.0, 12.0, 13.0], engine="fit"),
    )
    rows = [line.split() for line in lines if line.strip()[:1].isdigit()]
    assert [row[3] for row in rows] == ["12.0x", "-", "1.0x"]


@pytest.mark.parametrize("others", [[], [99.0]])
def test_the_widest_rows_fit_80_columns(others):
    wide = {"batch_size": 60_000, "compile_seconds": 12.34, "limit_seconds": 0.08, "others": others}
    lines = shown(
        result([0.0951, 0.0912, 0.0999], engine="compiled", **wide),
        result([88.12, 90.0, 99.0], engine="fit", **wide),
    )
    assert max(map(len, lines)) <= 80
    assert sum(line.rstrip().endswith("*") for line in lines) == 2 * len(others)
    assert not any("…" in line for line in lines)


def test_a_single_round_has_no_spread_and_what_is_unknown_is_a_dash():
    (row,) = [line.split() for line in shown(result([2.0], rounds=[ROUND])) if line.lstrip().startswith("100 ")]
    assert (row[:2], row[-2:]) == (["100", "2.000"], ["-", "-"])


def test_a_row_says_how_much_of_the_limit_was_reached():
    near = result([1.0, 2.0, 3.0], limit_seconds=1.5)
    far = result([40.0], limit_seconds=1.5, batch_size=10)
    lines = shown(near, far, result([1.0], batch_size=1))
    rows = [line.split() for line in lines if line.strip()[:1].isdigit()]
    assert [row[3] for row in rows] == ["75%", "3.8%", "-"]
    assert "lab6 roofline" in " ".join(lines)
    assert "limit" not in " ".join(shown(result([1.0])))


def test_what_others_used_is_known_of_disturbed_rounds_only():
    assert result([1.0, 1.0, 1.0], others=[0.0, 1.5, 0.9]).disturbed(cores=2) == [1.5, 0.9]
    assert result([10.0, 1.0], others=[0.9, 0.9]).disturbed(cores=2) == [0.9]
    assert result([1.0]).disturbed(cores=2) == []
    assert result([0.1, 0.1], others=[0.048, None]).disturbed(cores=2) == []


def test_a_disturbed_row_has_a_mark_at_its_end():
    disturbed = result([1.0, 1.0], others=[0.0, 1.5])
    lines = shown(disturbed, result([1.0, 1.0], others=[0.0, 0.0], batch_size=1_000))
    rows = [line.rstrip() for line in lines if line.strip()[:1].isdigit()]
    assert [row.endswith(" *") for row in rows] == [True, False]
    assert "*" not in "".join(shown(result([1.0, 1.0], others=[0.0, 0.1])))
