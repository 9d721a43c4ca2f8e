"""Message tags: https://ircv3.net/specs/extensions/message-tags"""

from __future__ import annotations

import pytest
from hypothesis import given

from chatkit.proto import tags
from tests.proto.strategies import ANY_TEXT, TAG_KEYS, TAG_VALUES, TAGS


@pytest.mark.smoke
@given(TAG_VALUES)
def test_an_escaped_value_reads_back_and_breaks_nothing(value):
    escaped = tags.escape(value)
    assert tags.unescape(escaped) == value
    assert not set("; \r\n") & set(escaped)


@given(TAGS)
def test_tags_read_back(found):
    assert tags.parse(tags.format_tags(found)) == found


@given(ANY_TEXT)
def test_any_text_has_some_tags_without_an_empty_key(text):
    assert "" not in tags.parse(text)


@pytest.mark.parametrize(
    ("wire", "value"),
    [(r"\:\s\\\r\n", "; \\\r\n"), (r"\b", "b"), ("end\\", "end"), (r"\\:", r"\:"), (r"\\\:", r"\;"), ("é", "é")],
)
def test_escapes_are_undone_from_left_to_right(wire, value):
    assert tags.unescape(wire) == value


def test_the_last_of_equal_keys_wins_and_a_missing_value_is_empty():
    assert tags.parse("a=1;b;c=;a=2;=lost;") == {"a": "2", "b": "", "c": ""}


@given(TAG_KEYS)
def test_only_keys_with_a_plus_are_relayed(key):
    assert tags.client_only({key: "x"}) == ({key: "x"} if key.startswith("+") else {})


@pytest.mark.parametrize("key", ["+", "+/", "+a/", "+/a", "+a b", "+é", "+a\n", "+a/b/c"])
def test_malformed_keys_are_not_relayed(key):
    assert tags.client_only({key: "x"}) == {}
