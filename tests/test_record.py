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


def record(**changed):
    return Record.model_validate(RECORD | changed)


def test_what_is_saved_can_be_read_again_and_says_nothing_of_what_is_unknown():
    assert Record.model_validate(json.loads(json.dumps(record().saved()))) == record()
    assert record().saved() == RECORD


def test_a_loss_that_is_not_a_number_is_kept():
    saved = record(rounds=[ROUND | {"training_loss": math.nan}]).saved()
    assert math.isnan(json.loads(json.dumps(saved))["rounds"][0]["training_loss"])


NO_CEILING = [0.0, -1.0, math.inf, math.nan]
WRONG = {
    "batch_size": [0, True, "100", 1.5],
    "learning_rate": [0.0, math.inf],
    "rounds": [[]],
    "network": [[784, 0]],
    "engine": [None],
    "surprise": [1],
    "load_before": [-0.1, math.inf, math.nan],
    "peak_flops_per_second": NO_CEILING,
    "peak_bytes_per_second": NO_CEILING,
    "limit_seconds": NO_CEILING,
}
WRONG_OF_A_ROUND = {
    "test_accuracy": [1.1],
    "peak_memory_bytes": [0],
    "cpu_seconds": [-1.0],
    "other_cpu_seconds": [-0.1, math.inf, math.nan],
}


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: value} for name, values in WRONG.items() for value in values),
        *({"rounds": [ROUND | {name: value}]} for name, values in WRONG_OF_A_ROUND.items() for value in values),
    ],
    ids=str,
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        record(**wrong)


def test_records_cannot_be_changed():
    with pytest.raises(ValidationError):
        record().batch_size = 5


@pytest.mark.parametrize("version", [1, 2])
def test_a_record_of_an_older_schema_does_not_know_what_was_added_later(version):
    old = record(schema_version=version)
    assert (old.load_before, old.rounds[0].other_cpu_seconds) == (None, None)
    assert (old.peak_flops_per_second, old.peak_bytes_per_second, old.limit_seconds) == (None, None, None)
