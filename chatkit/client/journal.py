"""The one writer of rooms' lines: their order, their number, each message once, what is unread."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import msgspec

from chatkit.client import events
from chatkit.client.model import MAX_LINES, Chat, Line, Room

TRIM = MAX_LINES // 10  # lines that go at once when there are too many


class Journal:
    """Writes lines into rooms, and tells what it wrote.

    While a room is on *hold*, history for it is on its way: lines that arrive live are kept back, and follow it on
    ``release``. Own pending lines always stand last, because the echo gives them their place.
    """

    def __init__(self, chat: Chat, emit: Callable[[events.Event], None]) -> None:
        self._chat = chat
        self._emit = emit
        self._ids = itertools.count(1)
        self._seen: dict[int, set[str]] = {}  # by room id: the msgids of its lines
        self._held: dict[int, list[Line]] = {}  # by room id

    def next_id(self) -> int:
        """For a new line."""
        return next(self._ids)

    def has_seen(self, room: Room, msgid: str) -> bool:
        """Whether the room has the message already."""
        return bool(msgid) and msgid in self._seen.get(room.id, ())

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

    def add_pending(self, room: Room, line: Line) -> None:
        """An own line, at the very end."""
        room.lines.append(line)
        self._emit(events.LinesAppended(room, (line,)))

    def add_old(self, room: Room, lines: Iterable[Line], *, unread: bool) -> int:
        """The next lines of history, in order. Returns how many of them are new."""
        new = self._unseen(room, lines)
        if new:
            self._put(room, new, old=True)
            if unread:
                self._count_unread(room, new)
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
            del room.lines[index]
            self._emit(events.LinesRemoved(room, (line_id,)))

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

    def mark_read(self, room: Room) -> None:
        """Nothing is unread there."""
        if room.unread or room.mentions:
            room.unread = room.mentions = 0
            self._emit(events.UnreadChanged(room))

    def find(self, room: Room, line_id: int) -> Line | None:
        """The line with that id."""
        index = self._index(room, line_id)
        return None if index is None else room.lines[index]

    def _index(self, room: Room, line_id: int) -> int | None:
        indexes = range(len(room.lines) - 1, -1, -1)  # what changes is near the end
        return next((index for index in indexes if room.lines[index].id == line_id), None)

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
        self._seen.setdefault(room.id, set()).update(line.msgid for line in lines if line.msgid)

    def _trim(self, room: Room) -> None:
        if len(room.lines) <= MAX_LINES:
            return
        gone = room.lines[:TRIM]
        del room.lines[:TRIM]
        self._seen[room.id].difference_update(line.msgid for line in gone)
        room.exhausted = False
        self._emit(events.LinesRemoved(room, tuple(line.id for line in gone)))

    def _count_unread(self, room: Room, lines: Iterable[Line]) -> None:
        news = [line for line in lines if line.is_talk and not line.mine]
        if news and room is not self._chat.focus:
            room.unread += len(news)
            room.mentions += sum(line.highlight for line in news)
            self._emit(events.UnreadChanged(room))


def changed(line: Line, **fields: object) -> Line:
    """``line`` with other fields."""
    return msgspec.structs.replace(line, **fields)
