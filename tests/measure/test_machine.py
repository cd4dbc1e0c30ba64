import os
import platform

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
    described = machine.describe("mine", FACTS)
    assert described.label == "mine"
    assert described.usable_cores == machine.usable_cores() >= 1
    assert described.memory_bytes > 10**8
    assert (described.intra_op_threads, described.inter_op_threads) == (2, 3)
    assert described.gpus == (Gpu(name="A GPU", driver="1.2"), Gpu(name="B GPU"))
    assert described.versions == FACTS["versions"]
    assert machine.describe(None, FACTS).label == machine.default_label()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a system on which processes choose their cores")
def test_the_affinity_is_the_process_s_own():
    assert machine.can_pin()
    assert machine.affinity() == sorted(os.sched_getaffinity(0))
