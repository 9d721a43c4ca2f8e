"""What is said about messages that are there already: answers, reactions, corrections, deletions.

Specs: https://ircv3.net/specs/client-tags/reply, https://ircv3.net/specs/client-tags/react and
https://ircv3.net/specs/extensions/message-redaction. A correction is an answer to one's own message with the tag
``+draft/edit``, after which the old message is deleted: who knows no such tag sees a message and a deletion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chatkit.client import words
from chatkit.client.journal import changed
from chatkit.client.model import Line, Quote, Reaction, Room
from chatkit.client.talk import sender
from chatkit.proto.casemapping import casefold
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

MAX_REACTION = 64  # characters
MAX_KINDS = 20  # of reactions to a line
MAX_NICKS = 500  # with the same reaction
MAX_WAITING = 500  # marks of messages that aren't here
MAX_QUOTING = 100  # answers to one message that are kept in step with it
MAX_KNOWN = 20_000  # messages whose senders are remembered
QUOTED = 200  # characters of a message that an answer to it shows

REPLY = ("+reply", "+draft/reply")
EDIT = "+draft/edit"
_REACT = {"+draft/react": True, "+react": True, "+draft/unreact": False, "+unreact": False}

Place = tuple[int, str]  # a room's id and a msgid
Change = Callable[[Line], Line]
_V = TypeVar("_V")


class _Sender(msgspec.Struct, frozen=True):
    """Who sent a message, as far as nobody can pretend it."""

    account: str
    source: str

    def is_same(self, other: _Sender) -> bool:
        return self.source == other.source or (bool(self.account) and self.account == other.account)


class Marks:
    """Owned by a core, and used by its thread. Marks of messages that aren't here wait for history to bring them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: dict[Place, list[Change]] = {}
        self._quoting: dict[Place, list[int]] = {}  # ids of lines that answer a message
        self._senders: dict[Place, _Sender] = {}
        self._read: dict[Place, Line] = {}  # the latest: those of a page aren't in the journal until all are read
        self._reactions: dict[Place, tuple[str, Change]] = {}  # which message they are of, and how to take them back

    # What the user does.

    def react(self, room: Room, line: Line, text: str) -> None:
        """Add a reaction to ``line``, or take back one's own of the same ``text``."""
        core, text = self._core, _reaction_of(text)
        if not text or not self._may("react", room, line):
            return
        mine = any(reaction.mine and reaction.text == text for reaction in line.reactions)
        tags = dict.fromkeys(REPLY, line.msgid) | {"+draft/unreact" if mine else "+draft/react": text}
        core.send("TAGMSG", room.name, tags=tags)
        if not core.session.has_echo:
            self._change(room, line, self._reacted(text, core.chat.nick, adding=not mine))

    def redact(self, room: Room, line: Line, reason: str = "") -> None:
        """Ask the server to delete ``line``.

        REDACT <target> <msgid> [<reason>]
        """
        if self._may("redact", room, line):
            self._core.send("REDACT", room.name, line.msgid, *([reason] if reason else []))

    def edit_done(self, old: Line, new: Line) -> None:
        """``new``, the user's own wording for ``old``, is stored: it stands in its place, and ``old`` is deleted."""
        core, room = self._core, self._core.chat.find(old.room)
        if room is None:
            return
        core.send("REDACT", room.name, old.msgid)
        here = core.journal.find(room, old.id)
        if here is None:
            core.journal.replace(room, changed(new, edited=True, reply=None))
        else:
            core.journal.remove(room, new.id)
            self._reword(room, here, new)

    # What came. ``read`` is called for every message, ``mark`` for what is said about one.

    def quote(self, room: Room, msg: Message) -> Quote | None:
        """What ``msg`` answers."""
        msgid = next((msg.tags[key] for key in REPLY if msg.tags.get(key)), "")
        if not msgid:
            return None
        line = self._core.journal.by_msgid(room, msgid) or self._read.get((room.id, msgid))
        return Quote(msgid) if line is None else quote_of(line, msgid)

    def read(self, room: Room, line: Line, msg: Message) -> Line:
        """``line``, just made of ``msg``, with what is known of it: what it answers, and what was said about it before.

        Called once for every message, live or from history, before it is added.
        """
        edit = msg.tags.get(EDIT, "")
        if edit and self._may_correct(room, edit, msg):
            line = changed(line, edited=True)
        elif (reply := self.quote(room, msg)) is not None:
            line = changed(line, reply=reply)
            quoting = _remember(self._quoting, (room.id, reply.msgid), MAX_WAITING)
            quoting.append(line.id)
            del quoting[:-MAX_QUOTING]
        if line.msgid:
            place = (room.id, line.msgid)
            _bound(self._senders, MAX_KNOWN)
            self._senders.setdefault(place, _sender_of(msg))  # who says an id first has it
            for change in self._waiting.pop(place, ()):
                line = change(line)
            _bound(self._read, MAX_WAITING)
            self._read.setdefault(place, line)
            self._requote(room, line)
        return line

    def corrects(self, room: Room, line: Line, msg: Message) -> bool:
        """Whether ``line`` is its sender's new wording of a message that is here. It has taken its place then.

        To be asked, after ``read``, before a message is added that came live.
        """
        old = self._core.journal.by_msgid(room, msg.tags.get(EDIT, "")) if EDIT in msg.tags else None
        if old is None or not line.edited or old.redacted:
            return False
        self._reword(room, old, line)
        return True

    def mark(self, room: Room, msg: Message) -> None:
        """A TAGMSG or REDACT, live or of a page of history whose messages are in the journal."""
        if msg.command == "REDACT":
            self._redacted(room, msg)
            return
        target = next((msg.tags[key] for key in REPLY if msg.tags.get(key)), "")
        key = next((key for key in _REACT if key in msg.tags), "")
        text, nick = _reaction_of(msg.tags.get(key, "")), sender(msg)
        if not (target and text and nick):
            return
        change = self._reacted(text, nick, adding=_REACT[key])
        if msgid := msg.tags.get("msgid", ""):
            _bound(self._reactions, MAX_WAITING)
            self._reactions[room.id, msgid] = (target, self._reacted(text, nick, adding=not _REACT[key]))
        self._change_by_id(room, target, change)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        all_known: list[dict[Place, Any]] = [self._waiting, self._quoting, self._senders, self._read, self._reactions]
        for known in all_known:
            for place in [place for place in known if place[0] == room.id]:
                del known[place]

    def connection_lost(self) -> None:
        """Nothing of it depends on the connection."""

    def advance(self, now: float) -> None:
        """Nothing of it depends on the time."""

    def deadline(self) -> float | None:
        """Never."""
        return None

    def _may(self, ability: str, room: Room, line: Line) -> bool:
        """Whether the server can. If it can't, the user is told why."""
        core = self._core
        if not core.session.registered:
            core.note(room, "error", words.NOT_CONNECTED)
        elif ability not in core.chat.can or not line.msgid:
            core.note(room, "error", words.CANT_MARK[ability])
        else:
            return True
        return False

    def _may_correct(self, room: Room, msgid: str, msg: Message) -> bool:
        """Whether ``msg`` comes from who sent the other; one that is unknown stands alone, and hurts nobody."""
        known = self._senders.get((room.id, msgid))
        return known is None or known.is_same(_sender_of(msg))

    def _redacted(self, room: Room, msg: Message) -> None:
        """REDACT <target> <msgid> [<reason>]"""
        by, msgid = sender(msg), msg.param(1)
        if (reaction := self._reactions.pop((room.id, msgid), None)) is not None:
            self._change_by_id(room, *reaction)
            return
        said = words.deleted(by, plain(msg.param(2)), me=self._core.is_me(by))
        self._change_by_id(room, msgid, lambda line: _without_text(line, said) if line.msgid == msgid else line)

    def _change_by_id(self, room: Room, msgid: str, change: Change) -> None:
        line = self._core.journal.by_msgid(room, msgid)
        if line is not None:
            self._change(room, line, change)
            return
        waiting = _remember(self._waiting, (room.id, msgid), MAX_WAITING)
        if len(waiting) < MAX_WAITING:
            waiting.append(change)

    def _change(self, room: Room, line: Line, change: Change) -> None:
        new = change(line)
        if new != line:
            self._core.journal.replace(room, new)
        if new.text != line.text:
            self._requote(room, new)

    def _reword(self, room: Room, old: Line, new: Line) -> None:
        line = changed(
            old,
            text=new.text,
            spans=new.spans,
            raw=new.raw,
            msgid=new.msgid,
            highlight=new.highlight,
            state=new.state,
            edited=True,
        )
        if quoting := self._quoting.pop((room.id, old.msgid), None):
            self._quoting[room.id, new.msgid] = quoting
        self._change(room, old, lambda _: line)

    def _requote(self, room: Room, line: Line) -> None:
        """``line`` is here, or is another: those that answer it say so."""
        for line_id in self._quoting.get((room.id, line.msgid), ()):
            other = self._core.journal.find(room, line_id)
            if other is not None and other.reply is not None:
                new = changed(other, reply=quote_of(line, line.msgid))
                if new != other:
                    self._core.journal.replace(room, new)

    def _reacted(self, text: str, nick: str, *, adding: bool) -> Change:
        mine = self._core.is_me(nick)

        def change(line: Line) -> Line:
            return line if line.redacted else changed(line, reactions=_with(line.reactions, text, nick, mine, adding))

        return change


