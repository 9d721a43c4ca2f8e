"""What a room looks like, row by row: its lines, with days, the line at what is new, folds and groups between them.

A row depends on its line and the one before it, and a fold on its neighbours. So after a change only the rows around it
are made anew, and the splice that comes of it holds no more than what is different.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

import msgspec

from chatkit.client import events, local_time, words
from chatkit.client.events import Event, LineEvent, RowsChanged
from chatkit.client.folding import summary
from chatkit.client.model import QUIET, Line, Room

GROUP_MS = 5 * 60 * 1000  # that lie at most between two messages of a group

RowKind = Literal["day", "unread", "line", "fold"]
Edit = Callable[[list[Line]], list[Line]]  # the lines around a change, before and after it

_BELONGS = "\ufe0f|[\U0001f3fb-\U0001f3ff]"  # behind an emoji: its look, its skin
_PICTURE = (
    "[\U0001f000-\U0001faff]|[\u00a9\u00ae\u203c-\u3299](?=\ufe0f)"
    "|[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4"
    "\u26c5\u26ce\u26d4\u26ea\u26f2-\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2757\u2764"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]"
)
_ONE = f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|(?:{_PICTURE})(?:{_BELONGS})*"
_LONE = re.compile(f"(?:{_ONE}(?:\u200d(?:{_PICTURE}|[\u2640\u2642])(?:{_BELONGS})*)*) *){{1,3}}")


class Row(msgspec.Struct, frozen=True, gc=False):
    """One thing drawn below the other. (kind, key) stays the same while its contents change.

    Behind an open fold its lines follow as rows of their own.
    """

    kind: RowKind
    key: int  # id of its (first) line
    text: str = ""  # of day ("Monday, 5 May"), unread ("New messages"), fold ("Bob and Eve joined · Al left")
    lines: tuple[Line, ...] = ()  # one for "line", all for "fold"
    head: bool = True  # of talk: whether name and time are shown; False goes on with the same person's
    lone: bool = False  # a message of one to three emoji and no more: may be drawn large
    open: bool = False  # of fold: whether the user wants to see its lines


class Splice(msgspec.Struct, frozen=True):
    """Take ``removed`` rows away from ``at`` on, and put ``rows`` there."""

    at: int
    removed: int
    rows: tuple[Row, ...] = ()


class Layout(msgspec.Struct, frozen=True):
    """How a user wants it."""

    fold: bool = True
    group: bool = True
    days: bool = True


USUAL = Layout()


class Timeline:
    """Row by row what one room shows; fed with its line events in their order. O(new lines), but for list moves."""

    def __init__(self, day_of: Callable[[int], date], layout: Layout = USUAL) -> None:
        """``day_of`` says on which of the user's days a time in milliseconds since 1970 is."""
        self.rows: list[Row] = []
        self._day_of = day_of
        self._layout = layout
        self._unread_from: int | None = None
        self._open: set[int] = set()  # ids of lines; a fold with one of them is open

    def apply(self, event: Event) -> tuple[Splice, ...]:
        """What a line event changes; any other changes nothing."""
        match event:
            case events.LinesAppended():
                return self._change(len(self.rows), len(self.rows), lambda lines: [*lines, *event.lines])
            case events.LinesPrepended():
                return self._change(0, 0, lambda lines: [*event.lines, *lines])
            case events.LinesInserted():
                return self._change_at(event.before, lambda lines: list(_with(lines, event.before, event.lines)))
            case events.LineChanged():
                new = event.line
                return self._change_at(new.id, lambda lines: [new if line.id == new.id else line for line in lines])
            case events.LinesRemoved():
                return self._remove(frozenset(event.ids))
        return ()

    def mark_unread(self, line_id: int | None) -> tuple[Splice, ...]:
        """Draw the line at what is new above that one; None: nowhere."""
        old, self._unread_from = self._unread_from, line_id
        if old == line_id:
            return ()
        return tuple(splice for each in (old, line_id) if each is not None for splice in self._change_at(each))

    def toggle_fold(self, key: int) -> tuple[Splice, ...]:
        """Show or hide the lines of a fold."""
        at = next((at for at, row in enumerate(self.rows) if row.kind == "fold" and row.key == key), None)
        if at is None:
            return ()
        row = self.rows[at]
        if row.open:
            self._open.difference_update(line.id for line in row.lines)
        else:
            self._open.add(key)
        return self._change(at, at + 1)

    def index_of(self, line_id: int) -> int | None:
        """The row that holds the line."""
        rows = self.rows
        for index in range(len(rows) - 1, -1, -1):  # what changes is near the end
            row = rows[index]
            if row.kind == "line":
                if row.key == line_id:
                    return index
            elif row.kind == "fold" and any(line.id == line_id for line in row.lines):
                return index
        return None

    def restyle(self, layout: Layout) -> tuple[Splice, ...]:
        """The user wants it another way."""
        if layout == self._layout:
            return ()
        self._layout = layout
        return self._replace(0, len(self.rows), list(self._rows_of(_lines_of(self.rows), None)))

    def _change_at(self, line_id: int, edit: Edit = list) -> tuple[Splice, ...]:
        index = self.index_of(line_id)
        return () if index is None else self._change(index, index + 1, edit)

    def _remove(self, gone: frozenset[int]) -> tuple[Splice, ...]:
        found = self._holding(gone)
        if not found:
            return ()
        self._open -= gone
        return self._change(min(found), max(found) + 1, lambda lines: [line for line in lines if line.id not in gone])

    def _holding(self, gone: Collection[int]) -> list[int]:
        """The rows with any of these lines: one is near the end, and many are the oldest."""
        if len(gone) == 1:
            return [index for line_id in gone if (index := self.index_of(line_id)) is not None]
        found, missing = [], len(gone)
        for index, row in enumerate(self.rows):
            if not missing:
                break
            if row.kind == "line":
                held = int(row.key in gone)
            else:
                held = 0 if row.open else sum(line.id in gone for line in row.lines)
            if held:
                found.append(index)
                missing -= held
        return found

    def _change(self, start: int, end: int, edit: Edit = list) -> tuple[Splice, ...]:
        """Make the rows from ``start`` to ``end``, and those that depend on them, anew of edited lines."""
        start, end = self._widened(start, end)
        before = self.rows[start - 1].lines[-1] if start else None
        return self._replace(start, end, list(self._rows_of(edit(_lines_of(self.rows[start:end])), before)))

    def _replace(self, start: int, end: int, new: list[Row]) -> tuple[Splice, ...]:
        """Put ``new`` there, as far as it is different from what is there."""
        old = self.rows[start:end]
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        most = shorter - head
        tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
        new = new[head : len(new) - tail]
        start, end = start + head, end - tail
        if start == end and not new:
            return ()
        self.rows[start:end] = new
        return (Splice(start, end - start, tuple(new)),)

    def _widened(self, start: int, end: int) -> tuple[int, int]:
        """From the quiet rows before the first one to the line behind the last one.

        What stands above those quiet rows is part of it, and the quiet rows above that: dividers may come or go.
        """
        rows = self.rows
        start = self._above_quiet(self._above_quiet(_above_dividers(rows, start)))
        while end < len(rows) and not rows[end].lines:
            end += 1
        end = min(end + 1, len(rows))
        while end < len(rows) and self._folds(rows[end]) and self._folds(rows[end - 1]):
            end += 1
        return start, end

    def _above_quiet(self, start: int) -> int:
        """Where the quiet rows before ``start`` begin, or the dividers above those."""
        quiet = start
        while quiet and self._folds(self.rows[quiet - 1]):
            quiet -= 1
        return start if quiet == start else _above_dividers(self.rows, quiet)

    def _folds(self, row: Row) -> bool:
        return self._layout.fold and bool(row.lines) and row.lines[0].kind in QUIET

    def _rows_of(self, lines: Iterable[Line], before: Line | None) -> Iterator[Row]:
        """The rows of ``lines``, which stand behind ``before``."""
        quiet: list[Line] = []
        day = None if before is None else self._day_of(before.time_ms)
        for line in lines:
            new_day = self._day_of(line.time_ms)
            dividers = self._dividers(line, None if new_day == day else new_day)
            folds = self._layout.fold and line.kind in QUIET
            if quiet and (dividers or not folds):
                yield from self._fold(quiet)
                quiet = []
            yield from dividers
            if folds:
                quiet.append(line)
            else:
                yield self._row(line, None if dividers else before)
            before, day = line, new_day
        if quiet:
            yield from self._fold(quiet)

    def _dividers(self, line: Line, new_day: date | None) -> list[Row]:
        dividers = []
        if new_day is not None and self._layout.days:
            dividers.append(Row("day", line.id, local_time.long_date(new_day)))
        if line.id == self._unread_from:
            dividers.append(Row("unread", line.id, words.NEW_MESSAGES))
        return dividers

    def _row(self, line: Line, before: Line | None) -> Row:
        head = not (self._layout.group and before is not None and _goes_on(before, line))
        return Row(
            "line", line.id, "", (line,), head, line.kind == "message" and _LONE.fullmatch(line.text) is not None
        )

    def _fold(self, lines: list[Line]) -> list[Row]:
        rows = [Row("line", line.id, "", (line,)) for line in lines]
        if len(lines) == 1:
            return rows
        is_open = bool(self._open) and not self._open.isdisjoint(line.id for line in lines)
        fold = Row("fold", lines[0].id, summary(lines), tuple(lines), open=is_open)
        return [fold, *rows] if is_open else [fold]


