"""XLA's flags depend on the processor's maker."""

import os

import pytest

from lab6.training.backends import processors, xla

WIDEST = "--xla_cpu_prefer_vector_width=512"


@pytest.fixture
def made_by(tmp_path, monkeypatch):
    def describe(maker: str) -> None:
        description = tmp_path / "cpuinfo"
        description.write_text(f"processor\t: 0\nvendor_id\t: {maker}\n")
        monkeypatch.setattr(processors, "DESCRIPTION", description)

    return describe


@pytest.mark.parametrize(("maker", "widest"), [("AuthenticAMD", True), ("GenuineIntel", False)])
def test_only_amd_takes_the_widest_vectors(made_by, monkeypatch, maker, widest):
    made_by(maker)
    monkeypatch.setenv("XLA_FLAGS", "")
    xla.set_flags()
    flags = os.environ["XLA_FLAGS"].split()
    assert (WIDEST in flags) == widest
    assert xla.ONE_AFTER_THE_OTHER in flags


def test_a_flag_of_the_user_is_kept(made_by, monkeypatch):
    made_by("AuthenticAMD")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_prefer_vector_width=128")
    xla.set_flags()
    assert os.environ["XLA_FLAGS"].split() == ["--xla_cpu_prefer_vector_width=128", xla.ONE_AFTER_THE_OTHER]


def test_a_system_without_a_description_is_not_taken_for_amd(tmp_path, monkeypatch):
    monkeypatch.setattr(processors, "DESCRIPTION", tmp_path / "none")
    assert not processors.of_amd()


def test_a_file_of_flags_is_not_changed(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "flags.txt")
    xla.set_flags()
    assert os.environ["XLA_FLAGS"] == "flags.txt"


@pytest.mark.parametrize(
    ("values", "threads"), [({"NPROC": "3"}, 3), ({"PJRT_NPROC": "5", "NPROC": "3"}, 5), ({"PJRT_NPROC": "a"}, None)]
)
def test_threads_are_those_of_the_first_variable_with_a_number(monkeypatch, values, threads):
    for name in ("PJRT_NPROC", "NPROC"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert processors.threads("PJRT_NPROC", "NPROC") == (threads or processors.allowed())