def quote_of(line: Line, msgid: str = "") -> Quote:
    """What an answer to ``line`` shows of it."""
    return Quote(msgid or line.msgid, line.nick, " ".join(line.text.split())[:QUOTED], line.id)


def _reaction_of(text: str) -> str:
    return " ".join(plain(text).split())[:MAX_REACTION].strip()


def _sender_of(msg: Message) -> _Sender:
    nick, _, where = (msg.source or "").partition("!")
    return _Sender(msg.tags.get("account", ""), f"{casefold(nick)}!{where}")


def _with(reactions: tuple[Reaction, ...], text: str, nick: str, mine: bool, adding: bool) -> tuple[Reaction, ...]:
    """``reactions`` with one more of ``nick``, or without it. One that would be too many is left out."""
    old = next((reaction for reaction in reactions if reaction.text == text), None)
    others = [] if old is None else [other for other in old.nicks if casefold(other) != casefold(nick)]
    if adding and len(others) < MAX_NICKS:
        others.append(nick)
    new = Reaction(text, tuple(others), (old is not None and old.mine and not mine) or (mine and adding))
    if old is None:
        return (*reactions, new) if others and len(reactions) < MAX_KINDS else reactions
    return tuple(new if reaction is old else reaction for reaction in reactions if others or reaction is not old)


def _without_text(line: Line, said: str) -> Line:
    return changed(line, text="", spans=(), raw="", reply=None, reactions=(), highlight=False, redacted=said)


def _bound(known: dict[Place, _V], limit: int) -> None:
    """Make room for one more: the oldest goes."""
    if len(known) >= limit:
        del known[next(iter(known))]


def _remember(known: dict[Place, list[_V]], place: Place, limit: int) -> list[_V]:
    """The list at ``place``, new where there is none."""
    if place not in known:
        _bound(known, limit)
    return known.setdefault(place, [])
