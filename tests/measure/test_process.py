import contextlib
import re

import psutil
import pytest

from lab6.measure.process import Died, Process, Unavailable, WorkerError, ending, together
from lab6.measure.way import Way
from tests.projects import ROOT


@pytest.fixture
def start(fake):
    """Starts processes, and ends them."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **way):
            process = Process(fake.way(**way), *arguments)
            stack.callback(process.end)
            return process

        yield start


def test_a_worker_gets_its_way_and_describes_what_it_sees(start, fake):
    process = start(engine="fit", cores=(1, 0), device="gpu:0")
    process.started()
    (told,) = fake.told()
    assert (told["do"], told["engine"], told["device"], told["cores"]) == ("start", "fit", "gpu:0", [1, 0])
    assert process.facts["threads"] == [1, 1]
    assert process.cores == "0"


def test_commands_can_be_given_ahead_of_their_answers(start):
    process = start()
    process.tell("round", seed=4)
    process.tell("round", seed=9)
    process.started()
    process.started()  # costs no answer
    assert [process.answer()["round"]["seed"] for _ in range(2)] == [4, 9]


@pytest.mark.parametrize(
    ("how", "kind", "sentence"),
    [
        ("unavailable", Unavailable, "compiled cannot train here: as it was told to."),
        ("failed", WorkerError, "compiled failed: as it was told to."),
    ],
)
def test_a_failure_is_one_sentence_and_the_worker_lives_on(start, fake, how, kind, sentence):
    fake.rule(how, do="round", seed=1)
    process = start()
    process.started()
    with pytest.raises(kind) as caught:
        process.ask("round", seed=1)
    assert str(caught.value) == sentence
    assert process.alive
    assert process.ask("round", seed=2)["round"]["seed"] == 2


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("kill", "process 3 of compiled was killed (SIGKILL); out of memory, perhaps."),
        ("exit", "process 3 of compiled ended with exit code 3; last line of its errors: its last words."),
        ("fade", "process 3 of compiled ended with exit code 3; last line of its errors: its last words."),
    ],
)
def test_a_dead_worker_is_reported_with_its_exit_and_last_line(start, fake, how, sentence):
    fake.rule(how, do="round")
    process = start(3)
    process.started()
    with pytest.raises(Died) as caught:
        process.ask("round", seed=1)
    assert str(caught.value) == sentence
    assert not process.alive


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TF_XLA_FLAGS", "--nonsense", "Unknown flag in TF_XLA_FLAGS: --nonsense"),
        ("XLA_FLAGS", "--xla_cpu_enable_fast_math=abc", "Check failed: .* Flag parsing failed"),  # and all flags' usage
    ],
)
def test_a_worker_that_a_framework_ends_leaves_its_last_words(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    process = Process(Way("compiled", "tensorflow", ROOT))
    with ending([process]), pytest.raises(Died) as caught:
        process.started()
    expected = "process 1 of compiled ended with exit code 1; last line of its errors: "
    expected += f"{words}; {name} is '{value}' here: correct it, or unset it."
    assert re.fullmatch(expected, str(caught.value))


def test_a_worker_that_died_before_its_commands_is_noticed_by_its_answer(start, fake):
    fake.rule("exit", do="start")
    process = start()
    process._spawned.process.wait(20)
    process.tell("round", seed=1)
    process.tell("round", seed=2)
    with pytest.raises(Died, match="exit code 3"):
        process.started()


def test_what_does_not_answer_in_the_protocol_is_ended_and_not_called_out_of_memory(start, fake, monkeypatch):
    monkeypatch.setattr("lab6.measure.spawned.GRACE_SECONDS", 0.1)
    fake.rule("garbage", do="start")
    process = start()
    with pytest.raises(Died) as caught:
        process.started()
    assert str(caught.value) == "process 1 of compiled gave an answer that is not in the protocol, and was ended."
    assert not psutil.pid_exists(process.identity)


def test_another_protocol_is_refused_with_advice(start, fake):
    fake.rule("protocol", do="start")
    with pytest.raises(
        WorkerError, match=r"lab6 in /tree speaks another protocol .* \(0\) than this one \(1\): give a revision"
    ):
        start().started()


@pytest.mark.parametrize("modules", [["lab6"], ["lab6", "lab6/measure"]])
def test_code_without_a_worker_is_refused_with_advice(tmp_path, modules):
    for module in modules:
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").touch()
    process = Process(Way("compiled", "tensorflow", tmp_path))
    with ending([process]), pytest.raises(WorkerError) as caught:
        process.started()
    assert str(caught.value).endswith(
        f"(in {tmp_path}) has no module lab6.measure.worker: give a revision whose worker is there."
    )


@pytest.mark.parametrize("content", [None, "no program"])
def test_an_interpreter_that_cannot_be_started_is_one_sentence(fake, tmp_path, content):
    python = tmp_path / "python"
    if content:
        python.write_text(content)
        python.chmod(0o755)
    fake.python = str(python)
    with pytest.raises(Unavailable, match=f"compiled cannot train here: {python} cannot be started "):
        Process(fake.way())


def test_all_are_ended_whatever_happens_including_those_added_meanwhile(start):
    processes = [start()]
    with contextlib.suppress(KeyboardInterrupt), ending(processes):
        processes.append(start())
        raise KeyboardInterrupt
    assert len(processes) == 2
    assert not any(process.alive or psutil.pid_exists(process.identity) for process in processes)
    processes[0].end()  # it can be ended again


def test_a_command_to_all_has_an_answer_or_an_error_from_each(start, fake):
    fake.rule("failed", do="prepare", engine="fit")
    first, second = start(), start(engine="fit")
    for process in (first, second):
        process.started()
    answers = together([first, second], "prepare", batch_size=10)
    assert answers[first]["steps"] == 60
    assert isinstance(answers[second], WorkerError)
