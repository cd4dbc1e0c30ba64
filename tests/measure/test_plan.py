import dataclasses
import itertools

import pytest

from lab6.limit import Ceilings
from lab6.measure import places
from lab6.measure.plan import Duet, Measured
from lab6.measure.way import Team
from lab6.measure.work import Data
from lab6.record import Gpu, Round
from tests import fake_worker
from tests.measure.conftest import DIGITS, GOAL, case, options, plan


def measured(fake, *prepared: dict, **way) -> Measured:
    """A case with two rounds."""
    ready = fake_worker.prepare({"images": 600, "batch_size": 10})
    own = Measured(case(fake.way(**way), 10), prepared=[ready | each for each in prepared or ({},)])
    for seed in (0, 1):
        round_ = Round(
            seed=seed, process=seed + 1, training_accuracy=0.5, training_loss=1.0, test_accuracy=0.25, cores="0"
        )
        own.add(1.5, round_)
    return own


def test_every_engine_on_every_device_has_every_size_which_varies_fastest():
    both = dataclasses.replace(plan(engines="compiled,fit", batch_sizes="10,1"), devices=("cpu", "gpu:0"))
    cases = [(case.way.engine, case.way.device, case.batch_size) for case in both.cases()]
    assert cases == list(itertools.product(("compiled", "fit"), ("cpu", "gpu:0"), (10, 1)))


@pytest.mark.parametrize(("devices", "used"), [(("cpu", "gpu:0"), {"cpu"}), (("gpu:0",), {"gpu:0"})])
def test_an_engine_for_cpus_leaves_gpus_to_others_unless_nothing_else_was_asked_for(devices, used):
    """In that case the engine refuses the GPU."""
    pytest.importorskip("numba")
    both = dataclasses.replace(plan(engines="fused"), devices=devices)
    assert {case.way.device for case in both.cases()} == used


def test_an_ordinary_way_has_the_threads_that_were_asked_for_on_as_many_cores(monkeypatch):
    monkeypatch.setattr(places, "affinity", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(places, "can_pin", lambda: True)
    ways = [next(plan(threads=threads).cases()).way for threads in (None, "all", "1")]
    assert [(way.threads, way.cores) for way in ways] == [(None, None), (None, None), (1, (0,))]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "digits"),
        ({"images": "600"}, "digits-600images"),
        ({"optimizer": "sgd"}, "digits-sgd0.01"),
        ({"images": "600", "learning_rate": "0.1"}, "digits-600images-adam0.1"),
        ({"hidden": "256,64", "optimizer": "rmsprop"}, "digits-256-64-rmsprop"),
    ],
)
def test_the_name_of_the_work_has_what_is_not_the_default(given, name):
    assert next(plan(**given).cases()).workload == name


def test_the_data_are_found_as_they_will_be_trained_on(digits):
    assert Data.find(options(dataset="digits", images="500")) == Data(
        "digits", digits.digest, digits.source, 500, len(digits.test), choice="digits", is_part=True
    )


def test_a_record_says_what_was_trained_and_where(fake):
    own = measured(fake)
    record = plan().record(own)
    assert (record.engine, record.backend, record.device) == ("compiled", "tensorflow", "cpu")
    assert (record.device_name, record.threads) == ("A CPU", 2)
    assert (record.batch_size, record.steps_per_epoch, record.network) == (10, 60, (784, 128, 10))
    assert (record.dataset, record.training_images, record.test_images) == ("digits", 600, 500)
    assert record.rounds == tuple(own.rounds)
    assert (record.duet, record.side, record.played, record.limit_seconds) == (None, None, None, None)
    limited = plan().record(own, Ceilings(flops_per_second=1e9, bytes_per_second=1e9))
    assert (limited.peak_flops_per_second, limited.peak_bytes_per_second) == (1e9, 1e9)
    assert limited.limit_seconds > 0


@pytest.mark.parametrize(("seconds", "largest"), [([0.1, 3.0, 0.2], 3.0), ([None, None], None), ([None, 3.0], 3.0)])
def test_the_compile_time_is_that_of_the_process_that_took_the_longest(fake, seconds, largest):
    own = measured(fake, *({"compile_seconds": each} for each in seconds))
    assert plan().record(own).compile_seconds == largest


def test_a_record_of_a_duet_says_so_with_its_own_threads_if_it_has_them(fake):
    record = plan().record(measured(fake), duet=Duet("20260102-abc", "baseline", "at the same time", 1))
    assert (record.duet, record.side, record.played) == ("20260102-abc", "baseline", "at the same time")
    assert record.threads == 1
    assert plan().record(measured(fake), duet=Duet("x", "candidate", "in turns", None)).threads == 2
    assert plan().record(measured(fake, threads=1)).threads == 1


