"""What stands in a cell of a table: values put into words, for people."""

from __future__ import annotations

from typing import Any

from chatkit.proto.timestamps import format_time

NOTHING = "-"
USUAL = "as the settings say"


def text(value: object) -> str:
    """As it is; a dash for nothing."""
    return NOTHING if value is None or value == "" else str(value)


def words(value: Any) -> str:
    """A list, with blanks between."""
    return " ".join(map(str, value)) or NOTHING


def listed(value: Any) -> str:
    """A list of what may have blanks in it."""
    return ", ".join(map(str, value)) or NOTHING


def count(value: float) -> str:
    """A whole number, readable."""
    return f"{value:,}"


def counted(number: int, noun: str) -> str:
    """``1 user``, ``1,200 users``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rate(value: float) -> str:
    """So many a second."""
    return f"{value:,.1f}"


def size(value: float) -> str:
    """Bytes, in the unit that suits them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:,.0f} {unit}" if unit == "B" else f"{value:,.1f} {unit}"


def span(value: float | None) -> str:
    """Seconds, in the largest unit that there is one of: 12s, 5m, 3h, 2d."""
    if value is None:
        return NOTHING
    for large, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if value >= large:
            return f"{int(value // large)}{unit}"
    return f"{int(value)}s"


def clock(value: float) -> str:
    """Seconds, as ``1d 02:03:04``."""
    days, rest = divmod(int(value), 86400)
    shown = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days}d {shown}" if days else shown


def yes_no(value: bool | None) -> str:
    """Of what is undecided: a dash."""
    return NOTHING if value is None else "yes" if value else "no"


def day(value: int | str | None) -> str:
    """The date, in UTC, of seconds since 1970 or of a time in ISO 8601."""
    return _time(value)[:10] or NOTHING


def minute(value: int | str | None) -> str:
    """Date and time, in UTC, of seconds since 1970 or of a time in ISO 8601."""
    return _time(value)[:16].replace("T", " ") or NOTHING


def end(value: int) -> str:
    """A time, in seconds since 1970; a dash for none."""
    return minute(value) if value else NOTHING


def until(value: int) -> str:
    """When it ends, in seconds since 1970; 0 is for good."""
    return minute(value) if value else "for good"


def text_until(value: str) -> str:
    """The same, of a time in ISO 8601, which is empty for good."""
    return minute(value) if value else "for good"


def number_or_none(value: int) -> str:
    """A number; a dash for 0."""
    return str(value) if value else NOTHING


def as_usual(value: bool | None) -> str:
    """A choice that an account may have made."""
    return "as the server says" if value is None else yes_no(value)


def modes(value: str) -> str:
    """Letters of modes that are set."""
    return f"+{value}" if value else NOTHING


def lockdown(value: str) -> str:
    """How far the server is closed, in a sentence."""
    return value or "no"


def troubles(value: Any) -> str:
    """Sentences about what is wrong."""
    return "; ".join(value) or "none"


def _time(value: int | str | None) -> str:
    return (value or "") if isinstance(value, str | None) else format_time(value * 1000) if value else ""


def reason(value: str | None) -> str:
    """Why something is so; a dash where it is not."""
    return NOTHING if value is None else value or "yes"


def kept(value: int | None) -> str:
    """How much is kept: a number, 0 for all, or nothing where it is as everywhere."""
    return USUAL if value is None else count(value) if value else "all"


def pairs(value: dict[str, str]) -> str:
    """Keys and their values."""
    return listed(f"{key}={item}" for key, item in value.items())
