"""Entries of lists: https://modern.ircdocs.horse/#extban-parameter, https://ircv3.net/specs/extensions/account-extban"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto import extbans, masks
from tests.proto.strategies import ANY_TEXT

ENTRIES = st.text("am~:*!@bo.", max_size=12)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "complete", "pattern", "by_account", "mutes"),
    [
        ("bob", "bob!*@*", "bob!*@*", False, False),
        ("*.spam.example", "*!*@*.spam.example", "*!*@*.spam.example", False, False),
        ("~bob@host", "*!~bob@host", "*!~bob@host", False, False),
        ("~a:Bob", "~a:Bob", "Bob", True, False),
        ("~account:b*", "~account:b*", "b*", True, False),
        ("m:bob", "m:bob!*@*", "bob!*@*", False, True),
        ("~m:*@h", "~m:*!*@h", "*!*@h", False, True),
        ("~mute:~account:bob", "~mute:~account:bob", "bob", True, True),
        ("m:~a:bob", "m:~a:bob", "bob", True, True),
    ],
)
def test_an_entry_is_taken_apart_and_completed(text, complete, pattern, by_account, mutes):
    found = extbans.parse(text)
    assert (found.text, found.pattern, found.by_account, found.mutes) == (complete, pattern, by_account, mutes)


@pytest.mark.parametrize("text", ["~a:", "m:~a:", "~x:y", "two words", "a\x02b", "ü" * 101, "m:~m:x", "~a::)x y"])
def test_what_is_no_entry(text):
    assert extbans.parse(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("m:Bob", "~mute:bob!*@*"), ("~a:BOB", "~account:bob"), ("bob", "BOB!*@*"), ("m:~a:x", "~m:~account:X")],
)
def test_all_spellings_of_an_entry_have_one_key(one, other):
    assert extbans.parse(one).key == extbans.parse(other).key


def test_different_entries_have_different_keys():
    texts = ["bob", "m:bob", "~a:bob", "m:~a:bob", "bob@*"]
    assert len({extbans.parse(text).key for text in texts}) == len(texts)


@given(ENTRIES | ANY_TEXT)
def test_a_complete_entry_is_left_alone(text):
    found = extbans.parse(text)
    if found is not None:
        again = extbans.parse(found.text)
        assert (again.text, again.key) == (found.text, found.key)
        assert " " not in found.text
        assert not found.text.startswith(":")


@given(st.lists(st.text("ab*?!@", max_size=6), max_size=5), st.text("ab!@", max_size=6))
def test_any_matcher_matches_what_one_of_its_masks_matches(given_masks, text):
    assert bool(masks.any_matcher(given_masks)(text)) == any(masks.matches(mask, text) for mask in given_masks)


def test_the_tokens_name_every_type():
    """Servers publishing the ACCOUNTEXTBAN token MUST also publish the EXTBAN token."""
    prefix, _, types = extbans.extban_token().partition(",")
    for word in (*types, *extbans.account_token().split(",")):
        assert extbans.parse(f"{prefix}{word}:somebody") is not None
