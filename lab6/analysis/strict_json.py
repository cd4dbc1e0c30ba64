"""JSON that says one thing only: each key of an object once."""

import json
from collections import Counter
from typing import Any

from pydantic_core import from_json, to_json


def decoded(content: bytes) -> Any:
    """The value that ``content`` is the JSON of, in any of Unicode's encodings, with or without a byte order mark.

    Python's ``json`` keeps the last of several values that an object has for one key; which one is meant is open (RFC
    8259, section 4), so that is refused here. Raises ValueError, which says in a few words what is wrong, and
    RecursionError.
    """
    quickly = _quickly(content)
    return quickly if quickly is not None else _slowly(content)


def _quickly(content: bytes) -> Any:
    """The same by a faster reader, for UTF-8 in which all is well; None where it cannot be sure.

    It keeps the last value of a key too. But every key has its colon: where what was read has as many colons, written
    out again, as what was given, nothing was dropped. A colon in a string counts on both sides, unless it was escaped.
    """
    if b"\\u003" in content:
        return None
    try:
        read = from_json(content)
    except ValueError:
        return None
    return read if to_json(read).count(b":") == content.count(b":") else None


def _slowly(content: bytes) -> Any:
    """By Python's own reader, which knows all encodings, and can say what is wrong."""
    try:
        return DECODER.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not complete JSON: {error}") from error
    except KeyError as error:
        raise ValueError(f"one of its objects has the key {error.args[0][:60]!r} twice") from error
    except ValueError as error:  # of int()
        raise ValueError("it has a whole number of too many digits") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of ``pairs``. Raises KeyError for a key that is there twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise KeyError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return made


DECODER = json.JSONDecoder(object_pairs_hook=_once)
