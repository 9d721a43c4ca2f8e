"""What the user said, on its way to the server: pending, then sent or failed, never doubted in silence.

Nothing is sent faster than the server takes it: at most WINDOW messages are under way without its word for them. That
word is the echo, or, from servers that have none, the answer to a PING behind the messages.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client import words
from chatkit.client.discretion import shown
from chatkit.client.journal import changed
from chatkit.client.model import Line, Room, State
from chatkit.client.splitting import ACTION_FRAME, room_for_text, split_text
from chatkit.proto.casemapping import casefold
from chatkit.proto.ctcp import action
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from chatkit.client.core import Core

WINDOW = 6  # messages
BARRIER = "sent-"  # what the PINGs behind messages begin with

TalkKind = Literal["message", "action", "notice"]


class Entry(msgspec.Struct):
    """One message that the server has not confirmed."""

    room: Room
    line_id: int
    kind: TalkKind
    text: str
    nick: str  # as whom it was sent
    label: str = ""

    @property
    def wire_text(self) -> str:
        """The text as it stands in the message."""
        return action(self.text) if self.kind == "action" else self.text

    @property
    def shown_text(self) -> str:
        """The text as the user sees it."""
        return plain(shown(self.room.name, self.text))


class Outbox:
    """The messages that wait, that are under way, and of which nobody knows whether they arrived."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[Entry] = []
        self._flying: list[Entry] = []
        self._doubtful: list[Entry] = []  # under way when the connection was lost: history will tell
        self._failed: dict[int, Entry] = {}  # by line id
        self._labels = itertools.count(1)
        self._barriers = itertools.count(1)
        self._barrier = ""  # the PING that is unanswered
        self._before_barrier: list[Entry] = []  # what was sent before it

    @property
    def settled(self) -> bool:
        """Whether everything is either stored or refused."""
        return not (self._waiting or self._flying or self._doubtful)

    def say(self, room: Room, text: str, kind: TalkKind = "message") -> None:
        """Send ``text``: a message for each of its lines, and for each piece of those that are too long."""
        source = self._core.session.source or self._core.chat.nick
        limit = room_for_text(source, room.name) - (ACTION_FRAME if kind == "action" else 0)
        for line in text.replace("\0", "").splitlines():
            for piece in split_text(line.rstrip(), limit):
                self._add(room, piece, kind)
        self.flow()

    def retry(self, line_id: int) -> bool:
        """Send a failed line again. Returns whether there is one with that id."""
        entry = self._failed.pop(line_id, None)
        if entry is None:
            return False
        self._core.journal.remove(entry.room, line_id)
        self._add(entry.room, entry.text, entry.kind)
        self.flow()
        return True

    def last_failed(self, room: Room) -> int | None:
        """The id of the last line of ``room`` that failed."""
        return max((line_id for line_id, entry in self._failed.items() if entry.room is room), default=None)

    def flow(self) -> None:
        """Send what may be sent now, in order; a room that isn't ready keeps only its own messages waiting."""
        session = self._core.session
        if not session.welcomed:
            return
        for entry in list(self._waiting):
            if len(self._flying) >= WINDOW:
                break
            if self._is_ready(entry.room):
                self._waiting.remove(entry)
                self._send(entry)
        if self._flying and not session.has_echo and not self._barrier:
            self._barrier = f"{BARRIER}{next(self._barriers)}"
            self._before_barrier = list(self._flying)
            self._core.send("PING", self._barrier)

    def confirm(self, label: str, room: Room, line: Line, *, wire_text: str) -> bool:
        """An own message came back. Returns whether it is one of those under way."""
        entry = self._match(label, room, line.kind, wire_text)
        if entry is None:
            return False
        self._flying.remove(entry)
        self._core.journal.confirm(entry.room, changed(line, id=entry.line_id))
        self.flow()
        return True

    def accept(self, label: str) -> None:
        """The server has the message with that label, but won't echo it."""
        entry = self._by_label(label)
        if entry is not None:
            self._flying.remove(entry)
            self._set_state(entry, "sent")
            self.flow()

    def barrier_passed(self, token: str) -> None:
        """The PING behind the messages was answered: those that weren't refused were taken."""
        if token == self._barrier:
            self._barrier = ""
            self._flying = [entry for entry in self._flying if entry not in self._before_barrier]
            self.flow()

    def refuse(self, label: str, target: str, reason: str) -> bool:
        """The server refused a message. Returns whether it is one of those under way."""
        entry = self._by_label(label) or self._by_target(target)
        if entry is None:
            return False
        self._flying.remove(entry)
        self._fail(entry, reason)
        self.flow()
        return True

    def connection_lost(self) -> None:
        """What was under way is in doubt where history can tell, else it has failed."""
        if self._core.session.has_history:
            self._doubtful += self._flying
        else:
            for entry in self._flying:
                self._fail(entry, words.LOST_ON_THE_WAY)
        self._flying.clear()
        self._barrier = ""

    def gap_filled(self, room: Room, stored: Iterable[Line]) -> None:
        """What was missed in ``room`` is here: doubtful messages that are not in ``stored`` have failed."""
        found = list(stored)
        for entry in [entry for entry in self._doubtful if entry.room is room]:
            self._doubtful.remove(entry)
            twin = next((line for line in found if _is_twin(line, entry)), None)
            if twin is None:
                self._fail(entry, words.LOST_ON_THE_WAY)
            else:
                found.remove(twin)
                self._core.journal.remove(room, entry.line_id)
        self.flow()

    def room_closed(self, room: Room, reason: str) -> None:
        """Nothing can be said in ``room``: what waits for it has failed."""
        for entries in (self._waiting, self._doubtful):
            for entry in [entry for entry in entries if entry.room is room]:
                entries.remove(entry)
                self._fail(entry, reason)

    def give_up(self, reason: str) -> None:
        """The connection won't come back."""
        for entry in [*self._flying, *self._doubtful, *self._waiting]:
            self._fail(entry, reason)
        self._flying, self._doubtful, self._waiting = [], [], []

    def _add(self, room: Room, text: str, kind: TalkKind) -> None:
        core = self._core
        line_id = core.journal.next_id()
        entry = Entry(room, line_id, kind, text, core.chat.nick)
        self._waiting.append(entry)
        shown_text = entry.shown_text
        line = Line(line_id, kind, room.name, core.chat.nick, shown_text, core.time_ms, mine=True, state="pending")
        core.journal.add_pending(room, line)

    def _is_ready(self, room: Room) -> bool:
        return room.joined and not self._core.journal.is_held(room)

    def _send(self, entry: Entry) -> None:
        core = self._core
        entry.nick = core.chat.nick
        tags = {}
        if core.session.has_labels:
            entry.label = str(next(self._labels))
            tags["label"] = entry.label
        core.send("NOTICE" if entry.kind == "notice" else "PRIVMSG", entry.room.name, entry.wire_text, tags=tags)
        self._flying.append(entry)
        if not core.session.has_echo:
            self._set_state(entry, "sent")

    def _match(self, label: str, room: Room, kind: str, wire_text: str) -> Entry | None:
        if label:
            return self._by_label(label)
        return next(
            (
                entry
                for entry in self._flying
                if not entry.label and (entry.room, entry.kind, entry.wire_text) == (room, kind, wire_text)
            ),
            None,
        )

    def _by_label(self, label: str) -> Entry | None:
        return next((entry for entry in self._flying if label and entry.label == label), None)

    def _by_target(self, target: str) -> Entry | None:
        # Where servers don't echo, those before the refused one may have been taken: so the last one it is.
        entries = self._flying if self._core.session.has_echo else reversed(self._flying)
        key = casefold(target)
        return next((entry for entry in entries if not entry.label and entry.room.key == key), None)

    def _fail(self, entry: Entry, reason: str) -> None:
        self._failed[entry.line_id] = entry
        self._set_state(entry, "failed", reason)
        if entry.room is not self._core.chat.focus:
            self._core.tell(words.not_sent(entry.room.name, entry.shown_text, reason), "error")

    def _set_state(self, entry: Entry, state: State, reason: str = "") -> None:
        journal = self._core.journal
        line = journal.find(entry.room, entry.line_id)
        if line is None:
            return
        new = changed(line, state=state, reason=reason)
        if state == "sent":
            journal.confirm(entry.room, new)
        else:
            journal.replace(entry.room, new)


def _is_twin(line: Line, entry: Entry) -> bool:
    same_nick = casefold(line.nick) == casefold(entry.nick)
    return same_nick and (line.kind, line.text) == (entry.kind, entry.shown_text)
