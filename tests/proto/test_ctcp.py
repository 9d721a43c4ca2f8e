"""CTCP: https://modern.ircdocs.horse/ctcp"""

from __future__ import annotations

import pytest
from hypothesis import given

from chatkit.proto.ctcp import action, split_ctcp
from tests.proto.strategies import ANY_TEXT, LINE_TEXT


@pytest.mark.smoke
@given(LINE_TEXT.filter(lambda text: "\x01" not in text))
def test_an_action_reads_back(text):
    assert split_ctcp(action(text)) == ("ACTION", text)


@given(ANY_TEXT)
def test_only_text_that_starts_with_the_delimiter_is_ctcp(text):
    assert split_ctcp("x" + text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\x01VERSION\x01", ("VERSION", "")),
        ("\x01ping 1 2\x01", ("PING", "1 2")),
        ("\x01ACTION has no end", ("ACTION", "has no end")),  # "the final delimiter MAY be omitted"
        ("\x01", None),
        ("", None),
        ("hi", None),
    ],
)
def test_ctcp_is_told_from_ordinary_text(text, found):
    assert split_ctcp(text) == found
