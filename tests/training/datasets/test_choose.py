import tempfile
from pathlib import Path

import numpy as np
import pytest

from lab6.errors import DataError, OptionError
from lab6.place import Place
from lab6.training.datasets import choose, load, mnist, needs_framework, parse
from lab6.training.datasets import digits as recipe


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def quickly_made(monkeypatch, digits):
    """The digits without the seconds that making them takes."""
    monkeypatch.setattr(recipe, "make", lambda: (digits.training, digits.test))


@pytest.fixture
def no_network(monkeypatch):
    def fail(folder, seconds):
        raise DataError("every mirror failed: no connection")

    monkeypatch.setattr(mnist, "download", fail)


def test_auto_falls_back_to_digits_and_says_why(no_network, private_cache):
    dataset = load("auto")
    assert dataset.name == "digits"
    assert dataset.source.startswith("instead of MNIST: every mirror failed: no connection (--dataset mnist waits")
    assert (len(dataset.training), len(dataset.test)) == (60_000, 10_000)


def test_auto_waits_for_a_download_less_than_the_20_seconds_that_a_start_may_take(monkeypatch, private_cache):
    waits = []
    monkeypatch.setattr(mnist, "download", lambda folder, seconds: waits.append(seconds))
    assert load("auto").name == "digits"
    assert waits == [choose.SECONDS["auto"]]
    assert waits[0] <= 10


def test_mnist_that_is_not_available_is_an_error_that_says_what_to_do(no_network, empty_cache):
    with pytest.raises(DataError, match=r"no connection\): put mnist.npz .* --data-dir, or use --dataset digits"):
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


def test_a_folder_that_was_named_must_hold_mnist(tmp_path, blank_arrays):
    np.savez(tmp_path / "mnist.npz", **blank_arrays)
    for choice in ("auto", "mnist"):
        with pytest.raises(DataError, match=r"nowhere cannot be read \(No such file or directory\): give --data-dir"):
            load(choice, tmp_path / "nowhere")
        with pytest.raises(DataError, match="MNIST's shapes but not its content"):
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
    assert first.training.inputs.shape == (100, 28, 28)
    assert first.training.inputs.max() == 1
    assert first.training.inputs.dtype == np.float32


def test_mnist_needs_no_cache_that_can_be_written(tmp_path, monkeypatch):
    """The download goes into a temporary folder instead, which is deleted afterwards."""
    folders = []

    def fill(folder, seconds):
        folders.append(folder)
        (folder / "mnist.npz").write_text("from the network")

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(mnist, "download", fill)
    with pytest.raises(DataError, match=r"is damaged or is not a \.npz archive"):
        mnist.from_cache_or_network(tmp_path / "file" / "mnist", seconds=1)
    assert not folders[0].is_relative_to(tmp_path / "file")
    assert not folders[0].exists()


def test_a_damaged_archive_in_the_cache_does_not_hide_what_is_downloaded(tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").write_text("damaged")
    seen = []
    monkeypatch.setattr(mnist, "download", lambda folder, seconds: seen.append(list(folder.iterdir())))
    with pytest.raises(DataError, match="has neither mnist.npz nor"):
        mnist.from_cache_or_network(tmp_path, seconds=1)
    assert seen == [[]]


def test_digits_with_another_digest_are_never_used(empty_cache, digits, monkeypatch):
    monkeypatch.setattr(recipe, "make", lambda: (digits.test, digits.training))
    with pytest.raises(DataError, match="digits was made with the digest sha256:"):
        load("digits")
    assert not list(empty_cache.rglob("*.npz"))


def test_the_cache_can_be_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("LAB6_CACHE_DIR", str(tmp_path))
    assert choose.cache_folder() == tmp_path
    monkeypatch.delenv("LAB6_CACHE_DIR")
    assert choose.cache_folder().name == "lab6"


@pytest.mark.parametrize("answer", [KeyError("getpwuid(): uid not found: 54321"), Path("~/.cache/lab6")])
def test_a_user_without_a_home_has_a_cache_among_temporary_files(monkeypatch, answer):
    def cache(*arguments, **named):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.delenv("LAB6_CACHE_DIR")
    monkeypatch.setattr(choose.platformdirs, "user_cache_path", cache)
    assert choose.cache_folder() == Path(tempfile.gettempdir()) / "lab6-cache"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder that is the home folder too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("text", [*choose.CHOICES, "keras:cifar10", "keras:fashion_mnist", "keras:unknown_yet"])
def test_names_are_taken_as_they_are(here, text):
    (here / "mnist").mkdir()
    assert parse("--dataset", text, here) == text


@pytest.mark.parametrize("name", ["fashion.npz", "a:b", "data.py:load", "C:\\x.npz", "keras:cifar10", "s3:", "l" * 255])
def test_what_exists_is_a_path_whatever_it_is_called(here, name):
    (here / name).write_bytes(b"")
    for text in (name, f"~/{name}", str(here / name)):
        assert parse("--dataset", text, here) == str(here / name)


def test_functions_are_found_below_the_tree(here):
    (here / "data.py").write_text("")
    assert parse("--dataset", "data.py:load", here) == Place("data.py", "load")
    assert parse("--dataset", "~/data.py:load", here) == Place("data.py", "load")
    assert parse("--dataset", "package.module:load", here) == Place("package.module", "load")


@pytest.mark.parametrize(
    "text",
    [
        *("minst", "cifar10", "", "nowhere/", "gone.npz", "C:\\gone.npz", "D:/gone.npz", "s3://bucket/x.npz", "a:"),
        *("keras:", "keras:CIFAR10", "keras:cifar-10", "keras:a.b", "x" * 500, "nul\0l"),
    ],
)
def test_an_unknown_word_is_refused_with_all_that_can_be_given(here, text):
    with pytest.raises(
        OptionError,
        match=r"^--dataset: '.*' is no data set; give auto, mnist, digits, keras:NAME, an \.npz file, a folder of IDX "
        r"files, or package\.module:function or path/to/file\.py:function\.$",
    ) as caught:
        parse("--dataset", text, here)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["gone.py:load", "not a module:load"])
def test_a_place_that_is_none_is_refused(here, text):
    with pytest.raises(
        OptionError, match=r"^--dataset: .*; give package\.module:function or path/to/file\.py:function"
    ):
        parse("--dataset", text, here)


def test_one_s_own_data_do_not_read_the_folder_of_mnist(here):
    for choice in ("mnist.npz", "fashion"):
        with pytest.raises(DataError, match=f"^{choice} is neither a file nor a folder"):
            load(choice, here / "nowhere")


def test_only_what_keras_or_a_function_gives_needs_a_framework():
    assert needs_framework("keras:cifar10")
    assert needs_framework(Place("data.py", "load"))
    assert not any(map(needs_framework, ("auto", "mnist", "digits", "/data/fashion.npz", "/keras:x")))
