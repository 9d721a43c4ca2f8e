"""server-time: https://ircv3.net/specs/extensions/server-time"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.timestamps import format_time, parse_time
from tests.proto.strategies import ANY_TEXT

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999  # of the years 1 and 9999
NO_TIME = "not a time|must be in|out of range"


@pytest.mark.smoke
@given(st.integers(FIRST, LAST))
def test_a_time_reads_back(ms):
    assert parse_time(format_time(ms)) == ms


@given(st.integers(FIRST, LAST), st.integers(FIRST, LAST))
def test_times_sort_as_their_texts_do(one, other):
    assert (one < other) == (format_time(one) < format_time(other))


@given(ANY_TEXT | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"))
def test_any_text_is_a_time_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert FIRST <= parse_time(text) <= LAST


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2011-10-19T16:40:51.620Z", 1_319_042_451_620),
        ("2011-10-19T16:40:51Z", 1_319_042_451_000),
        ("2011-10-19T16:40:51.6Z", 1_319_042_451_600),
        ("2012-06-30T23:59:60.419Z", 1_341_100_799_419),  # the leap second of the specification's example
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_a_time_is_read(text, ms):
    assert parse_time(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2011-10-19",
        "2011-10-19T16:40:51.620",
        "2011-10-19T16:40:51.620+01:00",
        "2011-10-19T16:40:51.620Z\n",
        "2011-10-19 16:40:51.620Z",
        "2011-13-19T16:40:51.620Z",
        "2011-02-30T16:40:51.620Z",
        "2011-10-19T16:60:60.620Z",
        "2011-10-19T16:40:61.620Z",
        "٢٠١١-10-19T16:40:51.620Z",
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=NO_TIME):
        parse_time(text)
