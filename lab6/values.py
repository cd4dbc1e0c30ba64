"""Values from a command line: parsed, or refused in one sentence with what is allowed."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from lab6.errors import OptionError

T = TypeVar("T")


def whole(option: str, text: str, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``. Raises OptionError."""
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text) or not least <= int(text) <= most:
        raise OptionError(f"{option}: {_short(text)} is not allowed; give whole numbers from {least:,} to {most:,}.")
    return int(text)


def positive(option: str, text: str) -> float:
    """A finite number above 0. Raises OptionError."""
    try:
        value = float(text)
    except ValueError as error:
        raise OptionError(f"{option}: {_short(text)} is no number; give one above 0, such as 0.001.") from error
    if not 0 < value < float("inf"):
        raise OptionError(f"{option}: {_short(text)} is not allowed; give a number above 0, such as 0.001.")
    return value


def fraction(option: str, text: str) -> float:
    """A number from 0 to 1. Raises OptionError."""
    try:
        value = float(text)
    except ValueError as error:
        raise OptionError(f"{option}: {_short(text)} is no number; give one from 0 to 1, such as 0.01.") from error
    if not 0 <= value <= 1:
        raise OptionError(f"{option}: {_short(text)} is not allowed; give a number from 0 to 1, such as 0.01.")
    return value


def share(option: str, text: str) -> float:
    """A share above 0 and up to 1, as ``0.05`` or ``5%``. Raises OptionError."""
    number, percent = text.removesuffix("%"), text.endswith("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError as error:
        raise OptionError(f"{option}: {_short(text)} is no share; give one such as 5% or 0.05.") from error
    if not 0 < value <= 1:
        raise OptionError(f"{option}: {_short(text)} is not allowed; give more than 0% and up to 100%, such as 5%.")
    return value


def one_of(option: str, text: str, allowed: Iterable[str]) -> str:
    """One of the words that are allowed. Raises OptionError."""
    words = list(allowed)
    if text not in words:
        raise OptionError(f"{option}: {_short(text)} is not known; give one of {', '.join(words)}.")
    return text


def matching(option: str, text: str, pattern: str, advice: str) -> str:
    """A text that the whole ``pattern`` matches; ``advice`` says what to give instead. Raises OptionError."""
    if not re.fullmatch(pattern, text):
        raise OptionError(f"{option}: {_short(text)} is not allowed; give {advice}.")
    return text


def listed(text: str, parse_item: Callable[[str], T]) -> tuple[T, ...]:
    """Comma-separated items, each parsed by ``parse_item``."""
    return tuple(parse_item(item.strip()) for item in text.split(","))


def _short(text: str) -> str:
    """A value as it was given, in quotes, without what would drown the message."""
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
