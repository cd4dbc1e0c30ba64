import json
import math

import pytest
from pydantic import ValidationError

from lab6.record import SCHEMA_VERSION, Gpu, Machine, Record, Round

ROUND = {"seed": 0, "process": 1, "training_accuracy": 0.8, "training_loss": 0.5, "test_accuracy": 0.9}
RECORD = {
    "schema_version": SCHEMA_VERSION,
    "lab6_version": "0.1.0",
    "engine": "fit",
    "backend": "tensorflow",
    "device": "cpu",
    "dataset": "mnist",
    "dataset_digest": "sha256:0",
    "training_images": 60_000,
    "test_images": 10_000,
    "batch_size": 100,
    "steps_per_epoch": 600,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "network": [784, 128, 10],
    "precision": "float32",
    "parameter_count": 101_770,
    "rounds": [ROUND],
}


@pytest.mark.parametrize("model", [Round, Record, Gpu, Machine])
def test_every_field_is_documented(model):
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description"


def test_what_is_saved_can_be_read_again():
    record = Record.model_validate(RECORD)
    assert Record.model_validate(json.loads(json.dumps(record.saved()))) == record
    assert record.saved() == RECORD


def test_what_is_unknown_is_left_out():
    saved = Record.model_validate(RECORD).saved()
    assert "device_name" not in saved
    assert "peak_memory_bytes" not in saved["rounds"][0]


def test_a_loss_that_is_not_a_number_is_kept():
    record = Record.model_validate(RECORD | {"rounds": [ROUND | {"training_loss": math.nan}]})
    assert math.isnan(json.loads(json.dumps(record.saved()))["rounds"][0]["training_loss"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 0},
        {"batch_size": True},
        {"batch_size": "100"},
        {"batch_size": 1.5},
        {"learning_rate": 0.0},
        {"learning_rate": math.inf},
        {"rounds": []},
        {"rounds": [ROUND | {"test_accuracy": 1.1}]},
        {"rounds": [ROUND | {"peak_memory_bytes": 0}]},
        {"rounds": [ROUND | {"cpu_seconds": -1.0}]},
        {"network": [784, 0]},
        {"engine": None},
        {"surprise": 1},
    ],
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        Record.model_validate(RECORD | wrong)


def test_records_cannot_be_changed():
    with pytest.raises(ValidationError):
        Record.model_validate(RECORD).batch_size = 5


def test_a_record_of_the_first_schema_says_nothing_of_other_programs():
    record = Record.model_validate(RECORD | {"schema_version": 1})
    assert record.load_before is None
    assert record.rounds[0].other_cpu_seconds is None


@pytest.mark.parametrize("version", [1, 2])
def test_a_record_of_an_older_schema_says_nothing_of_ceilings(version):
    record = Record.model_validate(RECORD | {"schema_version": version})
    assert (record.peak_flops_per_second, record.peak_bytes_per_second, record.limit_seconds) == (None, None, None)


@pytest.mark.parametrize("field", ["peak_flops_per_second", "peak_bytes_per_second", "limit_seconds"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_ceiling_is_finite_and_above_0(field, value):
    with pytest.raises(ValidationError):
        Record.model_validate(RECORD | {field: value})


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan])
def test_what_others_took_is_a_time(value):
    for wrong in ({"load_before": value}, {"rounds": [ROUND | {"other_cpu_seconds": value}]}):
        with pytest.raises(ValidationError):
            Record.model_validate(RECORD | wrong)
