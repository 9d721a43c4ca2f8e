"""What was said before, and while the connection was lost.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import events, words
from chatkit.client.happenings import happened
from chatkit.client.model import MAX_LINES, Line, Room
from chatkit.client.talk import is_name, read_talk
from chatkit.proto.formatting import named
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_time, parse_time

if TYPE_CHECKING:
    from chatkit.client.core import Core

TIMEOUT = 20.0  # seconds for one page
MAX_TARGETS = 50  # direct talks to look for
MAX_PAGES = 1000  # of one gap; a server that never comes to an end is not asked for ever
DAY_MS = 24 * 60 * 60 * 1000
LATELY_MS = 14 * DAY_MS  # how old the last message of a talk may be that is opened because nobody has read it
MARKS = frozenset({"TAGMSG", "REDACT"})  # what is said about messages: reactions, deletions


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
    pages: int = 0


class History:
    """Asks for history, page by page, and puts it where it belongs.

    On joining, live lines are held back until history is complete, so that all end in one order, each once.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._loads: dict[int, Load] = {}  # by room id
        self._known: set[int] = set()  # rooms whose history was loaded once: from then on there are only gaps
        self._tops: dict[int, tuple[int, str]] = {}  # by room id: its first line, and what was the first of its page
        self._unsure: dict[str, int] = {}  # when the last message of talks was, by folded name: were they read?
        self._unread: set[int] = set()  # rooms of which nothing was ever read
        self._lost_ms = 0  # when the connection was lost, by the server's clock

    def enter(self, room: Room) -> None:
        """A room was joined, or a direct talk opened: get what is missing."""
        options = self._core.options
        if room.is_direct:
            self._core.markers.ask(room)
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
        reference = self._top(room)
        is_full = len(room.lines) >= MAX_LINES  # older ones would be the first to go again
        if is_full or room.exhausted or not reference or not self._can_ask(room):
            return False
        if room.id not in self._loads:
            self._ask(room, Goal.OLDER, "BEFORE", reference)
        return True

    def find_direct(self) -> None:
        """Ask who wrote while the connection was lost; at the start, who wrote lately to the user's account."""
        core = self._core
        if not core.session.has_history or core.options.quiet:
            return
        end = core.time_ms + DAY_MS
        if self._lost_ms:
            self._ask_targets(self._lost_ms, end)
        elif core.chat.account and core.markers.are_kept:
            self._ask_targets(end, core.time_ms - LATELY_MS)  # the latest first

    def found_direct(self, messages: list[Message]) -> None:
        """CHATHISTORY TARGETS <name> <time of the last message>: talks that aren't open get opened.

        After a lost connection, with what was said meanwhile; at the start, where the server says that they are unread.
        """
        for msg in messages[:MAX_TARGETS]:
            target = named(msg.param(1))
            if not is_name(target) or self._core.session.is_channel(target) or self._core.chat.find(target) is not None:
                continue
            if self._lost_ms:
                self._open_gap(target)
            else:
                self._unsure[self._core.chat.fold(target)] = _time(msg.param(2))
                self._core.send("MARKREAD", target)

    def marker_came(self, target: str, read_ms: int) -> None:
        """How far a talk was read that isn't open."""
        latest = self._unsure.pop(self._core.chat.fold(target), 0)
        if latest > read_ms and not self._core.chat.is_full:
            room = self._core.add_room(named(target), "direct")
            room.read_ms = read_ms
            if not read_ms:
                self._unread.add(room.id)
            self.enter(room)

    def page(self, target: str, messages: list[Message]) -> None:
        """A page came."""
        load = self._load_of(target)
        if load is None:
            return
        room, lines = load.room, self._read(load.room, messages)
        if load.goal is Goal.GAP:
            self._gap_page(load, lines, messages)
            return
        if load.goal is Goal.OLDER:
            self._core.journal.prepend(room, lines)
        else:
            self._core.journal.add_old(room, lines, unread=room.read_ms > 0 or room.id in self._unread)
        if messages:
            self._tops[room.id] = (_first_id(room), _reference(messages[0]))
        self._stop(load, exhausted=not messages)
        self._core.finder.page_came(room)

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
        self._unsure.clear()

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._loads.pop(room.id, None)
        self._known.discard(room.id)
        self._tops.pop(room.id, None)
        self._unread.discard(room.id)

    def advance(self, now: float) -> None:
        """Pages that don't come are not waited for any longer."""
        for load in [load for load in self._loads.values() if now >= load.deadline]:
            self._stop(load)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return min((load.deadline for load in self._loads.values()), default=None)

    def _ask_targets(self, start_ms: int, end_ms: int) -> None:
        bounds = [f"timestamp={format_time(time_ms)}" for time_ms in (start_ms, end_ms)]
        self._core.send("CHATHISTORY", "TARGETS", *bounds, str(MAX_TARGETS))

    def _open_gap(self, target: str) -> None:
        if not self._core.chat.is_full:
            room = self._core.add_room(target, "direct")
            self._known.add(room.id)
            self._core.markers.ask(room)
            self._ask(room, Goal.GAP, "AFTER", f"timestamp={format_time(self._lost_ms)}")

    def _can_ask(self, room: Room) -> bool:
        session = self._core.session
        return session.registered and session.has_history and room.kind != "server" and room.joined

    def _read(self, room: Room, messages: list[Message]) -> list[Line]:
        """The lines of a page. What it says about messages comes first: those find it waiting when they are read."""
        core = self._core
        for msg in messages:
            if msg.command in MARKS:
                core.marks.mark(room, msg)
        lines: list[Line] = []
        for msg in messages:
            if (line := read_talk(core, room, msg)) is not None:
                lines.append(core.marks.read(room, line, msg))
            elif "msgid" in msg.tags:  # without one, nothing could tell it from what came live
                lines += happened(core, room, msg)
        return lines

    def _top(self, room: Room) -> str:
        """What the room's history goes on before: a page may begin with what makes no line."""
        first_id, reference = self._tops.get(room.id, (0, ""))
        if reference and _first_id(room) == first_id:
            return reference
        if not room.lines:  # the room was cleared
            return f"timestamp={format_time(self._core.server_ms + 1)}"
        return _reference_to(next((line for line in room.lines if line.is_talk and line.state == "sent"), None))

    def _fill_gap(self, room: Room) -> None:
        last = _reference_to(next((line for line in reversed(room.lines) if line.msgid and line.state == "sent"), None))
        if last or self._lost_ms:
            self._ask(room, Goal.GAP, "AFTER", last or f"timestamp={format_time(self._lost_ms)}")
        else:
            self._finish(room, [])

    def _gap_page(self, load: Load, lines: list[Line], messages: list[Message]) -> None:
        new = self._core.journal.add_old(load.room, lines, unread=load.room.id in self._known)
        load.found += lines
        load.pages += 1
        reference = _reference(messages[-1]) if messages else ""
        goes_on = bool(new or not lines) and reference not in ("", load.reference)
        if goes_on and load.reference != "*" and load.pages < MAX_PAGES:
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
        key = self._core.chat.fold(target)
        return next((load for load in self._loads.values() if load.room.key == key), None)


def _time(text: str) -> int:
    try:
        return parse_time(text.removeprefix("timestamp="))
    except ValueError:
        return 0


def _first_id(room: Room) -> int:
    return room.lines[0].id if room.lines else 0


def _reference(msg: Message) -> str:
    if msg.tags.get("msgid"):
        return f"msgid={msg.tags['msgid']}"
    return f"timestamp={msg.tags['time']}" if msg.tags.get("time") else ""


def _reference_to(line: Line | None) -> str:
    if line is None:
        return ""
    return f"msgid={line.msgid}" if line.msgid else f"timestamp={format_time(line.time_ms)}"
