"""Masks against irc-parser-tests and against the plainest matcher there is."""

from __future__ import annotations

import time

import parser_tests.data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import Source, matches, normalize, split_source

MATCH = parser_tests.data.mask_match["tests"]
SPLIT = parser_tests.data.userhost_split["tests"]
FEW_LETTERS = st.text("ab\n.[", max_size=12)  # few, so that many of the texts match
MASKS = st.text("abAB\n.[*?", max_size=8)


def plain_match(mask: str, text: str) -> bool:
    """The definition, for the texts of a test: ``row[i]`` says whether the mask so far fits ``text[:i]``."""
    row = [True] + [False] * len(text)
    for char in mask:
        before = row
        if char == "*":
            row = [any(before[: i + 1]) for i in range(len(text) + 1)]
        else:
            row = [False] + [before[i] and char in ("?", text[i]) for i in range(len(text))]
    return row[-1]


@pytest.mark.smoke
@pytest.mark.parametrize("case", MATCH, ids=[case["mask"] for case in MATCH])
def test_a_mask_matches_what_irc_parser_tests_say(case):
    assert [text for text in case["matches"] if not matches(case["mask"], text)] == []
    assert [text for text in case["fails"] if matches(case["mask"], text)] == []


@pytest.mark.parametrize("case", SPLIT, ids=[case["source"] for case in SPLIT])
def test_a_source_splits_as_irc_parser_tests_say(case):
    source = split_source(case["source"])
    found = {"nick": source.nick, "user": source.user or "", "host": source.host or ""}
    assert found == {"nick": "", "user": "", "host": "", **case["atoms"]}


def test_a_part_that_is_missing_is_not_an_empty_one():
    assert split_source("irc.example.com") == Source("irc.example.com", None, None)
    assert split_source("bob!@") == Source("bob", "", "")


@given(MASKS, FEW_LETTERS)
def test_a_mask_matches_what_the_plain_matcher_matches(mask, text):
    assert matches(mask, text) == plain_match(casefold(mask), casefold(text))


@given(MASKS, st.data())
def test_a_text_made_from_a_mask_matches_it(mask, data):
    fill = {"*": FEW_LETTERS, "?": st.sampled_from("ab\n")}
    text = "".join(data.draw(fill[char]) if char in fill else char for char in mask)
    assert matches(mask, text)
    assert matches(mask, text.upper())


def test_a_mask_of_many_stars_takes_no_time():
    start = time.perf_counter()
    assert not matches("*a" * 200 + "*b", "a" * 500)
    assert not matches("*?a" * 150 + "*!*@*c", "a" * 500)
    assert not matches("*" * 400 + "x", "a" * 500)
    assert time.perf_counter() - start < 1.0  # hundredths of a second; with backtracking, more than a life


@pytest.mark.parametrize(
    ("mask", "complete"),
    [
        ("bob", "bob!*@*"),
        ("bob!b", "bob!b@*"),
        ("*@host", "*!*@host"),
        ("b@host", "*!b@host"),
        ("bob!b@host", "bob!b@host"),
        ("host.example", "*!*@host.example"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("10.0.0.0/8", "*!*@10.0.0.0/8"),
        ("!@", "*!*@*"),
        ("", "*!*@*"),
    ],
)
def test_a_short_ban_mask_is_completed(mask, complete):
    assert normalize(mask) == complete


@given(st.text("ab!@*", max_size=12))
def test_a_complete_mask_is_left_alone(mask):
    assert normalize(normalize(mask)) == normalize(mask)
