"""What decides the speed of a machine: the same for two runs, or they cannot be compared.

The label is only a name, and what changes by itself from run to run (the CPU's present clock, free memory) is not saved
as part of a machine at all.
"""

from typing import Any

from lab6.record import Machine

PLAIN = ("cpu_model", "usable_cores", "memory_bytes", "intra_op_threads", "inter_op_threads")
"""Fields that are taken as they were saved."""

GPUS = ("gpu", "gpu_driver")

MEMORY_SLACK = 0.02
"""Share by which the memory of one machine can differ: what a kernel keeps for itself changes with its version."""

Fingerprint = dict[str, Any]
"""Each field that decides the speed, and its value; None for what is not known."""


def of_machine(machine: Machine) -> Fingerprint:
    """The fingerprint of a machine as it was saved: PLAIN, GPUS, and a field for each package with its version."""
    plain = {field: getattr(machine, field) for field in PLAIN}
    gpus = (
        ", ".join(gpu.name for gpu in machine.gpus) or "none",
        ", ".join(gpu.driver or "unknown" for gpu in machine.gpus) or "none",
    )
    return plain | dict(zip(GPUS, gpus, strict=True)) | dict(machine.versions)


def differences(one: Fingerprint, other: Fingerprint) -> list[tuple[str, Any, Any]]:
    """The fields in which two fingerprints differ, with both values."""
    fields = dict.fromkeys((*one, *other))
    found = [(field, one.get(field), other.get(field)) for field in fields]
    return [
        (field, "unknown" if ours is None else ours, "unknown" if theirs is None else theirs)
        for field, ours, theirs in found
        if ours != theirs and not (field == "memory_bytes" and _nearly(ours, theirs))
    ]


def _nearly(one: Any, other: Any) -> bool:
    return bool(one and other and abs(one / other - 1) <= MEMORY_SLACK)
