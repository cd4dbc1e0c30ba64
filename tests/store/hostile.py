"""Files of results as no run writes them: one that is right, changed in its bytes or in what it says."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from tests import saved

RAW = {
    "@1e999@": "1e999",
    "@huge@": "1" + "0" * 400,
    "@endless@": "9" * 5_000,
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@deep@": "[" * 100_000,
    "@nested@": "[" * 500 + "]" * 500,
    "@surrogate@": '"\\ud800"',
    "@minus@": "-0",
    "@tiny@": "1e-400",
}
"""What Python's ``json.dumps`` does not write, by the text that stands for it until then."""

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1.5, -0.5, 1e308, 1e-308, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**18,
    "", "0", "1", "NaN", "nan", "x" * 2_000, "y" * 1_000_000, "<script>alert(1)</script>", "\x00", "\x1b[31m", "\u202e",
    "機械", "é", "\n", "2026-01-02", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "-1-0", "mnist", "gpu:0",
    [], {}, [1], [[]], {"a": 1}, [None] * 3, *RAW,
)  # fmt: skip

Path = list[str | int]


def right(random_: random.Random) -> dict[str, Any]:
    """The content of a file without fault."""
    sizes = {
        size: ([random_.uniform(0.1, 9) for _ in range(3)], [0.91, 0.9, 0.92])
        for size in random_.sample([1, 10, 100], 2)
    }
    content = saved.run(sizes, {"gpus": [{"name": "A GPU", "driver": "1"}]} if random_.random() < 0.2 else None)
    content["commit_info"] = {"id": "a" * 40, "dirty": False}
    made: dict[str, Any] = json.loads(json.dumps(content))  # shares nothing with other files
    return made


def mutated(random_: random.Random) -> bytes:
    """One of the files."""
    content = right(random_)
    for _ in range(random_.choice((1, 1, 1, 2, 5))):
        random_.choice(TREES)(content, random_)
    text = json.dumps(content, indent=random_.choice((None, 4)), ensure_ascii=random_.random() < 0.8)
    for name, raw in RAW.items():
        text = text.replace(json.dumps(name), raw)
    if random_.random() < 0.15:
        text = _doubled(text, random_)
    found = text.encode(errors="surrogatepass")
    return random_.choice(BYTES)(found, random_) if random_.random() < 0.35 else found


def _places(content: Any) -> list[tuple[Any, str | int]]:
    """Every container with each of its keys."""
    if not isinstance(content, dict | list):
        return []
    keys: list[Any] = list(content) if isinstance(content, dict) else list(range(len(content)))
    return [(content, key) for key in keys] + [place for key in keys for place in _places(content[key])]


def _value(random_: random.Random) -> Any:
    return copy.deepcopy(random_.choice(VALUES))


def _replace(content: Any, random_: random.Random) -> None:
    container, key = random_.choice(_places(content))
    container[key] = _value(random_)


def _remove(content: Any, random_: random.Random) -> None:
    container, key = random_.choice(_places(content))
    del container[key]


def _add(content: Any, random_: random.Random) -> None:
    container, key = random_.choice(_places(content))
    if isinstance(container, dict):
        container[random_.choice(("more", "rounds", "seconds", ""))] = _value(random_)
    else:
        container.insert(int(key), random_.choice((_value(random_), container[key])))


def _swap(content: Any, random_: random.Random) -> None:
    (one, first), (other, second) = random_.choices(_places(content), k=2)
    try:
        json.dumps((a := one[first], b := other[second]))
        one[first], other[second] = json.loads(json.dumps(b)), json.loads(json.dumps(a))
    except (KeyError, IndexError):
        pass


def _nothing(content: Any, random_: random.Random) -> None:
    """Leaves it right."""


TREES: tuple[Callable[[Any, random.Random], None], ...] = (_replace, _replace, _replace, _remove, _add, _swap, _nothing)


def _doubled(text: str, random_: random.Random) -> str:
    """With a key that an object has already, and another value."""
    places = [place for place, mark in enumerate(text) if mark == "{"]
    key = random_.choice(("seed", "batch_size", "data", "label", "test_accuracy", "engine", "datetime", "rounds"))
    place = random_.choice(places) + 1
    return f'{text[:place]}"{key}": {random_.choice(("1", "0.5", "[1, 2, 3]", chr(34) * 2))}, {text[place:]}'


def _flip(content: bytes, random_: random.Random) -> bytes:
    place = random_.randrange(len(content))
    return content[:place] + bytes([random_.randrange(256)]) + content[place + 1 :]


def _cut_out(content: bytes, random_: random.Random) -> bytes:
    start = random_.randrange(len(content))
    return content[:start] + content[start + random_.randrange(1, 200) :]


BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _flip,
    _cut_out,
    lambda content, random_: content[: random_.randrange(len(content))],
    lambda content, random_: content.decode(errors="replace").encode("utf-16"),
    lambda content, random_: content.decode(errors="replace").encode("utf-32"),
    lambda content, random_: content.decode(errors="replace").encode("latin-1", "replace"),
    lambda content, random_: b"\xef\xbb\xbf" + content,
    lambda content, random_: content + content,
    lambda content, random_: content + b"\x00" * 100,
    lambda content, random_: b"",
    lambda content, random_: random_.randbytes(300),
)
