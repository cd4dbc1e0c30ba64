import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets import choose, load, mnist
from lab6.training.datasets import digits as recipe


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def quickly_made(monkeypatch, digits):
    """The digits without the seconds that making them takes; ``test_digits.py`` makes them."""
    monkeypatch.setattr(recipe, "make", lambda: (digits.training, digits.test))


@pytest.fixture
def no_network(monkeypatch):
    def fail(folder, seconds):
        raise DataError("3 mirrors failed: no connection")

    monkeypatch.setattr(mnist, "download", fail)


def test_auto_falls_back_to_digits_and_says_why(no_network, private_cache):
    dataset = load("auto")
    assert dataset.name == "digits"
    assert dataset.source.startswith("instead of MNIST: 3 mirrors failed: no connection (--dataset mnist waits longer")
    assert (len(dataset.training), len(dataset.test)) == (60_000, 10_000)


def test_auto_waits_for_a_download_less_than_the_20_seconds_that_a_start_may_take(monkeypatch, private_cache):
    waits = []
    monkeypatch.setattr(mnist, "download", lambda folder, seconds: waits.append(seconds))
    assert load("auto").name == "digits"
    assert waits == [choose.AUTO_SECONDS]
    assert choose.AUTO_SECONDS <= 10


def test_mnist_that_cannot_be_had_is_an_error_that_says_what_to_do(no_network, empty_cache):
    with pytest.raises(DataError, match=r"no connection\): put mnist.npz .* --data-dir, or take --dataset digits"):
        load("mnist")


def test_digits_are_made_once_and_then_read_from_the_cache(empty_cache, quickly_made, monkeypatch):
    made = load("digits")
    monkeypatch.setattr(recipe, "make", lambda: pytest.fail("made again"))
    read = load("digits")
    np.testing.assert_array_equal(read.training.pixels, made.training.pixels)
    assert read.digest == made.digest == recipe.DIGEST


def test_a_damaged_cache_of_digits_is_made_anew(empty_cache, quickly_made):
    path = empty_cache / "digits" / "mnist.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not an archive")
    assert load("digits").digest == recipe.DIGEST
    assert path.stat().st_size > 50_000_000


def test_a_cache_that_cannot_be_written_does_no_harm(quickly_made, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(choose, "cache_folder", lambda: tmp_path / "file")
    assert load("digits").digest == recipe.DIGEST


@pytest.mark.parametrize("choice", ["auto", "mnist"])
def test_a_folder_that_was_named_must_hold_mnist(choice, tmp_path, blank_arrays):
    with pytest.raises(DataError, match="does not exist"):
        load(choice, tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no MNIST"):
        load(choice, tmp_path)
    np.savez_compressed(tmp_path / "mnist.npz", **blank_arrays)
    with pytest.raises(DataError, match="MNIST's shape but not its content"):
        load(choice, tmp_path)


def test_the_real_mnist_is_known_by_the_digest_of_its_arrays(mnist_folder):
    dataset = load("auto", mnist_folder)
    assert (dataset.name, dataset.digest) == ("mnist", mnist.DIGEST)
    assert dataset.training.pixels.mean() / 255 == pytest.approx(0.13066, abs=1e-5)
    assert dataset.training.labels[:5].tolist() == [5, 0, 4, 1, 9]


def test_the_first_images_keep_the_whole_data_sets_identity(digits):
    first = digits.first(100)
    assert (len(first.training), len(first.test)) == (100, 10_000)
    assert first.digest == digits.digest
    assert digits.first(None) is digits
    assert first.training.inputs.shape == (100, 784)
    assert first.training.inputs.max() == 1
    assert first.training.inputs.dtype == np.float32


def test_a_folder_that_cannot_be_read_is_an_error_of_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"cannot be read \(File name too long\)"):
        load("auto", tmp_path / ("x" * 300))


def test_a_cache_that_cannot_be_written_is_no_reason_to_do_without_mnist(tmp_path, monkeypatch):
    """The download goes into a temporary folder instead, which is gone afterwards."""
    folders = []

    def fill(folder, seconds):
        folders.append(folder)
        (folder / "mnist.npz").write_text("from the network")

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(mnist, "download", fill)
    with pytest.raises(DataError, match="is damaged or is no .npz archive"):
        mnist.from_cache_or_network(tmp_path / "file" / "mnist", seconds=1)
    assert not folders[0].is_relative_to(tmp_path / "file")
    assert not folders[0].exists()


def test_a_damaged_archive_in_the_cache_does_not_hide_what_is_downloaded(tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").write_text("damaged")
    seen = []
    monkeypatch.setattr(mnist, "download", lambda folder, seconds: seen.append(list(folder.iterdir())))
    with pytest.raises(DataError, match="holds no MNIST"):
        mnist.from_cache_or_network(tmp_path, seconds=1)
    assert seen == [[]]


def test_digits_that_came_out_differently_are_never_used(empty_cache, monkeypatch):
    monkeypatch.setattr(recipe, "SEED", 7)
    with pytest.raises(DataError, match="came out with the digest sha256:"):
        load("digits")
    assert not list(empty_cache.rglob("*.npz"))


def test_the_cache_can_be_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("LAB6_CACHE_DIR", str(tmp_path))
    assert choose.cache_folder() == tmp_path
    monkeypatch.delenv("LAB6_CACHE_DIR")
    assert choose.cache_folder().name == "lab6"
