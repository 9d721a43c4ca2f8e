"""What was said before, and while the connection was lost.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import events, words
from chatkit.client.model import Line, Room
from chatkit.client.talk import is_name, read_talk
from chatkit.proto.casemapping import casefold
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_time

if TYPE_CHECKING:
    from chatkit.client.core import Core

TIMEOUT = 20.0  # seconds for one page
MAX_TARGETS = 50  # direct talks to look for after a lost connection
DAY_MS = 24 * 60 * 60 * 1000


class Goal(Enum):
    """Why a page was asked for."""

    LATEST = auto()  # a room seen for the first time: its last lines
    GAP = auto()  # everything since the last line that is here
    OLDER = auto()  # the user scrolls back


class Load(msgspec.Struct):
    """A room's history on its way. There is one of them per room at a time."""

    room: Room
    goal: Goal
    reference: str  # what was asked for last, relative to this message or time
    deadline: float
    found: list[Line] = []  # of GAP: what came so far


class History:
    """Asks for history, page by page, and puts it where it belongs.

    On joining, live lines are held back until history is complete, so that all end in one order, each once.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._loads: dict[int, Load] = {}  # by room id
        self._known: set[int] = set()  # rooms whose history was loaded once: from then on there are only gaps
        self._lost_ms = 0  # when the connection was lost, by the server's clock

    def enter(self, room: Room) -> None:
        """A room was joined, or a direct talk opened: get what is missing."""
        options = self._core.options
        if not self._core.session.has_history:
            self._finish(room, [])
        elif room.id in self._known:
            self._fill_gap(room)
        elif options.since_ms is not None:
            self._ask(room, Goal.GAP, "AFTER", f"timestamp={format_time(options.since_ms)}")
        elif options.history:
            self._ask(room, Goal.LATEST, "LATEST", "*", min(options.history, self._core.session.page))
        else:
            self._finish(room, [])

    def older(self, room: Room) -> bool:
        """Ask for what was said before the room's first line. Returns whether that is on its way."""
        reference = _reference(next((line for line in room.lines if line.is_talk and line.state == "sent"), None))
        can_ask = self._core.session.registered and self._core.session.has_history and room.kind != "server"
        if not can_ask or room.exhausted or not reference or (room.kind == "channel" and not room.joined):
            return False
        if room.id not in self._loads:
            self._ask(room, Goal.OLDER, "BEFORE", reference)
        return True

    def find_direct(self) -> None:
        """After a lost connection: ask who wrote meanwhile."""
        if self._lost_ms and self._core.session.has_history and not self._core.options.quiet:
            start, end = format_time(self._lost_ms), format_time(self._core.time_ms + DAY_MS)
            self._core.send("CHATHISTORY", "TARGETS", f"timestamp={start}", f"timestamp={end}", str(MAX_TARGETS))

    def found_direct(self, targets: list[str]) -> None:
        """The answer: talks that were not open get opened, with what was said meanwhile."""
        for target in filter(is_name, map(plain, targets)):
            if self._core.session.is_channel(target) or self._core.chat.find(target) is not None:
                continue
            room = self._core.add_room(target, "direct")
            self._known.add(room.id)
            self._ask(room, Goal.GAP, "AFTER", f"timestamp={format_time(self._lost_ms)}")

    def page(self, target: str, messages: list[Message]) -> None:
        """A page came."""
        load = self._load_of(target)
        if load is None:
            return
        room = load.room
        lines = [line for msg in messages if (line := read_talk(self._core, room, msg)) is not None]
        if load.goal is Goal.OLDER:
            self._core.journal.prepend(room, lines)
            self._stop(load, exhausted=not messages)
        elif load.goal is Goal.LATEST:
            self._core.journal.add_old(room, lines, unread=False)
            self._stop(load, exhausted=not messages)
        else:
            self._gap_page(load, lines)

    def failed(self, code: str, context: list[str]) -> None:
        """The server would not give a page for the room that ``context`` names; for any, where it names none."""
        named = [load for target in context if (load := self._load_of(target)) is not None]
        for load in named or list(self._loads.values()):
            self._page_failed(load, code)

    def connection_lost(self) -> None:
        """No page will come any more."""
        if self._core.session.registered:
            self._lost_ms = self._core.server_ms - 1  # AFTER leaves out its own millisecond
        for load in list(self._loads.values()):
            self._core.journal.drop_held(load.room)
            self._set_loading(load.room, loading=False)
        self._loads.clear()

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._loads.pop(room.id, None)
        self._known.discard(room.id)

    def advance(self, now: float) -> None:
        """Pages that don't come are not waited for any longer."""
        for load in [load for load in self._loads.values() if now >= load.deadline]:
            self._stop(load)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return min((load.deadline for load in self._loads.values()), default=None)

    def _fill_gap(self, room: Room) -> None:
        last = _reference(next((line for line in reversed(room.lines) if line.msgid and line.state == "sent"), None))
        if last or self._lost_ms:
            self._ask(room, Goal.GAP, "AFTER", last or f"timestamp={format_time(self._lost_ms)}")
        else:
            self._finish(room, [])

    def _gap_page(self, load: Load, lines: list[Line]) -> None:
        new = self._core.journal.add_old(load.room, lines, unread=load.room.id in self._known)
        load.found += lines
        reference = _reference(lines[-1] if lines else None)
        if new and load.reference != "*" and reference != load.reference:
            self._ask(load.room, Goal.GAP, "AFTER", reference)
        else:
            self._stop(load)

    def _page_failed(self, load: Load, code: str) -> None:
        """Of a gap, the latest lines are better than none; with somebody who is not here there is no gap."""
        nobody = load.room.is_direct and code == "INVALID_TARGET"
        if load.goal is Goal.GAP and load.reference != "*" and not nobody:
            gap = self._core.make_line(load.room, "info", words.HISTORY_INCOMPLETE)
            self._core.journal.add_old(load.room, [gap], unread=False)
            self._ask(load.room, Goal.GAP, "LATEST", "*")
        else:
            self._stop(load)

    def _ask(self, room: Room, goal: Goal, word: str, reference: str, count: int = 0) -> None:
        core = self._core
        deadline = core.now + TIMEOUT
        load = self._loads.setdefault(room.id, Load(room, goal, reference, deadline, []))
        load.goal, load.reference, load.deadline = goal, reference, deadline
        if goal is not Goal.OLDER:
            core.journal.hold(room)
        self._set_loading(room, loading=True)
        core.send("CHATHISTORY", word, room.name, reference, str(count or core.session.page))

    def _stop(self, load: Load, *, exhausted: bool = False) -> None:
        self._loads.pop(load.room.id, None)
        load.room.exhausted = load.room.exhausted or exhausted
        self._set_loading(load.room, loading=False)
        if load.goal is not Goal.OLDER:
            self._finish(load.room, load.found)

    def _finish(self, room: Room, found: list[Line]) -> None:
        self._known.add(room.id)
        self._core.journal.release(room)
        self._core.outbox.gap_filled(room, found)

    def _set_loading(self, room: Room, *, loading: bool) -> None:
        if room.loading is not loading:
            room.loading = loading
            self._core.emit(events.RoomChanged(room))

    def _load_of(self, target: str) -> Load | None:
        key = casefold(target)
        return next((load for load in self._loads.values() if load.room.key == key), None)


def _reference(line: Line | None) -> str:
    if line is None:
        return ""
    return f"msgid={line.msgid}" if line.msgid else f"timestamp={format_time(line.time_ms)}"
