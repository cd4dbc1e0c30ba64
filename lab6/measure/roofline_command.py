"""``lab6 roofline``: the machine's two ceilings, and what they leave as the least time for an epoch."""

import dataclasses
import importlib.util
import json
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from lab6 import disturbance, limit, values
from lab6.limit import Ceilings, Cost, Floor
from lab6.terminal_table import Columns

OPTIMIZER = "adam"
IMAGES = 60_000
"""Of an epoch: MNIST's training images."""

DEVICES = r"cpu|gpu:(0|[1-9][0-9]?)"


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 roofline``. ``form``: ``table`` or ``json``."""

    device: str
    batch_sizes: tuple[int, ...]
    form: str

    @classmethod
    def parse(cls, device: str, batch_sizes: str, form: str) -> "Request":
        """Parse the options as they were typed. Raises OptionError."""
        sizes = values.listed(batch_sizes, lambda item: values.whole("--batch-sizes", item, 1, IMAGES))
        return cls(
            device=values.matching("--device", device, DEVICES, "cpu, or one such as gpu:0"),
            batch_sizes=tuple(dict.fromkeys(sizes)),
            form=values.one_of("--format", form, ("table", "json")),
        )


@dataclasses.dataclass(frozen=True)
class Roofline:
    """The ceilings of a device with a backend of Keras, and the floor of the epoch for each minibatch size.

    ``by_size``: the bytes a second by what each core holds in bytes; empty on GPUs and without Numba.
    """

    device: str
    backend: str
    network: tuple[int, ...]
    cost: Cost
    ceilings: Ceilings
    floors: dict[int, Floor]
    by_size: dict[int, float]


def run(request: Request, console: Console, notes: Console) -> None:
    """Measure, and print on ``console``; progress and warnings go to ``notes``. Raises DeviceError."""
    from lab6.measure import machine, processors  # here, or ``lab6 --help`` would wait for them

    load = processors.load()
    with notes.status("measuring the ceilings"):
        found = find(request)
    if busy := disturbance.warning(load, machine.usable_cores()):
        notes.print(busy)
    if request.form == "json":
        console.file.write(json.dumps(document(found), indent=1) + "\n")
    else:
        console.print(table(found))


def find(request: Request) -> Roofline:
    """Measure the ceilings, and compute the floors. Raises DeviceError."""
    from lab6.measure import devices, roofline  # here, because they import the framework, which takes seconds
    from lab6.training import framework, network

    widths = (network.INPUTS, *network.HIDDEN, network.OUTPUTS)
    backend = framework.keras.backend.backend()
    devices.choose((request.device,), len(framework.backend.gpus()), backend, "--device")
    ceilings = roofline.measure(backend, request.device, limit.parameters(widths) * (1 + limit.SLOTS[OPTIMIZER]))
    cost = limit.dense_cost(widths, OPTIMIZER)
    floors = {size: limit.epoch_floor(cost, size, IMAGES, ceilings) for size in sorted(request.batch_sizes)}
    cores = framework.backend.threads()[0]
    by_size = roofline.by_size(cores) if request.device == "cpu" and importlib.util.find_spec("numba") else {}
    return Roofline(request.device, backend, widths, cost, ceilings, floors, by_size)


def document(found: Roofline) -> dict[str, Any]:
    """What ``--format json`` prints: floating-point operations and bytes a second, seconds, images a second."""
    sizes = [
        {"batch_size": size}
        | dataclasses.asdict(floor)
        | {"images_per_second": IMAGES / floor.seconds, "bound": floor.bound}
        for size, floor in found.floors.items()
    ]
    return {
        "device": found.device,
        "backend": found.backend,
        "network": found.network,
        "optimizer": OPTIMIZER,
        "training_images": IMAGES,
        **dataclasses.asdict(found.ceilings),
        "bytes_per_second_by_bytes_held": found.by_size,
        "flops_per_image": found.cost.image_flops,
        "sizes": sizes,
    }


def table(found: Roofline) -> RenderableType:
    """The ceilings, a row for each minibatch size, and an explanation."""
    rows = Columns("batch\nsize", "arithmetic\n(s)", "bytes\n(s)", "limit\n(s)", "images\n/s", "\nbound by")
    for size, floor in found.floors.items():
        times = (floor.arithmetic_seconds, floor.bytes_seconds, floor.seconds)
        rows.add_row(f"{size:,}", *(f"{time:.3g}" for time in times), f"{IMAGES / floor.seconds:,.0f}", floor.bound)
    return Group(_introduction(found), "", rows, "", _explanation(found))


def _introduction(found: Roofline) -> Text:
    ceilings = found.ceilings
    return Text(
        f"With {found.backend}, {found.device} does at most {ceilings.flops_per_second / 1e9:,.3g} GFLOP/s (float32 "
        f"matrix products) and moves at most {ceilings.bytes_per_second / 1e9:,.3g} GB/s (arrays as large as the "
        "parameters and optimizer slots). So an epoch takes no less than:"
    )


def _explanation(found: Roofline) -> Text:
    network = "-".join(map(str, found.network))
    return Text(
        f"One epoch of {IMAGES:,} images with the {network} network and {OPTIMIZER}. Arithmetic: "
        f"{found.cost.image_flops:,} floating-point operations an image. Bytes: "
        f"{found.cost.step_bytes:,} an update and {found.cost.image_bytes:,} an image. Each step "
        "takes at least the longer of the two." + _by_size(found.by_size)
    )


def _by_size(found: dict[int, float]) -> str:
    """A sentence on caches and memory; empty if nothing was found."""
    rates = ", ".join(f"{rate / 1e9:,.3g} GB/s with {held // 1024:,} KiB" for held, rate in found.items())
    return f"\n\nAll cores together, by the bytes that each of them works on: {rates}." if rates else ""
