"""Times and days as the user's own clock and calendar say them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest

from chatkit.client.local_time import clock, day_of, long_date

NOON_MS = 1_800_014_400_000  # 15 January 2027, 12:00 UTC
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nine hours before UTC, without summer time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def test_the_day_is_the_users() -> None:
    assert day_of(NOON_MS) == date(2027, 1, 15)
    assert day_of(NOON_MS + 3 * HOUR_MS) == date(2027, 1, 16)


@pytest.mark.parametrize(
    ("hours", "of_24", "of_12"),
    [(0, "21:00", "9:00 pm"), (3, "00:00", "12:00 am"), (4, "01:00", "1:00 am"), (15, "12:00", "12:00 pm")],
)
def test_the_clock_has_24_hours_or_12(hours: int, of_24: str, of_12: str) -> None:
    time_ms = NOON_MS + hours * HOUR_MS
    assert (clock(time_ms), clock(time_ms, hours24=False)) == (of_24, of_12)


def test_a_date_is_written_out() -> None:
    assert long_date(date(2027, 1, 5)) == "Tuesday, 5 January 2027"


@pytest.mark.parametrize("time_ms", [-1, 10**18])
def test_a_time_beyond_the_calendar_is_no_crash(time_ms: int) -> None:
    assert day_of(time_ms).year in (1970, 2100)
