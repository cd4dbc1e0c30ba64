import pandas as pd
import pytest

from lab6.record import Machine, Record, Round
from lab6.store.columns import COLUMNS, REAL, TEXT, TIME, TRUTH, WHOLE, frame


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_has_a_type_and_a_meaning(name):
    assert COLUMNS[name].dtype in (TEXT, WHOLE, REAL, TIME, TRUTH)
    assert COLUMNS[name].meaning.strip()


@pytest.mark.parametrize("model", [Record, Round, Machine])
def test_every_saved_field_has_its_column(model):
    assert set(model.model_fields) - {"rounds", "label", "model"} <= set(COLUMNS)


@pytest.mark.parametrize(
    ("name", "model"), [("batch_size", Record), ("test_accuracy", Round), ("usable_cores", Machine)]
)
def test_a_column_means_what_the_record_says(name, model):
    assert COLUMNS[name].meaning == model.model_fields[name].description


@pytest.mark.parametrize(
    "rows", [[], [{"batch_size": 100, "seconds": 1, "engine": "fit", "measured_at": pd.Timestamp(0, tz="UTC")}]]
)
def test_a_frame_has_exactly_the_columns_and_types(rows):
    made = frame(rows)
    assert len(made) == len(rows)
    assert list(made.columns) == list(COLUMNS)
    assert [str(dtype) for dtype in made.dtypes] == [column.dtype for column in COLUMNS.values()]


def test_what_a_row_does_not_name_is_missing_and_never_zero():
    made = frame([{"seconds": 1.5}])
    assert made.loc[0, "seconds"] == 1.5
    assert made.drop(columns="seconds").isna().all(axis=None)


def test_a_whole_number_stays_exact_beside_a_missing_one():
    exact = 2**40 + 1
    assert frame([{"peak_memory_bytes": exact}, {}])["peak_memory_bytes"].tolist() == [exact, pd.NA]