class Timelines:
    """The timelines of all rooms, by room id. It must be fed from a room's first event on."""

    def __init__(self, layout: Layout = USUAL) -> None:
        self._layout = layout
        self._all: dict[int, Timeline] = {}

    def feed(self, event: Event) -> RowsChanged | None:
        """What an event changes; None where that is nothing."""
        if isinstance(event, LineEvent):
            old = getattr(event, "old", False)
            return _changed(event.room, self.of(event.room).apply(event), old=old)
        if isinstance(event, events.UnreadChanged):
            return _changed(event.room, self.of(event.room).mark_unread(event.room.unread_from))
        if isinstance(event, events.RoomRemoved):
            self._all.pop(event.room.id, None)
        elif isinstance(event, events.NetworkRemoved):
            for room in event.chat.rooms:
                self._all.pop(room.id, None)
        return None

    def of(self, room: Room) -> Timeline:
        """The room's own."""
        timeline = self._all.get(room.id)
        if timeline is None:
            timeline = self._all[room.id] = Timeline(local_time.day_of, self._layout)
        return timeline

    def toggle_fold(self, room: Room, key: int) -> RowsChanged | None:
        """Show or hide the lines of a fold."""
        return _changed(room, self.of(room).toggle_fold(key))

    def restyle(self, layout: Layout, rooms: Iterable[Room]) -> list[RowsChanged]:
        """The user wants it another way, in all ``rooms`` there are."""
        self._layout = layout
        changes = [_changed(room, self.of(room).restyle(layout)) for room in rooms]
        return [change for change in changes if change is not None]


def _changed(room: Room, splices: tuple[Splice, ...], *, old: bool = False) -> RowsChanged | None:
    return RowsChanged(room, splices, old) if splices else None


def _goes_on(before: Line, line: Line) -> bool:
    """Whether ``line`` needs no name, as it stands below ``before``."""
    return (
        before.kind == line.kind == "message"
        and before.nick == line.nick
        and line.reply is None
        and abs(line.time_ms - before.time_ms) < GROUP_MS
    )


def _above_dividers(rows: Sequence[Row], start: int) -> int:
    while start and not rows[start - 1].lines:
        start -= 1
    return start


def _lines_of(rows: Iterable[Row]) -> list[Line]:
    return [line for row in rows if not row.open for line in row.lines]


def _with(lines: Iterable[Line], before: int, new: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        if line.id == before:
            yield from new
        yield line
