"""What the user said, on its way to the server: pending, then sent or failed, never doubted in silence.

Nothing is sent faster than the server takes it: at most WINDOW messages are under way without its word for them. That
word is the echo, or, from servers that have none, the answer to a PING behind the messages.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client import markup, splitting, words
from chatkit.client.batches import CONCAT, MULTILINE
from chatkit.client.discretion import shown
from chatkit.client.journal import changed
from chatkit.client.marks import EDIT, REPLY
from chatkit.client.model import Line, Quote, Room, State
from chatkit.client.splitting import ACTION_FRAME, Piece, room_for_text, split_text
from chatkit.client.talk import dressed
from chatkit.proto.ctcp import action
from chatkit.proto.formatting import strip
from chatkit.proto.message import Message

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
    pieces: tuple[Piece, ...]  # several where the server takes messages of several lines
    typed: str | None  # said before it was known what the server takes, so not cut yet: ``pieces`` are its lines
    nick: str  # as whom it was sent
    reply: Quote | None = None
    edit: Line | None = None  # the line that it is another wording of
    label: str = ""
    bare: bool = False  # whether its styles were taken off, because the room refused it with them

    @property
    def text(self) -> str:
        """The text as it is sent, with line breaks."""
        return splitting.joined(self.pieces)

    @property
    def wire_text(self) -> str:
        """The text as it comes back in the message."""
        return action(self.text) if self.kind == "action" else self.text

    @property
    def raw(self) -> str:
        """The text without what nobody is to read off the user's screen."""
        return shown(self.room.name, self.text)

    @property
    def tags(self) -> dict[str, str]:
        """What is said about it beside the text."""
        if self.edit is not None:
            return {REPLY[0]: self.edit.msgid, EDIT: self.edit.msgid}
        return dict.fromkeys(REPLY, self.reply.msgid) if self.reply is not None else {}


