"""Somebody's four arrays: the forms that are read, and those that are refused in one sentence."""

import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets import arrays, digits, mnist

TRAINING, TEST = 6, 4


def given(**changed):
    """Four small arrays, some of them changed."""
    random = np.random.default_rng(0)
    usual = {
        "x_train": random.integers(0, 256, (TRAINING, 5, 4, 3), np.uint8),
        "y_train": np.arange(TRAINING) % 3,
        "x_test": random.integers(0, 256, (TEST, 5, 4, 3), np.uint8),
        "y_test": np.arange(TEST) % 3,
    }
    return usual | changed


def read(name="own", **changed):
    return arrays.dataset(name, "from here", given(**changed))


def images(change):
    usual = given()
    return {name: change(usual[name]) for name in ("x_train", "x_test")}


def labels(change):
    usual = given()
    return {name: change(usual[name]) for name in ("y_train", "y_test")}


def test_images_of_any_shape_and_count_are_kept_as_bytes():
    found = read()
    assert (found.name, found.source, found.shape, found.classes) == ("own", "from here", (5, 4, 3), 3)
    assert (len(found.training), len(found.test)) == (TRAINING, TEST)
    assert found.training.pixels.dtype == found.test.labels.dtype == np.uint8
    np.testing.assert_array_equal(found.training.pixels, given()["x_train"])
    assert found.training.inputs.max() <= 1


@pytest.mark.parametrize("dtype", ["int64", ">i4", "uint16", "int16"])
def test_other_integers_that_are_bytes_become_bytes(dtype):
    assert read(**images(lambda array: array.astype(dtype))).digest == read().digest


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f4", "float64"])
def test_floats_become_float32_and_are_not_scaled(dtype):
    found = read(**images(lambda array: array.astype(dtype) - 100))
    np.testing.assert_array_equal(found.test.inputs, given()["x_test"].astype(np.float32) - 100)
    assert found.training.pixels.dtype == np.float32
    assert found.digest == read(**images(lambda array: array.astype(np.float32) - 100)).digest != read().digest


def test_black_and_white_becomes_0_and_255():
    found = read(**images(lambda array: array > 99))
    np.testing.assert_array_equal(found.training.inputs, given()["x_train"] > 99)
    assert found.training.pixels.dtype == np.uint8


def test_vectors_and_lists_are_read():
    found = read(x_train=[[0.5, 1.5]] * TRAINING, x_test=[[0.5, 1.5]] * TEST, y_train=[0, 1] * 3, y_test=[0] * 4)
    assert (found.shape, found.classes) == ((2,), 2)


def test_arrays_are_in_c_order_and_can_be_written():
    pixels = images(lambda array: np.asfortranarray(array.astype(np.float32)))
    pixels["x_test"].flags.writeable = False
    found = read(**pixels)
    for part in (found.training, found.test):
        assert part.pixels.flags.c_contiguous
        assert part.pixels.flags.writeable
    assert read(**images(np.asfortranarray)).training.pixels.flags.c_contiguous


def test_what_needs_no_change_is_not_copied():
    x_train = given()["x_train"]
    assert read(x_train=x_train).training.pixels is x_train


