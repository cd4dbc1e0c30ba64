import io
import json

import pytest
from rich.console import Console

from lab6.errors import DeviceError, OptionError
from lab6.limit import Ceilings
from lab6.measure import processors, roofline, roofline_command
from lab6.measure.roofline_command import Request


@pytest.fixture
def ceilings(monkeypatch):
    """A machine of 409.088 GFLOP/s and 24.4248 GB/s: a million images a second, ten thousand updates with Adam."""
    monkeypatch.setattr(roofline, "measure", lambda *_: Ceilings(409.088e9, 24.4248e9))
    monkeypatch.setattr(processors, "load", lambda: None)


def printed(form, batch_sizes="1,10,100,1000,60000"):
    console, notes = (Console(file=io.StringIO(), width=80) for _ in range(2))
    roofline_command.run(Request.parse("cpu", batch_sizes, form), console, notes)
    return console.file.getvalue()


@pytest.mark.usefixtures("ceilings")
def test_the_table_gives_each_size_its_least_epoch_and_what_bounds_it():
    text = printed("table")
    rows = [line.split() for line in text.splitlines() if line.split()[-1:] in (["bytes"], ["arithmetic"])]
    assert [row[0] for row in rows] == ["1", "10", "100", "1,000", "60,000"]
    assert [row[-1] for row in rows] == ["bytes"] * 3 + ["arithmetic"] * 2
    assert rows[2] == ["100", "0.06", "0.0619", "0.0619", "968,900", "bytes"]
    assert "at most 409 GFLOP/s" in text
    assert "24.4 GB/s" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.usefixtures("ceilings")
def test_json_says_the_same_in_full_once_for_each_size():
    found = json.loads(printed("json", "60000,1,1"))
    assert (found["backend"], found["device"], found["flops_per_image"]) == ("tensorflow", "cpu", 409_088)
    one, all_at_once = found["sizes"]
    assert one["batch_size"] == 1
    assert one["seconds"] == pytest.approx(60_000 * (2_442_480 + 784) / 24.4248e9)
    assert one["bound"] == "bytes"
    assert all_at_once["images_per_second"] == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"device": "tpu"}, "--device"),
        ({"batch_sizes": "0"}, "--batch-sizes"),
        ({"batch_sizes": "60001"}, "--batch-sizes"),
        ({"form": "csv"}, "--format"),
    ],
)
def test_what_is_wrong_is_refused_by_its_option(wrong, option):
    with pytest.raises(OptionError, match=option):
        Request.parse(**{"device": "cpu", "batch_sizes": "1", "form": "table"} | wrong)


def test_a_device_that_is_missing_is_named_with_the_option():
    with pytest.raises(DeviceError, match="^--device: gpu:99 was asked for"):
        roofline_command.find(Request.parse("gpu:99", "1", "table"))
