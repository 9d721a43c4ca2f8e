"""Spans of time, typed and read by people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.durations import MAX_SECONDS, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h30m", 5400), (" 2D ", 172_800), ("1w", 604_800), ("1m1m", 120)],
)
def test_units_add_up(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "1", "h", "1.5h", "-1h", "1 h", "1y", "0s", "1h!", "٣h", "9999999999w", "101000w"]
)
def test_what_is_no_span_is_none(text):
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.6, "1m"), (5400, "1h30m"), (90_061, "1d1h1m1s"), (2_592_000, "30d"), (-5, "0s")],
)
def test_a_span_is_written_in_few_units(seconds, text):
    assert format_duration(seconds) == text


@given(st.integers(1, MAX_SECONDS))
def test_what_is_written_can_be_read(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text(max_size=20))
def test_nothing_that_is_typed_breaks_it(text):
    found = parse_duration(text)
    assert found is None or 0 < found <= MAX_SECONDS
