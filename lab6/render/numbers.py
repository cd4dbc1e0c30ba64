"""Numbers as people read them."""

MOST_LISTED = 8
"""Sizes that a sentence names."""


def seconds(value: float) -> str:
    """A time to three digits, such as ``0.378 s``, ``63.6 s`` or ``539 s``."""
    return f"{plain_seconds(value)} s"


def plain_seconds(value: float) -> str:
    """A time in seconds to three digits, without the unit."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def accuracy(value: float) -> str:
    """An accuracy, 0 to 1, to three digits."""
    return f"{value:.3f}"


def times(factor: float) -> str:
    """A rounded ratio, such as ``5.7`` or ``29``."""
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}"


def speedup(factor: float) -> str:
    """A speed-up to three digits, such as ``1.25`` or ``310``."""
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


def microseconds(seconds: float) -> str:
    """A time in microseconds to three digits, without the unit."""
    return f"{seconds * 1e6:,.0f}" if seconds >= 1e-4 else f"{seconds * 1e6:.3g}"


def change(relative: float) -> str:
    """A relative change, such as ``+15.2%``; from a doubling on as a factor, such as ``x2.5``."""
    return f"{relative:+z.1%}" if relative < 1 else f"x{1 + relative:.3g}"


def count(number: int, noun: str) -> str:
    """A number of things, such as ``1 process`` or ``3 processes``."""
    several = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{several}"


def listed(sizes: tuple[int, ...]) -> str:
    """Sizes as a list, such as ``1, 10 and 100``; of very many only their number and range."""
    if len(sizes) > MOST_LISTED:
        return f"{len(sizes)} sizes from {min(sizes):,} to {max(sizes):,}"
    texts = [f"{size:,}" for size in sizes]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
