"""What the options mean on this machine, which the first processes of a run find out."""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from lab6.measure import devices, machine, processors, sharing
from lab6.measure.options import Options
from lab6.measure.plan import Plan, way
from lab6.measure.process import Process
from lab6.measure.team import start
from lab6.measure.turns import waves
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.training import backends
from lab6.training.engines import NEEDED


class Follows(Exception):
    """This machine's worker is not the first of its cluster, which measures; this process only lets it train."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self.process = process


def plan(
    options: Options, root: Path, started: list[Process], with_data: bool = True, first: Way | None = None
) -> Plan:
    """The plan of an ordinary run; see :func:`plans`. ``first``: of the first processes, by default the options'."""
    engine, device = first_way(options)
    first = first or way(options, root, engine, device, sharing.widest(options, device))
    most = 1 if first.team or options.workers else None  # only described by it, perhaps
    wanted = [(first, number) for number in next(waves(options.repeats().processes, first.workers, most))]
    return plans(options, root, wanted, started, with_data)[0]


def first_way(options: Options) -> tuple[str, str]:
    """The engine and the device of the first processes."""
    return options.engines[0], (options.devices or ("cpu",))[0]


def plans(
    options: Options, root: Path, wanted: Iterable[tuple[Way, int]], started: list[Process], with_data: bool = True
) -> list[Plan]:
    """Start processes, and plan a run as the first of each way sees the machine; takes seconds. Raises Lab6Error.

    ``wanted``: ways and numbers of the processes, which are added to ``started``. ``with_data``: whether the options
    name the data, and not each test.
    """
    data = Data.find(options) if with_data else None
    if data:
        for workers in options.workers or (1,):
            options.sizes(data.training_images, workers)  # raises if one is too large
    load = processors.load()  # before workers are busy
    asked: dict[Way, Process] = {}
    for each, number in wanted:
        started.append(start(each, number))
        asked.setdefault(each, started[-1])
    for process in asked.values():
        process.started()
        if process.facts.get("rank"):
            raise Follows(process)
    *_, last = asked.values()
    cluster = last.facts["workers"] if options.cluster else None
    if cluster:
        last.way = last.way.of_cluster(cluster)
    if len(asked) == 1:  # the sides of a duet may have other versions than this process
        needed = [NEEDED[engine] for engine in options.engines if engine in NEEDED]
        last.facts["versions"] |= {package: version(package) for package in needed}
    machines = [machine.describe(options.machine, process.facts, way.settings) for way, process in asked.items()]
    found = devices.choose(options.devices, len(machines[-1].gpus), backends.chosen())
    if with_data:
        data = data or Data.told(options, last)
        for workers in (cluster,) if cluster else options.workers or (1,):
            options.sizes(data.training_images, workers)
    work = Work.told(options, data, last) if data else Work.of(options)
    return [
        Plan(options, root, work, data, found, here, load, process.facts["lab6_version"], cluster)
        for here, process in zip(machines, asked.values(), strict=True)
    ]
