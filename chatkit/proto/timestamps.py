"""server-time: ``YYYY-MM-DDThh:mm:ss.sssZ`` in UTC, to and from milliseconds since 1970; and dates for people.

Spec: https://ircv3.net/specs/extensions/server-time
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=16)
def format_time(ms: int) -> str:
    """``ms`` milliseconds since 1970, as server-time writes it."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> int:
    """Milliseconds since 1970. Raises ValueError where ``text`` is no such time; a leap second is the one before it."""
    if not _SHAPE.match(text):
        raise ValueError(f"not a time: {text}")
    text = text[:17] + "59" + text[19:] if text[17:19] == "60" else text
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def format_date(seconds: int) -> str:
    """``seconds`` since 1970 for people, whatever the locale: ``Fri Jan 15 2027 08:00:00 UTC``."""
    time = _EPOCH + timedelta(seconds=seconds)
    return f"{_DAYS[time.weekday()]} {_MONTHS[time.month - 1]} {time:%d %Y %H:%M:%S} UTC"