def test_a_gpu_is_named(fake):
    one = plan()
    gpus = (Gpu(name="A GPU"), Gpu(name="B GPU"))
    one = dataclasses.replace(one, machine=one.machine.model_copy(update={"gpus": gpus}))
    assert one.record(measured(fake, device="gpu:1")).device_name == "B GPU"


def test_workers_load_the_data_from_their_folder_and_warm_up_with_the_first_seed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loading = {"dataset": "digits", "digest": "sha256:0", "data_dir": str(tmp_path / "data"), "images": 600}
    assert plan(data_dir="data").data.loading() == loading
    assert DIGITS.loading()["data_dir"] is None
    preparing = {"batch_size": 100, "optimizer": "sgd", "learning_rate": 0.01, "seed": 7}
    asked = plan(seed="7", optimizer="sgd")
    assert asked.preparing(asked.case(next(asked.cases()).way, 100)) == preparing


@pytest.mark.parametrize(
    ("hosts", "in_one_process", "expected"),
    [({"hosts": 1}, False, (2, None)), ({"hosts": 2}, False, (2, 2)), ({}, True, (2, None))],
)
def test_a_record_says_how_many_workers_trained_on_how_many_machines(fake, hosts, in_one_process, expected):
    team = Team(2, 60.0, in_one_process=in_one_process)
    record = plan().record(measured(fake, hosts, team=team))
    assert (record.workers, record.hosts) == expected
    alone = plan().record(measured(fake))
    assert (alone.workers, alone.hosts) == (None, None)


def test_an_epoch_is_prepared_as_workers_of_earlier_revisions_know_it(fake):
    told = plan(seed="3").preparing(case(fake.way(), 10))
    assert told == {"batch_size": 10, "seed": 3, "optimizer": "adam", "learning_rate": 0.001}


def test_a_run_to_a_target_is_told_its_goal_and_warms_up_from_its_own_first_seed(fake):
    told = plan().preparing(case(fake.way(), 10, GOAL))
    assert (told["seed"], told["goal"]) == (100, dataclasses.asdict(GOAL))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "digits-0.97"),
        ({"optimizer": "sgd", "images": "600"}, "digits-600images-sgd-0.97"),
        ({"hidden": "256"}, "digits-256-0.97"),
    ],
)
def test_the_name_of_a_run_has_its_target_and_no_learning_rate_of_the_work(fake, given, name):
    own = case(fake.way(), 10, GOAL, **given)
    assert own.workload == name
    assert own.title == "compiled on cpu, minibatch size 10 at 0.004, to 0.97"


def test_the_record_of_a_run_says_how_it_was_trained_and_has_no_limit_of_an_epoch(fake):
    own = measured(fake)
    own.case = case(fake.way(), 10, GOAL)
    record = plan().record(own, Ceilings(1e9, 1e9))
    found = record.target, record.learning_rate, record.decay_steps, record.evaluated_every, record.limit_seconds
    assert found == (0.97, 0.004, 1_700, 20, None)
    epoch = plan().record(measured(fake))
    assert (epoch.target, epoch.learning_rate, epoch.evaluated_every) == (None, 0.001, None)


def test_cases_differ_by_their_goal_but_not_by_what_is_predicted(fake):
    own = case(fake.way(), 10, GOAL)
    assert own != case(fake.way(), 10)
    assert own != case(fake.way(), 10, dataclasses.replace(GOAL, learning_rate=0.001))
    assert own == dataclasses.replace(own, predicted=1.0)


def test_a_run_is_expected_to_take_the_steps_that_trials_took_or_all_that_it_may(fake):
    own, prepared = case(fake.way(), 10, GOAL), [{"expected_seconds": 17.0}]
    assert plan().expected(own, prepared) == [17.0]
    assert plan().expected(dataclasses.replace(own, steps=850), prepared) == [8.5]
    assert plan().expected(case(fake.way(), 10), prepared) == [17.0]


def test_a_run_that_would_take_too_long_is_skipped_in_one_sentence(fake):
    assert str(plan().too_long(case(fake.way(), 10, GOAL), 200.0)) == (
        "compiled on cpu, minibatch size 10 at 0.004, to 0.97 is skipped: a run would take about 3 min 20 s, longer "
        "than --longest 120; give --longest 240 to measure it."
    )
