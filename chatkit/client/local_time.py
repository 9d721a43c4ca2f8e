"""Times as the user's clock and calendar say them."""

from __future__ import annotations

from datetime import date, datetime

LAST_MS = 4_102_444_800_000  # the year 2100: what servers say is beyond it, is not worth a crash


def day_of(time_ms: int) -> date:
    """The day of a time in milliseconds since 1970."""
    return _local(time_ms).date()


def clock(time_ms: int, *, hours24: bool = True) -> str:
    """``15:04``, or ``3:04 pm``."""
    local = _local(time_ms)
    if hours24:
        return f"{local.hour:02}:{local.minute:02}"
    return f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"


def long_date(day: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def _local(time_ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(time_ms, 0), LAST_MS) / 1000)
