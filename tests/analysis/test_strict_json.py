import json

import pytest

from lab6.analysis import strict_json


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1, "a": 2}',
        '{"a" :1, "a": 2}',
        '{"a": {"b": ":", "b": 2}}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": 1, "b": "\\u003a", "a": 2}',  # one colon fewer, and one more that was escaped
        '{"a": 1, "b": "\\u003A", "a": 2}',
        '[{"a": 1}, {"a": {"c": 1}, "a": {"c": 1}}]',
    ],
)
def test_a_key_that_an_object_has_twice_is_refused_however_it_is_written(content: str) -> None:
    with pytest.raises(ValueError, match=r"has the key '[ab]' twice"):
        strict_json.decoded(content.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_is_right_is_read_in_every_encoding(encoding: str) -> None:
    value = {"é: :": [1, -0.5, 1e-320, 2**70, True, None, {"": "\u2028"}], "\\u003a": {"a": {"a": "a:a"}}}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=4)):
        assert strict_json.decoded(text.encode(encoding)) == value


def test_a_loss_that_diverged_is_read() -> None:
    assert repr(strict_json.decoded(b"[NaN, Infinity, -Infinity]")) == "[nan, inf, -inf]"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not complete JSON"),
        (b'{"a": 1', "not complete JSON"),
        (b'{"a": 1} {}', "not complete JSON"),
        (b"\xff\xfe\xff", "not complete JSON"),
        (b"9" * 1_000_000, "too many digits"),
    ],
)
def test_what_is_no_json_is_refused_in_a_few_words(content: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        strict_json.decoded(content)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(RecursionError):
        strict_json.decoded(b"[" * 100_000)
