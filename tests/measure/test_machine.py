import os
import platform
from pathlib import Path

import pytest

from lab6.measure import machine
from lab6.record import Gpu


@pytest.mark.parametrize(
    ("model", "short"),
    [
        ("Intel(R) Xeon(R) Processor", "Intel Xeon"),
        ("Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz", "Intel Core i7-4770"),
        ("AMD EPYC 9B14 96-Core Processor", "AMD EPYC 9B14 96-Core"),
        ("Apple M2", "Apple M2"),
        ("Processor", "Processor"),
    ],
)
def test_the_label_names_the_host_and_the_cpu_without_what_all_models_are_called(monkeypatch, model, short):
    monkeypatch.setattr(machine, "cpu_model", lambda: model)
    label = machine.default_label()
    assert label.startswith(f"{platform.node().split('.')[0]} {short} {machine.usable_cores()} cores ")
    assert label == machine.default_label()


@pytest.mark.parametrize(
    ("of", "name"), [(machine.platform, "node"), (machine, "cpu_model"), (machine, "_installation")]
)
def test_two_machines_do_not_share_a_folder(monkeypatch, of, name):
    here = machine.folder_name(machine.default_label())
    monkeypatch.setattr(of, name, lambda: "another")
    assert machine.folder_name(machine.default_label()) != here


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("Lab desktop", "lab-desktop"),
        ("Intel(R) Core(TM) i7 @ 2.5GHz", "intel-r-core-tm-i7-2-5ghz"),
        ("../../etc", "etc"),
        ("<script>", "script"),
        ("Labor Süd", "labor-süd"),
        ("日本", "日本"),
    ],
)
def test_any_label_makes_a_folder_name(label, folder):
    assert machine.folder_name(label) == folder


@pytest.mark.parametrize("label", ["con", "NUL", "aux.", "Com1", "機" * 100])
def test_a_label_that_cannot_be_a_name_on_each_system_gets_another_folder(label):
    assert machine.folder_name(label).startswith("machine-")


def test_labels_without_a_letter_or_digit_do_not_share_a_folder():
    assert machine.folder_name("..") != machine.folder_name("!!")
    assert machine.folder_name("..").startswith("machine-")


FACTS = {
    "protocol": 1,
    "cores": [0, 1],
    "threads": (2, 3),
    "gpus": [{"name": "A GPU", "driver": "1.2"}, {"name": "B GPU"}],
    "versions": {"python": "3.11.1", "numpy": "2.0"},
}


def test_a_machine_is_described_by_what_it_is_and_what_a_worker_sees_on_it():
    described = machine.describe("mine", FACTS, {"OMP_NUM_THREADS": "1"})
    assert described.label == "mine"
    assert described.usable_cores == machine.usable_cores() >= 1
    assert described.memory_bytes > 10**8
    assert (described.intra_op_threads, described.inter_op_threads) == (2, 3)
    assert described.gpus == (Gpu(name="A GPU", driver="1.2"), Gpu(name="B GPU"))
    assert described.versions == FACTS["versions"]
    assert described.settings == {"OMP_NUM_THREADS": "1"}
    assert machine.describe(None, FACTS, {}).label == machine.default_label()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a system on which processes choose their cores")
def test_the_affinity_is_the_process_s_own():
    assert machine.can_pin()
    assert machine.affinity() == sorted(os.sched_getaffinity(0))


@pytest.mark.parametrize("limit", ["1", "auto", "", "0"])
def test_a_limit_for_joblib_is_not_one_for_frameworks_and_stays_set(monkeypatch, limit):
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    cores = machine.usable_cores()
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", limit)
    assert machine.usable_cores() == cores
    assert os.environ["LOKY_MAX_CPU_COUNT"] == limit


def refuse(*arguments, **named):
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (machine.cpuinfo, "get_cpu_info"),
        (machine.joblib, "cpu_count"),
        (machine.psutil, "virtual_memory"),
        (machine.psutil, "Process"),
        (machine.uuid, "getnode"),
        (Path, "read_text"),
    ],
)
def test_a_machine_that_does_not_say_something_is_described_without_it(monkeypatch, of, name):
    machine.cpu_model.cache_clear()
    monkeypatch.setattr(of, name, refuse)
    monkeypatch.setattr(machine, "can_pin", lambda: False)  # asks psutil for the affinity
    described = machine.describe(None, FACTS, {})
    monkeypatch.undo()
    machine.cpu_model.cache_clear()
    assert (described.cpu_model is None) == (name == "get_cpu_info")
    assert (described.memory_bytes is None) == (name == "virtual_memory")
    assert described.usable_cores >= 1
