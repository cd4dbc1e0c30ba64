"""``pytest benchmarks/test_peers.py`` on small data: once for real, otherwise with workers that train nothing."""

import importlib.util
import json
from types import SimpleNamespace

import pytest

from benchmarks import test_peers
from lab6.record import PACKAGES, Record
from lab6.store.load import load
from tests.projects import lines, pretend, rule, run, saved, with_source

SMALL = ("--dataset=digits", "--images=300", "--batch-sizes=300,70", "--benchmark-save=peers")
RACE = ("benchmarks/test_peers.py", *SMALL)
WAYS = {"compiled-tensorflow": "tensorflow", "jax-scan": "jax", "torch-eager": "torch"}
ENGINES = ("compiled", "jax-scan", "torch-eager")


@pytest.fixture(scope="module")
def raced(tmp_path_factory, digits):
    """A project in which three ways raced in one process each, two rounds in it, and what was printed."""
    folder = with_source(tmp_path_factory.mktemp("race"))
    arguments = ("-k", " or ".join(WAYS), "--processes=1", "--rounds=2")
    result = run(folder, *RACE, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result


@pytest.fixture(scope="module")
def ways():
    return {way: backend for way, backend in WAYS.items() if importlib.util.find_spec(backend)}


def test_what_was_raced_is_saved_as_documented(raced, ways):
    (path,) = saved(raced[0])
    assert path.name == "0001_peers.json"
    content = json.loads(path.read_text())
    assert "unfinished" not in content
    assert {own["name"] for own in content["benchmarks"]} == {
        f"test_peer[digits-300images-{way}-cpu-{size}]" for way in ways for size in (300, 70)
    }
    for own in content["benchmarks"]:
        record = Record.model_validate(own["extra_info"])
        assert record.saved() == own["extra_info"]
        assert record.backend == WAYS[own["params"]["way"]]
        assert [(round_.process, round_.seed) for round_ in record.rounds] == [(1, 0), (1, 1)]
        assert len(own["stats"]["data"]) == 2
        assert (record.network, record.parameter_count, record.precision) == ((784, 128, 10), 101_770, "float32")
        assert record.steps_per_epoch == -(-300 // record.batch_size)
        assert (record.compile_seconds is None) == (record.engine == "torch-eager")
        assert (record.duet, record.limit_seconds is None) == (None, False)
    versions = content["machine_info"]["lab6"]["versions"]
    packages = {"tensorflow": {"tensorflow", "keras"}, "jax": {"jax", "jaxlib"}, "torch": {"torch"}}
    assert {package for backend in ways.values() for package in packages[backend]} < set(versions) <= set(PACKAGES)


def test_what_was_raced_is_read_and_has_learned_alike(raced, ways):
    rounds = load(str(raced[0] / "results"))
    assert len(rounds) == 4 * len(ways)
    alike = rounds.pivot(index=["batch_size", "seed"], columns="engine", values="training_accuracy")
    for engine in alike:
        assert alike[engine].to_numpy() == pytest.approx(alike["compiled"].to_numpy(), abs=1.5 / 300)


def test_all_ways_are_prepared_before_any_trains_and_take_turns(project_folder):
    log = project_folder / "log"
    result = pretend(project_folder, *RACE, "-k", " or ".join(WAYS), "--processes=2", LAB6_FAKE_LOG=str(log))
    assert result.returncode == 0, lines(result)
    told = [json.loads(line) for line in log.read_text().splitlines()]
    prepared = sorted((each["engine"], each["batch_size"]) for each in told if each["do"] == "prepare")
    assert prepared == sorted((engine, size) for engine in ENGINES for size in (70, 300) for _ in range(2))
    trained = [(each["engine"], each["batch_size"], each["seed"]) for each in told if each["do"] == "round"]
    assert trained == [(engine, size, seed) for size in (300, 70) for seed in (0, 1) for engine in ENGINES]
    first = next(place for place, each in enumerate(told) if each["do"] == "round")
    assert sum(each["do"] == "prepare" for each in told[:first]) == 2 * len(ENGINES)


def test_with_two_workers_those_race_that_can_whatever_backend_keras_has(project_folder):
    result = pretend(project_folder, *RACE, "--workers=2", "--processes=1")
    assert result.returncode == 0, lines(result)
    (path,) = saved(project_folder)
    workers = {
        own["params"]["way"]: own["extra_info"].get("workers") for own in json.loads(path.read_text())["benchmarks"]
    }
    assert workers.items() >= {"compiled-jax": None, "torch-eager": None, "torch-ddp-2workers": 2}.items()
    assert workers["compiled-jax-2workers"] == 2
    assert "compiled-tensorflow" not in workers


def test_a_way_whose_package_is_missing_is_skipped_with_a_sentence(project_folder):
    missing = rule("unavailable", do="start", engine="torch-eager")
    result = pretend(project_folder, *RACE, "-k", "torch-eager", "--processes=1", "-rs", **missing)
    assert result.returncode == 2, lines(result)
    assert result.stderr == "ERROR: --benchmark-save: nothing was measured.\n"
    assert "2 skipped" in result.stdout
    assert "torch-eager cannot train here: as it was told to." in result.stdout
    assert saved(project_folder) == []


def test_a_way_that_dies_costs_only_itself(project_folder):
    dies = rule("kill", engine="jax-scan", batch_size=300, seed=1)
    arguments = ("-k", "compiled-tensorflow or jax-scan", "--processes=1", "--rounds=2")
    result = pretend(project_folder, *RACE, *arguments, **dies)
    assert result.returncode == 1, lines(result)
    assert "process 1 of jax-scan was killed (SIGKILL); out of memory, perhaps." in result.stdout
    assert "1 failed, 3 passed" in result.stdout
    (path,) = saved(project_folder)
    rounds = {own["name"]: own["stats"]["rounds"] for own in json.loads(path.read_text())["benchmarks"]}
    assert rounds == {
        "test_peer[digits-300images-compiled-tensorflow-cpu-300]": 2,
        "test_peer[digits-300images-compiled-tensorflow-cpu-70]": 2,
        "test_peer[digits-300images-jax-scan-cpu-300]": 1,
    }


def test_the_folder_alone_does_not_race(project_folder):
    result = pretend(project_folder, "benchmarks", "--collect-only", "-q", *SMALL)
    assert "test_epoch[" in result.stdout
    assert "test_peer" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--optimizer=sgd"], "--optimizer: the peers have Adam only; leave it out, or say adam."),
        (["--engines=fit"], "--engines: peers are chosen by name, such as -k 'jax-scan or compiled'; leave it out."),
        (["--threads=1,2"], "--threads: the peers race with one number of threads: give one, such as 1."),
        (["--against-python=python3"], "--against: the peers race each other; compare revisions with pytest"),
    ],
)
def test_what_peers_do_not_have_is_refused_in_one_sentence(project_folder, arguments, message):
    result = pretend(project_folder, *RACE, *arguments)
    assert result.returncode == pytest.ExitCode.INTERRUPTED, lines(result)
    assert message in " ".join(lines(result))


def test_another_device_is_refused_in_one_sentence():
    options = SimpleNamespace(optimizer="adam", devices=("gpu:0",))
    plugins = SimpleNamespace(getplugin=lambda _: SimpleNamespace(plan=lambda: SimpleNamespace(options=options)))
    config = SimpleNamespace(pluginmanager=plugins, getoption=lambda _: None)
    with pytest.raises(pytest.UsageError, match="--devices: the peers race on the CPU only; leave it out, or say cpu"):
        test_peers.pytest_generate_tests(SimpleNamespace(config=config))
