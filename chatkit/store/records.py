"""What is asked of the store and what it gives back. Plain data, so that the rules can use it without a database."""

from __future__ import annotations

from typing import Literal

import msgspec

FIRST, LAST = 0, (1 << 63) - 1  # below and above every message

SPOKEN = frozenset({"PRIVMSG", "NOTICE"})  # the commands of messages; all others are events
CONTINUED = "\0"  # joins a line of a multiline message to the one before, where "\n" begins a new one


class Record(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """One stored message, or one stored event: something else that happened in a room or a conversation.

    ``seq`` numbers all that happens on a server in the order in which it was seen. It is also its time: microseconds
    since 1970, pushed on where two would share one or the clock stepped back. So one index serves both orders, and a
    message id needs no look-up. An event that several rooms saw is stored once for each of them, under one ``seq``.
    """

    seq: int
    target: str  # history key: a casefolded room, or a conversation's two keys
    command: str  # PRIVMSG or NOTICE; for an event any other
    source: str  # nick!user@host
    sender: str  # the sender's key
    recipient: str  # the room or nick as it was addressed
    text: str  # of an event: everything after the command, as on the wire; "\n" and CONTINUED join lines of a message
    tags: str = ""  # client-only tags as on the wire
    account: str = ""  # of the sender, as shown; empty: none
    bot: bool = False
    correspondents: tuple[str, str] | None = None  # the two keys of a direct conversation: sender's, recipient's


def conversation_of(key: str, other: str) -> str:
    """The target of what two keys say to each other, whoever of them speaks."""
    return " ".join(sorted((key, other)))


def is_conversation(target: str) -> bool:
    """Whether a history key is that of a direct conversation; else it is a room's. No key and no room has a blank."""
    return " " in target and not target.startswith("#")


class RoomFate(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """What becomes of a room's history: nobody may read it who was not let in, everybody may again, or nobody at all.

    A room that ends while it is closed takes its history with it: whoever opens one of the same name is let in by
    nobody. The messages stay stored, out of reach of the name.
    """

    target: str
    kind: Literal["closed", "open", "ended"]


class Document(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Something to be kept under a name, as an account or a registered room; without a body, to be deleted.

    A room for which there is a document of kind CHANNEL or ROOM keeps its history over a restart though it is closed.
    """

    kind: str
    key: str
    body: bytes | None


CHANNEL = "channel"  # the kind of registered rooms' documents; their key is the history key
ROOM = "room"  # the kind of other rooms' documents, as long as somebody stays there without being connected


class Redaction(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A message, or an event, that is to be gone from the history: from the file too."""

    target: str
    seq: int


class Forgotten(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """All messages and events of a target are to be gone, from the file too."""

    target: str


class TargetRenamed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A room's history goes on under another name. Where that name has one already, it is put away as if ended."""

    old: str
    new: str


class KeyForgotten(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """All that a sender's key ever said, and all of its conversations, are to be gone: from the file too."""

    key: str


class PurgeBefore(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Messages and events of a target before a seq are to be gone, from the file too; "" is all targets."""

    target: str
    before: int


class Retention(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """How much of a target's history is kept, instead of what holds for all. None: as for all; 0: everything."""

    target: str
    days: int | None = None
    messages: int | None = None


EXPIRY = "audit.expire"  # what is said of the deleting of old entries; the database knows the word too


class Audited(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """One thing that somebody did who runs the place. Written once and never changed; ``id`` counts from 1."""

    id: int
    time: int  # a seq
    who: str  # "root", "token ci", "oper ada (alice)"
    what: str  # the command's name, as "ban"; EXPIRY
    params: bytes  # JSON; nothing secret is in it
    reason: str
    hits: tuple[str, ...]  # the first hundred of whom it concerned
    said: str  # the sentence that was answered
    undo: bytes = b""  # JSON of [what, params] that takes it back; empty: nothing does
    undoes: int = 0  # the id of what this took back


class AuditExpired(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What was done before a seq is deleted from the audit log. It follows the Audited that says so."""

    before: int


Entry = (
    Record
    | RoomFate
    | Document
    | Redaction
    | Forgotten
    | TargetRenamed
    | KeyForgotten
    | PurgeBefore
    | Retention
    | Audited
    | AuditExpired
)


def outlasts(entry: Entry) -> bool:
    """Whether ``entry``, which no client asked for, holds though it could not be stored: all but messages.

    Those nobody is shown then.
    """
    return not (isinstance(entry, Record) and entry.command in SPOKEN)


class HistoryQuery(msgspec.Struct, frozen=True):
    """Messages of one target with ``after < seq < before``: the ``limit`` newest of them, or the oldest."""

    target: str
    limit: int
    after: int = FIRST
    before: int = LAST
    newest: bool = True
    events: bool = False  # whether events are among them; the limit counts what is returned
    since: int = FIRST  # nothing before it may be read: when the asker joined
    without: tuple[str, ...] = ()  # commands of events that are left out


class AroundQuery(msgspec.Struct, frozen=True):
    """Up to ``limit`` messages of one target on both sides of ``seq``, with the one there."""

    target: str
    limit: int
    seq: int
    events: bool = False
    since: int = FIRST
    without: tuple[str, ...] = ()


class TargetsQuery(msgspec.Struct, frozen=True):
    """Which of ``targets`` and of the conversations of ``key`` had their latest message in between, oldest first.

    Of several conversations with people of one nick only the latest is given.
    """

    targets: tuple[str, ...]
    key: str
    limit: int
    after: int
    before: int
    newest: bool = False
    since: tuple[int, ...] = ()  # for each of ``targets``, the seq before which nothing may be read; or empty


class ConversationQuery(msgspec.Struct, frozen=True):
    """The latest conversation of ``key`` with somebody then called ``nick`` (casefolded): its target, or None."""

    key: str
    nick: str


class RecordQuery(msgspec.Struct, frozen=True):
    """The message, or the event, of a target with this number: a Record, or None."""

    target: str
    seq: int


class DocumentQuery(msgspec.Struct, frozen=True):
    """The body of a document, or None."""

    kind: str
    key: str


class SearchQuery(msgspec.Struct, frozen=True):
    """Messages in ``targets``, and in the conversations of ``key`` unless that is empty, the oldest first.

    The ``limit`` newest of them, or the oldest. Everything that is given must fit. ``text`` is what a person typed:
    words that must all occur, the last of them perhaps only begun, and "phrases"; case and diacritics do not matter.
    """

    targets: tuple[str, ...]
    key: str
    text: str = ""
    sender: str = ""  # a nick, casefolded
    after: int = FIRST
    before: int = LAST
    limit: int = 100
    in_target: str | None = None  # only this one, if it is among those that may be searched
    since: tuple[int, ...] = ()  # for each of ``targets``, the seq before which nothing may be read; or empty
    newest: bool = True


class AuditQuery(msgspec.Struct, frozen=True):
    """What was done by those who run the place: a list of Audited, newest first. Everything that is given must fit."""

    limit: int = 50
    before: int = LAST  # ids below it
    who: str = ""
    what: str = ""
    id: int = 0  # this one, and what undoes it


class OldAuditQuery(msgspec.Struct, frozen=True):
    """How many things were done before a seq, but for the deleting of what was done: a number.

    0 where it was said already that all of them are deleted.
    """

    before: int


class TargetNamesQuery(msgspec.Struct, frozen=True):
    """Every target that has history: a tuple of history keys, rooms' and conversations'."""


class CountQuery(msgspec.Struct, frozen=True):
    """How many messages and how many events a target has: a pair."""

    target: str


class RetentionQuery(msgspec.Struct, frozen=True):
    """How much of a target's history is kept: its Retention."""

    target: str


Query = (
    HistoryQuery
    | AroundQuery
    | TargetsQuery
    | ConversationQuery
    | RecordQuery
    | DocumentQuery
    | SearchQuery
    | AuditQuery
    | OldAuditQuery
    | TargetNamesQuery
    | CountQuery
    | RetentionQuery
)
