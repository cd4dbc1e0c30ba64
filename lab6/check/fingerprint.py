"""What decides a machine's speed: two runs can be compared only if it is the same for both.

The label is only a name. What changes from run to run (the CPU's clock, free memory) is not saved with a machine.
"""

from typing import Any

from lab6.record import OF_ONE_ENGINE, Machine

PLAIN = ("cpu_model", "usable_cores", "memory_bytes", "intra_op_threads", "inter_op_threads")
"""Fields that are used as they were saved."""

MEMORY_SLACK = 0.02
"""Share by which one machine's memory can differ: the part that the kernel reserves changes with its version."""

Fingerprint = dict[str, Any]
"""Each field that decides the speed, with its value; None if it is unknown."""


def of_machine(machine: Machine) -> Fingerprint:
    """The fingerprint of a saved machine: PLAIN, ``gpus`` with drivers, ``settings``, each package's version."""
    plain = {field: getattr(machine, field) for field in PLAIN}
    listed = {"gpus": "; ".join(machine.named_gpus) or "none", "settings": ", ".join(machine.named_settings) or "none"}
    return plain | listed | dict(machine.versions)


def differences(one: Fingerprint, other: Fingerprint) -> list[tuple[str, Any, Any]]:
    """The fields in which two fingerprints differ, with both values (``unknown`` for None).

    A package that only one engine needs may be missing on one side.
    """
    found = [(field, one.get(field), other.get(field)) for field in one | other]
    return [
        (field, "unknown" if ours is None else ours, "unknown" if theirs is None else theirs)
        for field, ours, theirs in found
        if ours != theirs and not (field == "memory_bytes" and _nearly_equal(ours, theirs))
        if not (field in OF_ONE_ENGINE and None in (ours, theirs))
    ]


def _nearly_equal(one: Any, other: Any) -> bool:
    return bool(one and other and abs(one / other - 1) <= MEMORY_SLACK)