class Outbox:
    """The messages that wait, that are under way, and of which nobody knows whether they arrived."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[Entry] = []
        self._flying: list[Entry] = []
        self._doubtful: list[Entry] = []  # under way when the connection was lost: history will tell
        self._failed: dict[int, Entry] = {}  # by line id
        self._labels = itertools.count(1)
        self._batches = itertools.count(1)
        self._barriers = itertools.count(1)
        self._barrier = ""  # the PING that is unanswered
        self._before_barrier: list[Entry] = []  # what was sent before it

    @property
    def settled(self) -> bool:
        """Whether everything is either stored or refused."""
        return not (self._waiting or self._flying or self._doubtful)

    def say(
        self, room: Room, text: str, kind: TalkKind = "message", *, reply: Quote | None = None, edit: Line | None = None
    ) -> None:
        """Send ``text``: as one message where the server takes several lines at once, else as one for each of them.

        Of several messages only the first answers, or is the other wording of, what is given.
        """
        if self._core.session.welcomed:
            self._add_all(room, text, kind, reply, edit, self._core.time_ms)
        elif lines := self._wire_lines(room, text):
            self._add(room, kind, tuple(map(Piece, lines)), reply, edit, typed=text)
        self.flow()

    def retry(self, line_id: int) -> bool:
        """Send a failed line again. Returns whether there is one with that id."""
        entry = self._failed.pop(line_id, None)
        if entry is None:
            return False
        self._core.journal.remove(entry.room, line_id)
        self._add(entry.room, entry.kind, entry.pieces, entry.reply, entry.edit, typed=entry.typed)
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
        self._cut()
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

    def confirm(self, room: Room, line: Line, msg: Message) -> bool:
        """An own message came back as ``msg``. Returns whether it is one of those under way."""
        entry = self._match(msg.tags.get("label", ""), room, line.kind, msg.param(1))
        if entry is None:
            return False
        self._flying.remove(entry)
        line = self._core.marks.read(entry.room, changed(line, id=entry.line_id), msg)
        self._core.journal.confirm(entry.room, line)
        if entry.bare:
            room.plain_only = True
        if entry.edit is not None:
            self._core.marks.edit_done(entry.edit, line)
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
        self._refused(entry, reason)
        return True

    def refuse_batch(self, reason: str) -> bool:
        """The server refused a message of several lines without a label: the oldest. Returns whether there is one."""
        entry = next((entry for entry in self._flying if len(entry.pieces) > 1), None)
        if entry is not None:
            self._refused(entry, reason)
        return entry is not None

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

    def _cut(self) -> None:
        """Make messages of what was said before it was known what the server takes. They keep their order."""
        uncut = [(entry, entry.typed) for entry in self._waiting if entry.typed is not None]
        found = [(entry, self._messages_of(entry.room, typed, entry.kind)) for entry, typed in uncut]
        if any(len(messages) != 1 for _, messages in found):
            self._list_again()
            return
        for entry, (pieces,) in found:
            entry.pieces, entry.typed = pieces, None

    def _list_again(self) -> None:
        """All that waits, where one message has become several."""
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            line = self._core.journal.find(entry.room, entry.line_id)
            time_ms = self._core.time_ms if line is None else line.time_ms
            self._core.journal.remove(entry.room, entry.line_id)
            if entry.typed is None:
                self._add(entry.room, entry.kind, entry.pieces, entry.reply, entry.edit, time_ms=time_ms)
            else:
                self._add_all(entry.room, entry.typed, entry.kind, entry.reply, entry.edit, time_ms)

    def _wire_lines(self, room: Room, text: str) -> list[str]:
        core = self._core
        styled = core.taste.markdown and "formatting" in core.chat.can and not room.plain_only
        return markup.to_wire(text, formatting=styled)

    def _messages_of(self, room: Room, text: str, kind: TalkKind) -> Sequence[tuple[Piece, ...]]:
        core, lines = self._core, self._wire_lines(room, text)
        limit = room_for_text(core.session.source or core.chat.nick, room.name)
        limits = splitting.parse_limits(core.session.values.get(MULTILINE, ""))
        if limits is not None and "multiline" in core.chat.can and kind != "action":
            return splitting.messages_of(splitting.pieces_of(lines, limit), limits)
        limit -= ACTION_FRAME if kind == "action" else 0
        return [(Piece(piece),) for line in lines for piece in split_text(line.rstrip(), limit)]

    def _add_all(
        self, room: Room, text: str, kind: TalkKind, reply: Quote | None, edit: Line | None, time_ms: int
    ) -> None:
        for number, pieces in enumerate(self._messages_of(room, text, kind)):
            first = number == 0
            self._add(room, kind, pieces, reply if first else None, edit if first else None, time_ms=time_ms)

    def _add(
        self,
        room: Room,
        kind: TalkKind,
        pieces: tuple[Piece, ...],
        reply: Quote | None,
        edit: Line | None,
        *,
        typed: str | None = None,
        time_ms: int | None = None,
    ) -> None:
        core = self._core
        entry = Entry(room, core.journal.next_id(), kind, pieces, typed, core.chat.nick, reply, edit)
        self._waiting.append(entry)
        core.journal.add_pending(room, self._line_of(entry, core.time_ms if time_ms is None else time_ms))

    def _line_of(self, entry: Entry, time_ms: int) -> Line:
        core, raw = self._core, entry.raw
        text, spans = dressed(core, entry.room, raw)
        return Line(
            id=entry.line_id,
            kind=entry.kind,
            room=entry.room.name,
            nick=core.chat.nick,
            text=text,
            time_ms=time_ms,
            mine=True,
            state="pending",
            spans=spans,
            raw="" if raw == text else raw,
            reply=entry.reply,
        )

    def _is_ready(self, room: Room) -> bool:
        return room.joined and not self._core.journal.is_held(room)

    def _send(self, entry: Entry) -> None:
        core = self._core
        entry.nick = core.chat.nick
        tags = entry.tags if "message-tags" in core.session.enabled else {}
        if core.session.has_labels:
            entry.label = str(next(self._labels))
            tags["label"] = entry.label
        command = "NOTICE" if entry.kind == "notice" else "PRIVMSG"
        if len(entry.pieces) > 1:
            self._send_batch(command, entry.room.name, entry.pieces, tags)
        else:
            core.send(command, entry.room.name, entry.wire_text, tags=tags)
        self._flying.append(entry)
        if not core.session.has_echo:
            self._set_state(entry, "sent")

    def _send_batch(self, command: str, target: str, pieces: Iterable[Piece], tags: dict[str, str]) -> None:
        """BATCH +<reference> draft/multiline <target>, the lines, BATCH -<reference>

        Spec: https://ircv3.net/specs/extensions/multiline
        """
        core, reference = self._core, f"m{next(self._batches)}"
        core.send("BATCH", f"+{reference}", MULTILINE, target, tags=tags)
        for piece in pieces:
            concat = {CONCAT: ""} if piece.continues else {}
            core.send(command, target, piece.text, tags={"batch": reference, **concat})
        core.send("BATCH", f"-{reference}")

    def _refused(self, entry: Entry, reason: str) -> None:
        """A message with styles is tried without them: a room may refuse those."""
        self._flying.remove(entry)
        bare = tuple(Piece(strip(piece.text), piece.continues) for piece in entry.pieces)
        if bare != entry.pieces and entry.room.kind == "channel":
            entry.pieces, entry.bare, entry.label = bare, True, ""
            self._waiting.insert(0, entry)
        else:
            self._fail(entry, reason)
        self.flow()

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
        key = self._core.chat.fold(target)
        return next((entry for entry in entries if not entry.label and entry.room.key == key), None)

    def _fail(self, entry: Entry, reason: str) -> None:
        self._failed[entry.line_id] = entry
        self._set_state(entry, "failed", reason)
        if entry.room is not self._core.chat.focus:
            self._core.tell(
                words.not_sent(entry.room.name, dressed(self._core, entry.room, entry.raw)[0], reason), "error"
            )

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
    fold = entry.room.chat.fold
    same_nick = fold(line.nick) == fold(entry.nick)
    return same_nick and (line.kind, line.raw or line.text) == (entry.kind, entry.raw)
