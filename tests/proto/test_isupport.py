"""RPL_ISUPPORT: https://modern.ircdocs.horse/#rplisupport-005"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.isupport import TOKENS_A_LINE, format_tokens, parse_tokens, unescape
from tests.proto.strategies import ANY_TEXT

KEYS = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)
VALUES = st.none() | st.integers(0) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


@pytest.mark.smoke
@given(st.dictionaries(KEYS, VALUES))
def test_tokens_read_back(tokens):
    words = list(itertools.chain.from_iterable(format_tokens(tokens)))
    assert parse_tokens(words) == {key: "" if value is None else str(value) for key, value in tokens.items()}


@given(st.dictionaries(KEYS, VALUES, max_size=60))
def test_lines_hold_whole_words_and_not_too_many(tokens):
    for line in format_tokens(tokens):
        assert 0 < len(line) <= TOKENS_A_LINE
        assert all(word and " " not in word for word in line)


@given(st.lists(ANY_TEXT))
def test_any_words_are_some_tokens(words):
    assert len(parse_tokens(words)) <= len(words)


def test_a_token_may_be_empty_bare_or_taken_back():
    assert parse_tokens(["NETWORK=Chat", "EXCEPTS", "SILENCE=", "-KNOCK", "="]) == {
        "NETWORK": "Chat",
        "EXCEPTS": "",
        "SILENCE": "",
        "KNOCK": None,
    }


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (r"Our\x20Net", "Our Net"),
        (r"a\x5Cb\x3d", r"a\b="),
        (r"\x5Cx20", r"\x20"),
        (r"\x", r"\x"),
        (r"\x2", r"\x2"),
        (r"\x+2", r"\x+2"),
    ],
)
def test_two_hex_digits_stand_for_a_character_and_nothing_else_does(wire, value):
    assert unescape(wire) == value
