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


def test_two_cores_are_a_place_each(machine):
    machine([0, 1])
    found = places.choose("cpu", None)
    assert (found.played, found.cores, found.threads) == (AT_ONCE, ((0,), (1,)), 1)
    assert found.sentence == ("at the same time, one thread each, pinned to cores 0 and 1, swapped from pair to pair")


def test_only_cores_that_this_process_may_use_are_taken(machine):
    machine([3, 5, 9])
    assert places.choose("cpu", None).cores == ((3,), (5,))


@pytest.mark.parametrize(("cores", "quota"), [([4], None), ([4, 5, 6], 1)])
def test_on_one_core_sides_take_turns(machine, cores, quota):
    machine(cores, quota=quota)
    found = places.choose("cpu", None)
    assert (found.played, found.cores, found.threads) == (IN_TURNS, ((4,), (4,)), 1)
    assert found.sentence == "in turns, the order swapped each time, because they would need 2 cores"


def test_hyperthreads_of_one_physical_core_are_not_both_sides(machine):
    machine([0, 1, 2, 3], {0: 0, 1: 0, 2: 1, 3: 1})
    assert places.choose("cpu", None).cores == ((0,), (2,))
    assert places.choose("cpu", 2).cores == ((0, 2), (1, 3))


def test_cores_of_which_the_system_says_nothing_are_taken_for_physical_ones(machine):
    machine([0, 1, 2, 3], {0: "", 1: "", 2: "", 3: ""})
    assert places.choose("cpu", None).cores == ((0,), (1,))


def test_several_threads_have_a_core_each(machine):
    machine(range(6))
    found = places.choose("cpu", 3)
    assert (found.cores, found.threads) == (((0, 1, 2), (3, 4, 5)), 3)
    assert "3 threads each, pinned to cores 0,1,2 and 3,4,5" in found.sentence


def test_threads_that_find_no_core_each_take_turns(machine):
    machine(range(4))
    found = places.choose("cpu", 3)
    assert (found.played, found.cores, found.threads) == (IN_TURNS, ((0, 1, 2), (0, 1, 2)), 3)
    assert "would need 6 cores" in found.sentence


def test_with_all_threads_sides_take_turns_on_all_cores(machine):
    machine(range(8))
    found = places.choose("cpu", "all")
    assert (found.played, found.cores, found.threads) == (IN_TURNS, (None, None), None)


def test_where_nothing_can_be_pinned_that_is_said(machine):
    machine([0, 1], pins=False)
    found = places.choose("cpu", None)
    assert (found.played, found.cores, found.threads) == (AT_ONCE, (None, None), 1)
    assert "not pinned" in found.sentence
    machine([0], pins=False)
    assert (places.choose("cpu", None).played, places.choose("cpu", None).cores) == (IN_TURNS, (None, None))


def test_on_one_gpu_sides_take_turns(machine):
    machine([0, 1])
    found = places.choose("gpu:0", None, ["A GPU"])
    assert (found.played, found.gpus) == (IN_TURNS, ("0", "0"))
    assert (found.cores, found.threads) == ((None, None), None)


def test_two_equal_gpus_are_a_place_each(machine):
    machine([0, 1])
    found = places.choose("gpu:1", None, ["A GPU", "A GPU"])
    assert (found.played, found.gpus) == (AT_ONCE, ("1", "0"))
    assert found.sentence == "at the same time, on GPU 1 and GPU 0, swapped from pair to pair"


def test_gpus_of_different_models_are_not_compared(machine):
    machine([0, 1])
    found = places.choose("gpu:1", None, ["A GPU", "B GPU"])
    assert (found.played, found.gpus) == (IN_TURNS, ("1", "1"))


def test_gpus_that_the_user_has_hidden_stay_hidden(machine, monkeypatch):
    machine([0, 1])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, 5")
    assert places.choose("gpu:0", None, ["A GPU", "A GPU"]).gpus == ("3", "5")
    assert places.choose("gpu:1", None, ["A GPU", "B GPU"]).gpus == ("5", "5")


def test_an_ordinary_process_is_pinned_only_where_it_has_fewer_threads_than_cores(machine):
    machine([0, 1, 2, 3], {0: 0, 1: 0, 2: 1, 3: 1})
    assert places.first(None) is None
    assert places.first(1) == (0,)
    assert places.first(2) == (0, 2)
    assert places.first(3) == (0, 1, 2)
    assert places.first(4) is None


def test_where_nothing_can_be_pinned_an_ordinary_process_is_not(machine):
    machine([0, 1], pins=False)
    assert places.first(1) is None
