"""Spans of time as people type and read them: ``90s``, ``30m``, ``1h30m``, ``2d``, ``1w``."""

from __future__ import annotations

import re

UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}  # seconds, the longest first
_SHOWN = "dhms"  # nobody thinks of a month in weeks
MAX_SECONDS = 100 * 366 * 86400  # longer is for good

_SHAPE = re.compile(r"(?:\d{1,10}[wdhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([wdhms])", re.ASCII)


def parse_duration(text: str) -> float | None:
    """Seconds; or None for what is no span of time, nothing at all, or more than a hundred years."""
    text = text.strip().lower()
    if not _SHAPE.fullmatch(text):
        return None
    seconds = sum(int(count) * UNITS[unit] for count, unit in _PART.findall(text))
    return float(seconds) if 0 < seconds <= MAX_SECONDS else None


def format_duration(seconds: float) -> str:
    """``seconds``, to the second, in days and less: ``1h30m``, and ``30d`` rather than ``4w2d``."""
    rest, parts = max(0, round(seconds)), []
    for unit in _SHOWN:
        size = UNITS[unit]
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
