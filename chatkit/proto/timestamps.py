"""server-time: ``YYYY-MM-DDThh:mm:ss.sssZ`` in UTC, to and from milliseconds since 1970.

Spec: https://ircv3.net/specs/extensions/server-time
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
