"""Text broken into rows: never too wide, nothing lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.tui_widgets.wrapping import cells, clip, wrap

CHARACTERS = st.sampled_from(["a", "b", " ", "é", "你", "界", "e\u0301", "🎉", "👍🏽", "👨‍👩‍👧", "❤️", "한"])
TEXTS = st.lists(CHARACTERS, max_size=60).map("".join) | st.text("ab ", max_size=80)


def rows_of(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width)]


@given(TEXTS, st.integers(2, 20))
def test_no_row_is_too_wide_and_nothing_but_blanks_is_lost(text: str, width: int):
    spans = wrap(text, width)
    assert all(cells(text[start:end]) <= width for start, end in spans)
    assert spans[0][0] == 0
    assert text[spans[-1][1] :].strip(" ") == ""
    for (start, end), (following, _) in pairwise(spans):
        assert start < end <= following <= end + 1
        assert text[end:following].strip(" ") == ""


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, [""]),
        ("hello world", 11, ["hello world"]),
        ("hello world", 10, ["hello", "world"]),
        ("abcdefghij xy", 4, ["abcd", "efgh", "ij", "xy"]),
        ("你好世界", 5, ["你好", "世界"]),
        ("hi 你好世界 yes", 7, ["hi 你好", "世界 ", "yes"]),
    ],
)
def test_rows_end_at_blanks_or_beside_wide_characters(text: str, width: int, rows: list[str]):
    assert rows_of(text, width) == rows


def test_a_row_narrower_than_a_character_still_makes_progress():
    assert rows_of("你好", 1) == ["你", "好"]


@given(TEXTS, st.integers(0, 20))
def test_clipped_text_fits_and_says_that_it_was_clipped(text: str, width: int):
    clipped = clip(text, width)
    assert cells(clipped) <= width
    assert clipped == text or not width or clipped.endswith("…")
