"""The one writer of rooms' lines: their order, their number, each message once, what is unread."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import msgspec

from chatkit.client import events
from chatkit.client.model import MAX_LINES, Chat, Line, Room

TRIM = MAX_LINES // 100  # lines that go at once when there are too many: so few that no key waits for it


class Journal:
    """Writes lines into rooms, and tells what it wrote.

    While a room is on *hold*, history for it is on its way: lines that arrive live are kept back, and follow it on
    ``release``. Own pending lines always stand last, because the echo gives them their place.
    """

    def __init__(self, chat: Chat, emit: Callable[[events.Event], None]) -> None:
        self._chat = chat
        self._emit = emit
        self.on_read: Callable[[Room], None] = lambda room: None  # called when all that is in a room was seen
        self._ids = itertools.count(1)
        self._lines: dict[int, Line] = {}  # all there are, by id
        self._seen: dict[int, dict[str, int]] = {}  # by room id: the ids of its lines, by msgid
        self._held: dict[int, list[Line]] = {}  # by room id

    def next_id(self) -> int:
        """For a new line."""
        return next(self._ids)

    def has_seen(self, room: Room, msgid: str) -> bool:
        """Whether the room has the message already."""
        return bool(msgid) and msgid in self._seen.get(room.id, ())

    def by_msgid(self, room: Room, msgid: str) -> Line | None:
        """The room's line that is the message with that id; the first, where a server gave it to several."""
        line = self._lines.get(self._seen.get(room.id, {}).get(msgid, 0))
        held = (line for line in self._held.get(room.id, ()) if line.msgid == msgid)
        return next(held, None) if line is None else line

    def is_held(self, room: Room) -> bool:
        """Whether history for the room is on its way."""
        return room.id in self._held

    def add(self, room: Room, line: Line) -> None:
        """A line that arrived live."""
        if self.is_held(room):
            self._held[room.id].append(line)
        elif not self.has_seen(room, line.msgid):
            self._put(room, [line], old=False)
            self._count_unread(room, [line])
            if line.mine and line.is_talk:  # from another device of the user's
                self.mark_seen(room)

    def add_pending(self, room: Room, line: Line) -> None:
        """An own line, at the very end. Who answers has seen what was new."""
        self._lines[line.id] = line
        room.lines.append(line)
        self._emit(events.LinesAppended(room, (line,)))
        self.mark_seen(room)

    def add_old(self, room: Room, lines: Iterable[Line], *, unread: bool) -> int:
        """The next lines of history, in order. Returns how many of them are new.

        ``unread``: whether those are new to the user that are later than what was read.
        """
        new = self._unseen(room, lines)
        if new:
            self._put(room, new, old=True)
            if unread:
                self._count_unread(room, [line for line in new if line.time_ms > room.read_ms], missed=True)
            elif self._chat.in_sight(room):
                self.on_read(room)
        return len(new)

    def prepend(self, room: Room, lines: Iterable[Line]) -> None:
        """Older history, in order."""
        new = self._unseen(room, lines)
        if new:
            self._note(room, new)
            room.lines[:0] = new
            self._emit(events.LinesPrepended(room, tuple(new)))

    def replace(self, room: Room, line: Line) -> None:
        """``line`` is the one with its id now."""
        index = self._index(room, line.id)
        if index is not None:
            room.lines[index] = line
            self._note(room, [line])
            self._emit(events.LineChanged(room, line))
        elif self.is_held(room):
            self._held[room.id] = [line if other.id == line.id else other for other in self._held[room.id]]

    def confirm(self, room: Room, line: Line) -> None:
        """An own line was stored: everything that was before it on the server is before it here."""
        if self.has_seen(room, line.msgid):
            self.remove(room, line.id)
        elif self._index(room, line.id) == self._settled_end(room):
            self.replace(room, line)
        else:
            self.remove(room, line.id)
            self._put(room, [line], old=False)

    def remove(self, room: Room, line_id: int) -> None:
        """Take one line away."""
        index = self._index(room, line_id)
        if index is not None:
            line = room.lines.pop(index)
            del self._lines[line_id]
            seen = self._seen.get(room.id, {})
            if seen.get(line.msgid) == line_id:
                del seen[line.msgid]
            self._emit(events.LinesRemoved(room, (line_id,)))

    def clear(self, room: Room) -> None:
        """Take away all that is settled; history may bring it again."""
        gone = room.lines[: self._settled_end(room)]
        if gone:
            self._drop(room, gone)

    def hold(self, room: Room) -> None:
        """Keep live lines back from now on."""
        self._held.setdefault(room.id, [])

    def release(self, room: Room) -> None:
        """History is complete: what was kept back follows."""
        for line in self._held.pop(room.id, []):
            self.add(room, line)

    def drop_held(self, room: Room) -> None:
        """Forget what was kept back: the connection is lost, and history will bring it again."""
        self._held.pop(room.id, None)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._held.pop(room.id, None)
        self._seen.pop(room.id, None)
        for line in room.lines:
            self._lines.pop(line.id, None)

    def mark_read(self, room: Room) -> None:
        """The user sees the room: nothing is unread there, and the line at what was new stays."""
        self._set_unread(room, 0, 0, room.unread_from)
        self.on_read(room)

    def mark_seen(self, room: Room) -> None:
        """The user said something in the room: nothing is new there any more."""
        self._set_unread(room, 0, 0, None)

    def look_away(self, room: Room) -> None:
        """The user goes to another room: what was seen in this one is not new any more."""
        if not room.unread:
            self._set_unread(room, 0, 0, None)

    def mark_unread(self, room: Room, line_id: int) -> None:
        """The user wants to read on from that line later."""
        index = self._index(room, line_id)
        if index is not None:
            news = [line for line in room.lines[index:] if _is_news(line)]
            self._set_unread(room, len(news), sum(line.highlight for line in news), line_id)

    def read_until(self, room: Room, time_ms: int) -> None:
        """Another device has read what is there up to a time."""
        left = room.unread
        later: list[Line] = []
        for line in reversed(room.lines):
            if not left or line.time_ms <= time_ms:
                break
            if _is_news(line):
                later.append(line)
                left -= 1
        first = later[-1].id if later else None
        self._set_unread(room, len(later), sum(line.highlight for line in later), first)

    def find(self, room: Room, line_id: int) -> Line | None:
        """The line with that id."""
        index = self._index(room, line_id)
        return None if index is None else room.lines[index]

    def _index(self, room: Room, line_id: int) -> int | None:
        line = self._lines.get(line_id)
        if line is None:
            return None
        size = len(room.lines)
        guess = size  # pending lines stand last, the others almost in the order of their times
        if line.state != "pending":
            guess = bisect_left(room.lines, line.time_ms, key=lambda other: other.time_ms)
        return next((at for at in _outward(guess, size) if room.lines[at] is line), None)

    def _settled_end(self, room: Room) -> int:
        """Where the pending lines at the end begin."""
        end = len(room.lines)
        while end and room.lines[end - 1].state == "pending":
            end -= 1
        return end

    def _put(self, room: Room, lines: list[Line], *, old: bool) -> None:
        self._insert(room, self._settled_end(room), lines, old=old)
        self._trim(room)

    def _insert(self, room: Room, index: int, lines: list[Line], *, old: bool) -> None:
        self._note(room, lines)
        if index == len(room.lines):
            self._emit(events.LinesAppended(room, tuple(lines), old))
        else:
            self._emit(events.LinesInserted(room, room.lines[index].id, tuple(lines), old))
        room.lines[index:index] = lines

    def _unseen(self, room: Room, lines: Iterable[Line]) -> list[Line]:
        held = {line.msgid for line in self._held.get(room.id, ()) if line.msgid}  # they follow on release
        new: dict[str, Line] = {}  # by msgid; a server may say the same twice
        for line in lines:
            if line.msgid not in held and not self.has_seen(room, line.msgid):
                new.setdefault(line.msgid or str(line.id), line)
        return list(new.values())

    def _note(self, room: Room, lines: Iterable[Line]) -> None:
        seen = self._seen.setdefault(room.id, {})
        for line in lines:
            self._lines[line.id] = line
            if line.msgid:
                seen.setdefault(line.msgid, line.id)

    def _trim(self, room: Room) -> None:
        if len(room.lines) <= MAX_LINES:
            return
        self._drop(room, room.lines[:TRIM])

    def _drop(self, room: Room, gone: list[Line]) -> None:
        """Forget the first lines of a room."""
        del room.lines[: len(gone)]
        seen = self._seen[room.id]
        for line in gone:
            del self._lines[line.id]
            seen.pop(line.msgid, None)
        room.exhausted = False
        self._emit(events.LinesRemoved(room, tuple(line.id for line in gone)))

    def _count_unread(self, room: Room, lines: Iterable[Line], *, missed: bool = False) -> None:
        """What is in sight is read at once; where it was ``missed``, it is still shown where that begins."""
        news = [line for line in lines if _is_news(line)]
        if not news:
            return
        first = room.unread_from if room.unread else news[0].id
        if not self._chat.in_sight(room):
            mentions = sum(line.highlight for line in news)
            self._set_unread(room, room.unread + len(news), room.mentions + mentions, first)
            return
        if missed:
            self._set_unread(room, 0, 0, first)
        self.on_read(room)

    def _set_unread(self, room: Room, unread: int, mentions: int, first: int | None) -> None:
        if (unread, mentions, first) != (room.unread, room.mentions, room.unread_from):
            room.unread, room.mentions, room.unread_from = unread, mentions, first
            self._emit(events.UnreadChanged(room))


def changed(line: Line, **fields: object) -> Line:
    """``line`` with other fields."""
    return msgspec.structs.replace(line, **fields)


def _is_news(line: Line) -> bool:
    return line.is_talk and not line.mine


def _outward(start: int, size: int) -> Iterator[int]:
    """All indexes below ``size``, those next to ``start`` first."""
    for distance in range(max(start + 1, size - start)):
        if distance <= start and start - distance < size:
            yield start - distance
        if distance and start + distance < size:
            yield start + distance
