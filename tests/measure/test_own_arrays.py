import pytest

from lab6.measure import roofline

own_arrays = pytest.importorskip("lab6.measure.own_arrays", reason="it needs Numba")


def test_the_arrays_of_each_core_are_a_share_of_all(monkeypatch):
    asked = []
    monkeypatch.setattr(own_arrays, "passes", lambda *given: asked.append(given))
    monkeypatch.setattr(roofline, "_least", lambda ways: 0.5)
    found = roofline.by_size(threads=4)
    assert list(found) == list(roofline.HELD)
    for (elements, times, threads), (held, rate) in zip(asked, found.items(), strict=True):
        assert (elements, threads) == (held, 4)  # 4 bytes of each element, in 4 cores
        assert rate == pytest.approx(8 * elements * times / 0.5)


@pytest.mark.parametrize("threads", [1, 3])
def test_cores_pass_over_their_own_arrays(threads):
    assert own_arrays.passes(1_000, 2, threads)() == [None] * threads
