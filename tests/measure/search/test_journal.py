"""The file of a search keeps every trial, and refuses those of other work."""

import pytest

from lab6 import trials
from lab6.errors import OptionError, ResultsError
from lab6.measure.search.grid import Setting
from lab6.measure.search.journal import Journal
from tests.test_trials import CONSTANT, FALLING, TRIED


def test_a_trial_is_in_the_file_as_soon_as_it_is_added(tmp_path):
    journal = Journal(tmp_path / "new" / "table.jsonl", TRIED)
    journal.add(CONSTANT)
    assert trials.read(journal.path).trials == (CONSTANT,)


def test_a_search_goes_on_with_what_is_there_even_if_its_last_line_was_cut_off(tmp_path):
    path = tmp_path / "table.jsonl"
    trials.write(path, TRIED, [FALLING, CONSTANT])
    path.write_text(path.read_text()[:-9])
    journal = Journal(path, TRIED)
    assert journal.found == 1
    assert journal.get(16, Setting(0.004, 1_115), 1) == FALLING
    assert journal.get(32, Setting(0.001), 0) is None
    journal.add(CONSTANT)
    assert trials.read(path).trials == (FALLING, CONSTANT)


@pytest.mark.parametrize(
    ("field", "value"),
    [("dataset_digest", "sha256:1"), ("optimizer", "sgd"), ("network", (784, 64, 10)), ("targets", (0.9,))],
)
def test_a_table_of_other_work_is_refused_and_left_as_it_is(tmp_path, field, value):
    path = tmp_path / "table.jsonl"
    trials.write(path, TRIED.model_copy(update={field: value}), [CONSTANT])
    before = path.read_bytes()
    with pytest.raises(OptionError, match=f"table.jsonl is a table of other trials: {field} is .* there and .* here"):
        Journal(path, TRIED)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_trained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        Journal(tmp_path / "file" / "table.jsonl", TRIED)
