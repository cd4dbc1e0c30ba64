"""The command: it trains on small data."""

import json
import sys

import pytest

from tests.program import lab6

SHORT = ("noise-scale", "--dataset", "digits", "--images", "200", "--epochs", "1", "--hidden", "8")
"""Six steps of 32 of the 200 images."""


@pytest.fixture
def folder(tmp_path, monkeypatch, digits):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    return tmp_path


def test_it_measures_prints_and_draws(folder):
    result = lab6(*SHORT, "--seeds", "3")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Gradient noise scale: ")
    rows = [line.split() for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert [row[0] for row in rows] == ["0", "32", "64", "128", "192"]
    assert "784-8-10 on digits, 200 training images; adam at 0.001, minibatch size 32; 3 seeds." in " ".join(
        result.stdout.split()
    )
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert (folder / "build" / "noise-scale" / "noise-scale.svg").is_file()


def test_json_has_each_seed_and_draws_only_if_asked(folder):
    options = ("--seeds", "2", "--batch-size", "64", "--optimizer", "sgd", "--learning-rate", "0.5")
    result = lab6(*SHORT, *options, "--format", "json")
    found = json.loads(result.stdout)
    assert (found["optimizer"], found["learning_rate"], found["batch_size"], found["seeds"]) == ("sgd", 0.5, 64, 2)
    assert [(row["seed"], row["images"]) for row in found["each_seed"]] == [
        (seed, images) for seed in (0, 1) for images in (0, 64, 128, 192)
    ]
    first = found["checkpoints"][0]
    assert first["noise_scale"] == pytest.approx(first["noise"] / first["gradient"])
    assert first["noise_scale_low"] is None
    assert found["published"] is None
    assert not (folder / "build").exists()
    assert lab6(*SHORT, *options, "--format", "json").stdout == result.stdout


def test_one_s_own_network_optimizer_and_data_are_measured(folder):
    (folder / "noise_of_mine.py").write_text(
        "import keras, numpy as np\n"
        "def net():\n"
        "    return keras.Sequential([keras.Input((5,)), keras.layers.Dropout(0.1), keras.layers.Dense(3)])\n"
        "def rule():\n"
        "    return keras.optimizers.Adam(0.125)\n"
        "def data():\n"
        "    draw = np.random.default_rng(0)\n"
        "    inputs, labels = draw.normal(size=(60, 5)).astype('float32'), np.arange(60) % 3\n"
        "    return (inputs[:50], labels[:50]), (inputs[50:], labels[50:])\n"
    )
    places = [f"noise_of_mine.py:{name}" for name in ("net", "rule", "data")]
    options = [part for pair in zip(("--model", "--optimizer", "--dataset"), places, strict=True) for part in pair]
    result = lab6("noise-scale", *options, "--batch-size", "10", "--epochs", "1", "--seeds", "2", "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert (found["network"], found["optimizer"]) == tuple(places[:2])
    assert (found["learning_rate"], found["training_images"]) == (0.125, 50)
    assert any("Dropout" in sentence for sentence in found["reasons"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--batch-size", "0"), "--batch-size: '0'"),
        (("--batch-size", "60001", "--dataset", "digits"), "from 1 to 60,000"),
        (("--epochs", "0"), "--epochs: '0'"),
        (("--epochs", "1e9"), "up to 1,000"),
        (("--seeds", "many"), "--seeds: 'many'"),
        (("--format", "csv"), "--format"),
        (("--model", "x.py:net", "--hidden", "8"), "--model and --hidden"),
        (("--learning-rate", "1e30", "--dataset", "digits", "--images", "64", "--epochs", "5"), "no longer finite"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(folder, options, named):
    result = lab6("noise-scale", *options)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("lab6: ")
    assert result.stderr.count("\n") == 1
    assert named in result.stderr


def test_a_backend_without_the_engine_is_named(folder, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    result = lab6("noise-scale")
    assert result.returncode == 2
    assert "needs the engine compiled" in result.stderr
    assert "tensorflow or jax" in result.stderr
