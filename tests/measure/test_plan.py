import dataclasses
import subprocess
import sys

import pytest

from lab6.limit import Ceilings
from lab6.measure import places
from lab6.measure.plan import Case, Data, Duet, Measured
from lab6.record import Gpu, Round
from tests.measure.conftest import options, plan

PREPARED = {
    "compile_seconds": 0.5,
    "expected_seconds": 1.0,
    "steps": 60,
    "network": [784, 128, 10],
    "precision": "float32",
    "parameter_count": 101_770,
}


def measured(fake, *prepared: dict, **way) -> Measured:
    """A case with two rounds."""
    own = Measured(Case(fake.way(**way), 10), prepared=[PREPARED | each for each in prepared or ({},)])
    for seed in (0, 1):
        round_ = Round(
            seed=seed, process=seed + 1, training_accuracy=0.5, training_loss=1.0, test_accuracy=0.25, cores="0"
        )
        own.add(1.5, round_)
    return own


def test_no_framework_is_imported():
    code = "import sys, lab6.measure.plan; print({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_every_engine_on_every_device_has_every_size_which_varies_fastest():
    both = dataclasses.replace(plan(engines="compiled,fit", batch_sizes="10,1"), devices=("cpu", "gpu:0"))
    cases = [(case.way.engine, case.way.device, case.batch_size) for case in both.cases()]
    assert cases[:5] == [
        ("compiled", "cpu", 10),
        ("compiled", "cpu", 1),
        ("compiled", "gpu:0", 10),
        ("compiled", "gpu:0", 1),
        ("fit", "cpu", 10),
    ]
    assert len(cases) == 8


def test_an_ordinary_way_has_the_threads_that_were_asked_for_on_as_many_cores(monkeypatch):
    monkeypatch.setattr(places, "affinity", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(places, "can_pin", lambda: True)
    ways = [next(plan(threads=threads).cases()).way for threads in (None, "all", "1")]
    assert [(way.threads, way.cores) for way in ways] == [(None, None), (None, None), (1, (0,))]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "digits"),
        ({"images": "500"}, "digits-500images"),
        ({"optimizer": "sgd"}, "digits-sgd0.01"),
        ({"images": "500", "learning_rate": "0.1"}, "digits-500images-adam0.1"),
    ],
)
def test_the_name_of_the_work_has_what_is_not_the_default(given, name):
    assert plan(**given).workload == name


def test_the_data_are_found_as_they_will_be_trained_on(digits):
    assert Data.find(options(dataset="digits", images="500")) == Data(
        "digits", digits.digest, digits.source, 500, len(digits.test)
    )


def test_a_record_says_what_was_trained_and_where(fake):
    own = measured(fake)
    record = plan().record(own)
    assert (record.engine, record.backend, record.device, record.device_name) == (
        "compiled",
        "tensorflow",
        "cpu",
        "A CPU",
    )
    assert (record.batch_size, record.steps_per_epoch, record.network) == (10, 60, (784, 128, 10))
    assert (record.dataset, record.training_images, record.test_images) == ("digits", 600, 500)
    assert record.rounds == tuple(own.rounds)
    assert (record.duet, record.side, record.played, record.limit_seconds) == (None, None, None, None)


@pytest.mark.parametrize(("seconds", "largest"), [([0.1, 3.0, 0.2], 3.0), ([None, None], None), ([None, 3.0], 3.0)])
def test_the_compile_time_is_that_of_the_process_that_took_the_longest(fake, seconds, largest):
    own = measured(fake, *({"compile_seconds": each} for each in seconds))
    assert plan().record(own).compile_seconds == largest


def test_the_threads_of_a_record_are_those_of_its_way_or_all_of_the_machine(fake):
    assert plan().record(measured(fake)).threads == 2
    assert plan().record(measured(fake, threads=1)).threads == 1
    assert plan().record(measured(fake), duet=Duet("x", "candidate", "in turns", None)).threads == 2


def test_a_record_of_a_duet_says_so(fake):
    record = plan().record(measured(fake), duet=Duet("20260102-abc", "baseline", "at the same time", 1))
    assert (record.duet, record.side, record.played, record.threads) == (
        "20260102-abc",
        "baseline",
        "at the same time",
        1,
    )


def test_a_device_whose_ceilings_are_known_has_a_limit(fake):
    record = plan().record(measured(fake), Ceilings(flops_per_second=1e9, bytes_per_second=1e9))
    assert (record.peak_flops_per_second, record.peak_bytes_per_second) == (1e9, 1e9)
    assert record.limit_seconds > 0


def test_a_gpu_is_named(fake):
    one = plan()
    gpus = (Gpu(name="A GPU"), Gpu(name="B GPU"))
    one = dataclasses.replace(one, machine=one.machine.model_copy(update={"gpus": gpus}))
    assert one.record(measured(fake, device="gpu:1")).device_name == "B GPU"


def test_workers_are_told_the_folder_of_the_data_wherever_they_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plan(data_dir="data").loading() == {
        "dataset": "digits",
        "digest": "sha256:0",
        "data_dir": str(tmp_path / "data"),
        "images": 600,
    }
    assert plan().loading()["data_dir"] is None


def test_all_processes_warm_up_from_the_first_seed():
    assert plan(seed="7", optimizer="sgd").preparing(100) == {
        "batch_size": 100,
        "optimizer": "sgd",
        "learning_rate": 0.01,
        "seed": 7,
    }
