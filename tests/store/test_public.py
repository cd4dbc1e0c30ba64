import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lab6.store import lab_report
from lab6.store.columns import COLUMNS, TEXT
from lab6.store.public import last_part, public
from tests import saved
from tests.small import rounds

SECRET = "anna"

SETTINGS = {"LD_PRELOAD": f"/home/{SECRET}/a.so", "XLA_FLAGS": f"--xla_dump_to=~{SECRET}, x", "OMP_NUM_THREADS": "2"}


def telling(**machine):
    """A run that names a person in every text that can."""
    told = {"label": f"{SECRET}s laptop", "settings": SETTINGS} | machine
    told["versions"] = saved.MACHINE["versions"] | {"torch": f"2.5.0+{SECRET}.1", "jax": "0.4+cu124"}
    own = saved.run(
        machine=told,
        engine=f"{SECRET}.engines.mine",
        dataset=f"/home/{SECRET}/images",
        optimizer=f"{SECRET}.training:cosine()",
        network=None,
        model=f"C:\\{SECRET}\\models.py:small()",
        lab6_version=f"0.1.0+{SECRET}",
        duet=SECRET,
        side="candidate",
    )
    for benchmark in own["benchmarks"]:
        del benchmark["extra_info"]["network"]
    return own | {"lab6_run": SECRET, "commit_info": {"id": "a" * 40, "dirty": True}}


def only(frame, column):
    (value,) = frame[column].unique()
    return value


def test_no_text_names_what_it_named_and_what_was_measured_stays():
    before = rounds(telling()).assign(source=f"/home/{SECRET}/results/0001.json")
    texts = [name for name, column in COLUMNS.items() if column.dtype == TEXT]
    assert sum(before[name].str.contains(SECRET).any() for name in texts) == 11
    after = public(before)
    for name in texts:
        assert not after[name].str.contains(SECRET).any(), name
    changed = ["source", "run", "commit", "dirty", "machine", "versions", "settings", "lab6_version", "engine"]
    changed += ["duet", "dataset", "optimizer", "network"]
    kept = [name for name in before if name not in changed]
    assert_frame_equal(after[kept], before[kept])
    assert only(after, "machine").endswith(" (A CPU, 2 cores)")
    assert (
        only(after, "versions")
        == "Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6, JAX 0.4+cu124, PyTorch 2.5.0"
    )
    assert [only(after, name) for name in ("engine", "dataset", "optimizer", "network")] == [
        *("mine", "images", "cosine()", "small()")
    ]


def test_a_setting_with_a_path_says_only_so_and_different_ones_stay_different():
    one, same, other = (
        only(public(rounds(telling(settings=own))), "settings")
        for own in (SETTINGS, SETTINGS, SETTINGS | {"LD_PRELOAD": "/usr/b.so"})
    )
    assert one == same != other
    assert one.startswith("LD_PRELOAD=(path ")
    assert "OMP_NUM_THREADS=2" in one


def test_machines_stay_apart_and_are_called_the_same_each_time():
    runs = [
        saved.run(machine={"label": label}, datetime=f"2026-01-0{day}") for label, day in (("a", 1), ("b", 2), ("a", 3))
    ]
    first, all_of_them = public(rounds(runs[0])), public(rounds(*runs))
    assert all_of_them["machine"].nunique() == 2
    assert only(first, "machine") == all_of_them["machine"].iloc[0] == all_of_them["machine"].iloc[-1]
    assert list(all_of_them["run"].iloc[: len(first)]) == list(first["run"])
    assert all_of_them["run"].nunique() == 3


def test_two_people_with_the_same_hardware_and_label_have_two_machines():
    one, other = (only(public(rounds(saved.run(seed=seed))), "machine") for seed in (0, 1))
    assert one != other


@pytest.mark.parametrize("own", [[], [saved.run()]], ids=["alone", "beside a run"])
def test_the_lab_report_stays_as_it_is(own):
    before = rounds(*own, reported=True)
    after = public(before)
    reported = before["run"] == lab_report.NAME
    assert_frame_equal(after[reported], before[reported])
    assert after.dtypes.to_dict() == before.dtypes.to_dict()
    assert list(after.index) == list(before.index)


def test_unknown_texts_stay_unknown_and_what_names_nobody_stays():
    before = rounds(saved.run())
    after = public(before)
    same = [name for name in before if name not in ("source", "run", "machine")]
    assert_frame_equal(after[same], before[same])
    assert pd.isna(only(after, "duet"))


def test_a_machine_of_which_nothing_is_known_has_a_name_too():
    unknown = rounds(saved.run()).assign(cpu_model=pd.NA, usable_cores=pd.NA)
    assert only(public(unknown.astype({"usable_cores": "Int64"})), "machine").endswith(" (unknown hardware)")


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("mnist", "mnist"),
        ("784-128-10", "784-128-10"),
        ("cosine()", "cosine()"),
        ("a.b.make()", "make()"),
        ("a/b/nets.py:make()", "make()"),
        ("C:\\nets\\small", "small"),
        ("a/images/", "images"),
        ("v1.5", "v1.5"),
    ],
)
def test_of_a_path_or_a_module_the_last_part_stays(name, last):
    assert last_part(name) == last
