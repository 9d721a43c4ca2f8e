"""Which of a room's lines are in the text widget, and how to get from one such set to the next. No Tk in here.

A room may hold 20,000 lines; the widget holds a stretch of some hundred, and the stretch follows the user.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import msgspec

from chatkit.client.model import Line

TAIL = 300  # lines shown at the end of a room
SLACK = 200  # more of them before the oldest go
PAGE = 200  # lines added when the user scrolls to an end of the stretch
LIMIT = 1500  # lines shown at once while the user reads further up


class Divider(msgspec.Struct, frozen=True):
    """A row that nobody said: the day, or what is at the top."""

    text: str


Row = Line | Divider


class Edit(msgspec.Struct, frozen=True):
    """Take ``removed`` rows away from ``at`` on, and put ``rows`` there."""

    at: int
    removed: int
    rows: tuple[Row, ...]


class Stretch:
    """The lines from ``first`` to ``last``, by their ids; ``last`` is None where the stretch ends with the room."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._last: int | None = None
        self._count = TAIL

    @property
    def at_end(self) -> bool:
        """Whether it ends where the room ends."""
        return self._last is None

    def to_end(self) -> None:
        """Show the last lines of the room."""
        self._first, self._last, self._count = None, None, TAIL

    def of(self, lines: Sequence[Line], *, following: bool) -> tuple[int, int]:
        """Where it begins and ends in ``lines`` as they are now. ``following`` says that the user is at the end."""
        start, end = self._bounds(lines)
        if following and self.at_end and end - start > TAIL + SLACK:
            start = end - TAIL
        end = min(end, start + LIMIT)
        return self._keep(lines, start, end)

    def extend_up(self, lines: Sequence[Line]) -> bool:
        """Take in older lines. Returns whether there were any."""
        start, end = self._bounds(lines)
        older = max(0, start - PAGE)
        self._keep(lines, older, min(end, older + LIMIT))
        return older < start

    def extend_down(self, lines: Sequence[Line]) -> bool:
        """Take in newer lines. Returns whether there were any."""
        start, end = self._bounds(lines)
        newer = min(len(lines), end + PAGE)
        self._keep(lines, max(start, newer - LIMIT), newer)
        return newer > end

    def _bounds(self, lines: Sequence[Line]) -> tuple[int, int]:
        last = None if self._last is None else _find(lines, self._last)
        end = len(lines) if last is None else last + 1
        first = None if self._first is None else _find(lines, self._first)
        start = max(0, end - self._count) if first is None else first
        return start, max(start, end)

    def _keep(self, lines: Sequence[Line], start: int, end: int) -> tuple[int, int]:
        self._first = lines[start].id if start < len(lines) else None
        self._last = lines[end - 1].id if start < end < len(lines) else None
        self._count = max(TAIL, end - start)
        return start, end


def rows_of(lines: Sequence[Line], head: str = "") -> list[Row]:
    """``lines`` with a divider before each new day, all below ``head``."""
    rows: list[Row] = [_divider(head)] if head else []
    day = None
    for line in lines:
        today = _day(line.time_ms // QUARTER_HOUR_MS)
        if today is not None and today != day:
            day = today
            rows.append(_divider(day_words(day)))
        rows.append(line)
    return rows


def edits(old: Sequence[Row], new: Sequence[Row]) -> list[Edit]:
    """What turns ``old`` into ``new``, the lower edit first. Rows are the same where they are the same object."""
    places = {id(row): index for index, row in enumerate(old) if isinstance(row, Line)}
    common = ((index, places[id(row)]) for index, row in enumerate(new) if id(row) in places)
    new_at, old_at = next(common, (0, 0))
    found = [_edit(old, new, old_at, new_at, len(old), len(new)), _edit(old, new, 0, 0, old_at, new_at)]
    return [edit for edit in found if edit is not None]


def clock(time_ms: int) -> str:
    """The local time of day, or dashes for a time that no clock shows."""
    try:
        return datetime.fromtimestamp(time_ms / 1000).strftime("%H:%M")
    except (ValueError, OverflowError, OSError):
        return "--:--"


def day_words(day: date) -> str:
    """``Sunday, 22 November 2026``."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


QUARTER_HOUR_MS = 15 * 60 * 1000  # every place's day begins with one


@lru_cache(maxsize=4096)
def _day(quarter_hour: int) -> date | None:
    try:
        return datetime.fromtimestamp(quarter_hour * QUARTER_HOUR_MS / 1000).date()
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=1024)
def _divider(text: str) -> Divider:
    return Divider(text)  # one object for one text: ``edits`` compares by identity


def _find(lines: Sequence[Line], line_id: int) -> int | None:
    return next((index for index in range(len(lines) - 1, -1, -1) if lines[index].id == line_id), None)


def _edit(old: Sequence[Row], new: Sequence[Row], old_at: int, new_at: int, old_end: int, new_end: int) -> Edit | None:
    """What turns that part of ``old`` into that part of ``new``, without what both begin and end with."""
    while old_at < old_end and new_at < new_end and old[old_at] is new[new_at]:
        old_at, new_at = old_at + 1, new_at + 1
    while old_at < old_end and new_at < new_end and old[old_end - 1] is new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    if old_at == old_end and new_at == new_end:
        return None
    return Edit(old_at, old_end - old_at, tuple(new[new_at:new_end]))
