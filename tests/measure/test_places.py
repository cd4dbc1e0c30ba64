import pytest

from lab6.measure import places
from lab6.measure.places import AT_ONCE, IN_TURNS


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with these logical cores, of which some share a physical one."""

    def machine(cores, physical=None, quota=None, pins=True):
        monkeypatch.setattr(places, "affinity", lambda: sorted(cores))
        monkeypatch.setattr(places, "usable_cores", lambda: quota or len(cores))
        monkeypatch.setattr(places, "can_pin", lambda: pins)
        monkeypatch.setattr(places, "TOPOLOGY", tmp_path)
        for core, place in (physical or {}).items():
            folder = tmp_path / f"cpu{core}" / "topology"
            folder.mkdir(parents=True)
            (folder / "physical_package_id").write_text("0\n")
            (folder / "core_id").write_text(f"{place}\n")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return machine


SMT = {0: 0, 1: 0, 2: 1, 3: 1}
"""Logical cores, of which two each share a physical one."""

UNSAID = dict.fromkeys(SMT, "")

ALIKE = {"played": AT_ONCE, "threads": 1}
IN_TURN = {"played": IN_TURNS, "threads": 1}


@pytest.mark.parametrize(
    ("here", "threads", "expected", "sentence"),
    [
        ({"cores": [0, 1]}, None, ALIKE | {"cores": ((0,), (1,))}, "at the same time, one thread each, pinned to"),
        ({"cores": [3, 5, 9]}, None, ALIKE | {"cores": ((3,), (5,))}, "pinned to cores 3 and 5, swapped from pair to"),
        ({"cores": [4]}, None, IN_TURN | {"cores": ((4,), (4,))}, "in turns, the order swapped each time, because"),
        ({"cores": [4, 5, 6], "quota": 1}, None, IN_TURN | {"cores": ((4,), (4,))}, "they would need 2 cores"),
        ({"cores": range(4), "physical": SMT}, None, ALIKE | {"cores": ((0,), (2,))}, "cores 0 and 2"),
        ({"cores": range(4), "physical": SMT}, 2, {"played": AT_ONCE, "cores": ((0, 2), (1, 3))}, "2 threads each"),
        ({"cores": range(4), "physical": UNSAID}, None, ALIKE | {"cores": ((0,), (1,))}, "pinned to cores 0"),
        ({"cores": range(6)}, 3, {"cores": ((0, 1, 2), (3, 4, 5)), "threads": 3}, "3 threads each"),
        ({"cores": range(4)}, 3, {"played": IN_TURNS, "cores": ((0, 1, 2), (0, 1, 2)), "threads": 3}, "need 6 cores"),
        ({"cores": range(8)}, "all", {"played": IN_TURNS, "cores": (None, None), "threads": None}, "with all threads"),
        ({"cores": [0, 1], "pins": False}, None, ALIKE | {"cores": (None, None)}, "not pinned"),
        ({"cores": [0], "pins": False}, None, IN_TURN | {"cores": (None, None)}, "in turns"),
    ],
)
def test_each_side_has_physical_cores_of_its_own_or_they_take_turns(machine, here, threads, expected, sentence):
    machine(**here)
    found = places.choose("cpu", threads)
    assert {field: getattr(found, field) for field in expected} == expected
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("device", "models", "visible", "played", "gpus"),
    [
        ("gpu:0", ["A GPU"], None, IN_TURNS, ("0", "0")),
        ("gpu:1", ["A GPU", "A GPU"], None, AT_ONCE, ("1", "0")),
        ("gpu:1", ["A GPU", "B GPU"], None, IN_TURNS, ("1", "1")),
        ("gpu:0", ["A GPU", "A GPU"], "3, 5", AT_ONCE, ("3", "5")),
        ("gpu:1", ["A GPU", "B GPU"], "3, 5", IN_TURNS, ("5", "5")),
    ],
)
def test_two_equal_gpus_are_a_place_each_and_hidden_ones_stay_hidden(
    machine, monkeypatch, device, models, visible, played, gpus
):
    machine([0, 1])
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = places.choose(device, None, models)
    assert (found.played, found.gpus, found.cores, found.threads) == (played, gpus, (None, None), None)
    assert found.sentence.startswith(f"{played}, on GPU 1 and GPU 0" if gpus == ("1", "0") else played)


def test_an_ordinary_process_is_pinned_only_if_it_has_fewer_threads_than_cores(machine):
    machine([0, 1, 2, 3], SMT)
    assert [places.first(threads) for threads in (None, 1, 2, 3, 4)] == [None, (0,), (0, 2), (0, 1, 2), None]
    machine([0, 1], pins=False)
    assert places.first(1) is None
