"""The beginning of a run, and options that cannot be followed."""

import re
from collections.abc import Collection

import pytest

from lab6.measure import book, planning, sharing
from lab6.measure.contest import Contest, DuetRun, Judge
from lab6.measure.plugin import OPTIONS
from lab6.measure.process import Process
from lab6.measure.run import Run
from lab6.measure.way import Way


def begin(config: pytest.Config, judge: Judge, with_data: bool = True, first: Way | None = None) -> Run:
    """Begin the run that the options describe; takes seconds. Raises Lab6Error for what is missing.

    ``with_data``: whether the options name the data, and not each test. ``first``: see :func:`planning.plan`.

    Processes that were not needed and copies of the code are removed when pytest ends.
    """
    options, root = config.stash[OPTIONS], config.rootpath
    contest = Contest(options, root) if options.is_duet else None
    if contest:
        config.add_cleanup(contest.end)
    started: list[Process] = []

    def end() -> None:
        for process in started:
            process.end()

    config.add_cleanup(end)
    if contest is None:
        return Run(config, planning.plan(options, root, started, with_data, first), started)
    wanted = [(side, 1) for side in contest.ways(*planning.first_way(options))]
    return DuetRun(config, planning.plans(options, root, wanted, started, with_data), started, contest, judge)


def objection(config: pytest.Config, with_engines: bool = True) -> str:
    """Why the benchmarks cannot be measured as the options ask; empty if they can. Raises UsageError.

    ``with_engines``: whether lab6's engines are measured.
    """
    options, session = config.stash[OPTIONS], book.session(config)
    if reason := sharing.objection(options, with_engines):
        return reason
    if config.getoption("dist", "no") != "no":
        return "-n: tests that run at the same time disturb each other's times: leave it out, or add -n 0."
    if config.getoption("forked", False):
        return "--forked: lab6 starts processes of its own, in which all benchmarks are measured: leave it out."
    if (count := config.getoption("count", 1)) > 1:
        return f"--count: each benchmark is measured once in a run, not {count} times: give --rounds or --processes."
    if not config.pluginmanager.has_plugin("terminalreporter"):
        return "-p no:terminal: lab6 shows what it measures through pytest's terminal: leave it out."
    if (session.compare or session.compare_fail) and not session.compared_mapping:
        raise nothing_to_compare(config)
    disabling = "--codspeed" if config.getoption("codspeed", False) else "--benchmark-disable"
    untimed = disabling if session.disabled else "--benchmark-skip" if session.skip else ""
    if untimed and (wanted := options.comparing or book.asked(config)):
        return f"{wanted}: nothing is timed with {untimed}: leave one of them out."
    if options.comparing and config.option.collectonly:
        return f"{options.comparing}: nothing is timed with --collect-only: leave that out."
    if options.is_duet and (session.compare or options.check_against):
        return f"{options.comparing} makes its own comparison: leave --benchmark-compare and --check-against out."
    return ""


def nothing_in_common(place: str, theirs: Collection[str], ours: Collection[str]) -> str:
    """The sentence about saved runs that hold none of this run's benchmarks; both are pytest's names."""
    has, measures = (re.sub(r".*\[|\]$", "", min(names, default="none")) for names in (theirs, ours))
    return (
        f"{place} holds no benchmark of the same data set, images, optimizer, engine, device and minibatch size: it "
        f"has {has} and this run {measures}, for instance; measure the same, or name another run."
    )


def nothing_to_compare(config: pytest.Config) -> pytest.UsageError:
    """The error for a --benchmark-compare that finds no run."""
    session = book.session(config)
    storage, wanted = session.storage, session.compare if isinstance(session.compare, str) else "any"
    return pytest.UsageError(
        f"there is no saved run ({wanted}) to compare with in {getattr(storage, 'folder', storage)}: measure one with "
        "--benchmark-save, then give --benchmark-compare or --benchmark-compare=NUMBER."
    )