LABELS = {
    "a column": lambda array: array[:, None],
    "one-hot": lambda array: np.eye(3, dtype=np.float32)[array],
    "one-hot integers": lambda array: np.eye(3, dtype=np.int64)[array],
    "one-hot booleans": lambda array: np.eye(3, dtype=bool)[array],
    "bytes": lambda array: array.astype(np.uint8),
    "big-endian": lambda array: array.astype(">i8"),
    "whole floats": lambda array: array.astype(np.float64),
    "a list": lambda array: array.tolist(),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_are_read_in_each_form(form):
    found = read(**labels(LABELS[form]))
    np.testing.assert_array_equal(found.training.labels, given()["y_train"])
    assert found.digest == read().digest


def test_labels_that_do_not_fit_into_bytes_become_int32_in_both_parts():
    found = read(y_test=np.array([0, 1, 2, 300]))
    assert found.training.labels.dtype == found.test.labels.dtype == np.int32
    assert found.classes == 301


def test_labels_may_start_at_1_and_be_booleans():
    assert read(**labels(lambda array: array + 1)).classes == 4
    assert read(**labels(lambda array: array > 0)).classes == 2


def nan(array):
    return np.where(array == array.flat[3], np.nan, array)


REFUSED = {
    "counts": ({"y_train": [0, 1]}, "x_train has 6 images and y_train has 2 labels; give each image a label"),
    "counts of the test": ({"x_test": np.zeros((3, 5, 4, 3), np.uint8)}, "x_test has 3 images and y_test has 4 labels"),
    "other shapes": (
        {"x_test": np.zeros((TEST, 5, 4), np.uint8)},
        r"the images of x_train have the shape \(5, 4, 3\) and those of x_test \(5, 4\); give them the same shape",
    ),
    "one part scaled": (
        {"x_test": np.zeros((TEST, 5, 4, 3))},
        "x_train becomes uint8 and x_test float32; give both as integers from 0 to 255, or both as floats",
    ),
    "NaN": (images(nan), "x_train has pixels that are NaN or infinite as float32; give finite numbers"),
    "infinite": ({"x_train": np.full((TRAINING, 2), -np.inf)}, "x_train has pixels that are NaN or infinite"),
    "infinite as float32": ({"x_train": np.full((TRAINING, 2), 1e300)}, "x_train has pixels that are NaN or infinite"),
    "too large integers": (images(lambda array: array * np.int64(300)), r"integers from 0 to [67]\d,\d\d\d; give int"),
    "negative integers": (images(lambda array: -array.astype(int)), "x_train holds integers from -2.. to 0; give"),
    "texts": (images(lambda array: array.astype(str)), "x_train holds <U.; give integers from 0 to 255, or floats"),
    "complex": (images(lambda array: array * 1j), "x_train holds complex128; give integers"),
    "numbers": ({"x_train": np.arange(6)}, r"x_train has the shape \(6,\), so that an image would be a single number"),
    "no images": ({"x_train": np.zeros((0, 28, 28))}, r"x_train is empty \(its shape is \(0, 28, 28\)\); give"),
    "no pixels": ({"x_test": np.zeros((TEST, 0))}, r"x_test is empty \(its shape is \(4, 0\)\)"),
    "no labels": ({"y_train": []}, "y_train is empty"),
    "None": ({"y_test": None}, "y_test is NoneType; give an array of numbers"),
    "objects": (
        {"x_train": np.array([np.zeros(2), np.zeros(3)], dtype=object)},
        "x_train is an array of Python objects; give an array of numbers, in which all images have the same shape",
    ),
    "ragged": ({"x_train": [[1, 2], [3]]}, "x_train cannot be made an array .*inhomogeneous"),
    "negative labels": (labels(lambda array: array - 1), r"y_train has negative labels \(the least is -1\); number"),
    "fractions": (labels(lambda array: array / 2), "y_train has labels that are not integers; number the classes from"),
    "NaN labels": (labels(lambda array: np.where(array, array, np.nan)), "y_train has labels that are not integers;"),
    "words": (labels(lambda array: array.astype(str)), "y_train has labels that are not integers but <U21; number"),
    "too many classes": (labels(lambda array: array * 10**9), "y_train has labels up to 2,000,000,000; number the"),
    "infinite labels": ({"y_test": np.full(TEST, np.inf)}, "y_test has labels up to inf; number"),
    "not one-hot": (
        labels(lambda array: np.ones((len(array), 3))),
        r"y_train has the shape \(6, 3\), but its rows are not one-hot, a single 1 among zeros; give labels of shape",
    ),
    "smoothed": (labels(lambda array: np.eye(3)[array] * 0.9 + 0.03), "its rows are not one-hot"),
    "one-hot with NaN": (labels(lambda array: np.where(np.eye(3)[array], np.nan, 0)), "its rows are not one-hot"),
    "labels of three dimensions": (labels(lambda array: array[:, None, None]), r"y_train has the shape \(6, 1, 1\);"),
    "a single label": ({"y_train": np.int64(1)}, r"y_train has the shape \(\); give labels of shape \(n,\)"),
    "one class": (labels(np.ones_like), "y_train has only one class, 1; give at least two"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained_on_is_refused_in_one_sentence(case):
    changed, message = REFUSED[case]
    with pytest.raises(DataError, match=f"^here: .*{message}") as caught:
        read(**changed)
    assert len(str(caught.value)) < 250


def test_missing_arrays_are_named_with_those_that_are_there():
    some = {"x_train": 0, "train_labels": 0}
    with pytest.raises(DataError, match=r"^here has no y_train, x_test, y_test, but x_train, train_labels: give it"):
        arrays.dataset("own", "from here", some)
    with pytest.raises(DataError, match=r"y_test, but nothing: give it arrays called x_train, y_train, x_test, y_test"):
        arrays.dataset("own", "from here", {})


def test_mnist_and_the_digits_are_known_by_their_content(monkeypatch):
    digest = read().digest
    for module, name in ((mnist, "mnist"), (digits, "digits")):
        monkeypatch.setattr(module, "DIGEST", digest)
        assert read("fashion").name == name
        monkeypatch.undo()


def test_nothing_else_is_called_as_they_are():
    assert [read(name).name for name in ("mnist", "MNIST", "digits", "mnist2")] == [
        "own-mnist",
        "own-MNIST",
        "own-digits",
        "mnist2",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my data (1)", "my-data-1"),
        ("a[b]\n\udcff::c", "a-b-c"),
        ("größe_v1.2", "größe_v1.2"),
        ("", "data"),
        ("x" * 99, "x" * 60),
    ],
)
def test_names_are_plain_enough_for_those_of_benchmarks(name, expected):
    assert read(name).name == expected
