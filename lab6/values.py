"""Values from a command line: parsed, or refused in one sentence that says what is allowed."""

import contextlib
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from lab6 import paths
from lab6.errors import OptionError

T = TypeVar("T")


def whole(option: str, text: str, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``. Raises OptionError."""
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text) or not least <= int(text) <= most:
        raise _not_allowed(option, text, f"whole numbers from {least:,} to {most:,}")
    return int(text)


def positive(option: str, text: str) -> float:
    """A finite number above 0. Raises OptionError."""
    return _number(option, text, float, lambda value: 0 < value < math.inf, "a number above 0, such as 0.001")


def fraction(option: str, text: str) -> float:
    """A number from 0 to 1. Raises OptionError."""
    return _number(option, text, float, lambda value: 0 <= value <= 1, "a number from 0 to 1, such as 0.01")


def share(option: str, text: str) -> float:
    """A share above 0 and up to 1, as ``0.05`` or ``5%``. Raises OptionError."""

    def parse(text: str) -> float:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)

    return _number(option, text, parse, lambda value: 0 < value <= 1, "more than 0% and up to 100%, such as 5% or 0.05")


def one_of(option: str, text: str, allowed: Iterable[str]) -> str:
    """One of the allowed words. Raises OptionError."""
    words = list(allowed)
    if text not in words:
        raise OptionError(f"{option}: {_short(text)} is not known; give one of {', '.join(words)}.")
    return text


def matching(option: str, text: str, pattern: str, advice: str) -> str:
    """A text that matches the whole ``pattern``; ``advice`` says what to give otherwise. Raises OptionError."""
    if not re.fullmatch(pattern, text):
        raise _not_allowed(option, text, advice)
    return text


def listed(text: str, parse_item: Callable[[str], T]) -> tuple[T, ...]:
    """Comma-separated items, each parsed by ``parse_item``."""
    return tuple(parse_item(item.strip()) for item in text.split(","))


def _number(
    option: str, text: str, parse: Callable[[str], float], is_allowed: Callable[[float], bool], advice: str
) -> float:
    with contextlib.suppress(ValueError):
        if is_allowed(value := parse(text)):
            return value
    raise _not_allowed(option, text, advice)


def _not_allowed(option: str, text: str, advice: str) -> OptionError:
    return OptionError(f"{option}: {_short(text)} is not allowed; give {advice}.")


def folder(option: str, text: str | None, default: Path) -> Path | None:
    """The folder that an option names, None if it was not given. Raises OptionError."""
    return None if text is None else paths.local(option, text, f"the name of a folder, such as {default},")


def _short(text: str) -> str:
    """The value as given, in quotes, cut to 60 characters."""
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
