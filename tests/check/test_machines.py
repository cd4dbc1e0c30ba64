import pandas as pd

from lab6.check import machines
from lab6.check.fingerprint import differences
from tests.check.sides import runs

BASELINE = runs(1.0, machine={"label": "of an earlier container"})


def labels(*candidates: pd.DataFrame) -> list[str]:
    """The machines of the candidates that are of the baseline's."""
    return list(machines.of_the_same(pd.concat(candidates), BASELINE)["machine"].unique())


def test_a_machine_of_another_name_is_the_same_if_all_that_decides_its_speed_is():
    same, other = runs(1.0, year=2027), runs(1.0, year=2028, machine={"label": "other", "usable_cores": 4})
    assert labels(same, other) == ["here"]
    assert labels(other) == []


def test_a_machine_of_that_name_comes_first_whatever_has_changed_on_it():
    changed = runs(1.0, year=2027, machine={"label": "of an earlier container", "usable_cores": 4})
    assert labels(runs(1.0, year=2028), changed) == ["of an earlier container"]


def test_a_package_that_one_engine_needs_may_be_missing_on_one_side_but_not_differ():
    with_numba = [{"keras": "3.15", "numba": version} for version in ("0.67", "0.68")]
    assert differences({"keras": "3.15"}, with_numba[0]) == []
    assert differences(*with_numba) == [("numba", "0.67", "0.68")]
    assert differences({"numba": "0.67"}, with_numba[0]) == [("keras", "unknown", "3.15")]
