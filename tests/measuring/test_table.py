import io

from rich.console import Console

from lab6.measuring import table
from lab6.record import Gpu, Machine, Record
from lab6.training.datasets import Dataset
from tests.test_record import RECORD, ROUND


def result(seconds: list[float], **fields) -> table.Result:
    accuracies = [0.90, 0.92, 0.94][: len(seconds)]
    rounds = [ROUND | {"test_accuracy": value, "peak_memory_bytes": 1_200_000_000} for value in accuracies]
    return table.Result(Record.model_validate(RECORD | {"rounds": rounds} | fields), tuple(seconds))


def shown(*results: table.Result) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    table.show(console, results)
    return console.file.getvalue().splitlines()


def test_a_row_has_speed_and_accuracy_beside_each_other():
    lines = shown(result([2.0, 1.0, 4.0], engine="compiled", compile_seconds=0.5, device_name="A CPU"))
    assert "One epoch with compiled on cpu (A CPU)" in lines
    row = next(line.split() for line in lines if line.lstrip().startswith("100 "))
    assert row == ["100", "2.000±1.500", "30,000", "0.800±0.000", "0.920±0.020", "0.50", "1.20"]


def test_several_engines_are_compared_with_fit():
    lines = shown(
        result([1.0, 1.0, 1.0], engine="compiled"),
        result([0.5, 0.5, 0.5], engine="compiled", batch_size=1_000),
        result([12.0, 12.0, 13.0], engine="fit"),
    )
    rows = [line.split() for line in lines if line.strip()[:1].isdigit()]
    assert [row[3] for row in rows] == ["12.0x", "-", "1.0x"]


def test_the_widest_rows_fit_80_columns():
    wide = {"batch_size": 60_000, "compile_seconds": 12.34}
    lines = shown(
        result([0.0951, 0.0912, 0.0999], engine="compiled", **wide),
        result([88.12, 90.0, 99.0], engine="fit", **wide),
    )
    assert max(len(line) for line in lines) <= 80
    assert not any("…" in line for line in lines)


def test_a_single_round_has_no_spread():
    assert any(line.split()[:2] == ["100", "2.000"] for line in shown(result([2.0])))


def test_what_is_unknown_is_a_dash():
    unknown = result([1.0], rounds=[ROUND])
    assert next(line.split() for line in shown(unknown) if line.lstrip().startswith("100 "))[-2:] == [
        "-",
        "-",
    ]


def test_a_data_set_that_is_not_mnist_says_so(small):
    assert table.describe_dataset(small) == "Data set: digits, NOT MNIST, 600 + 500 images, for tests"
    mnist = Dataset("mnist", "", "from /data", small.training, small.test)
    assert table.describe_dataset(mnist) == "Data set: MNIST, 600 + 500 images, from /data"


def test_the_machine_is_described_in_two_lines():
    machine = Machine(
        label="x",
        cpu_model="A CPU",
        usable_cores=4,
        memory_bytes=2**34,
        gpus=(Gpu(name="A GPU", driver="1.2"), Gpu(name="B GPU")),
        intra_op_threads=4,
        inter_op_threads=2,
        versions={"python": "3.11.1", "numpy": "2.0"},
    )
    one, two = table.describe_machine(machine)
    assert "A CPU, 4 cores, 16.0 GiB, A GPU (driver 1.2), B GPU (driver unknown); TensorFlow threads 4" in one
    assert two == "Versions: Python 3.11.1, NumPy 2.0"
