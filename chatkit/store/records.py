"""What is asked of the store and what it gives back. Plain data, so that the rules can use it without a database."""

from __future__ import annotations

from typing import Literal

import msgspec

FIRST, LAST = 0, (1 << 63) - 1  # below and above every message


class Record(msgspec.Struct, frozen=True, gc=False):
    """One stored message.

    ``seq`` numbers all messages of a server in the order in which they were seen. It is also their time: microseconds
    since 1970, pushed on where two would share one or the clock stepped back. So one index serves both orders, and a
    message id needs no look-up.
    """

    seq: int
    target: str  # history key: a casefolded room, or a conversation's two keys
    command: str  # PRIVMSG or NOTICE
    source: str  # nick!user@host
    sender: str  # the sender's key
    recipient: str  # the room or nick as it was addressed
    text: str
    tags: str = ""  # client-only tags as on the wire
    correspondents: tuple[str, str] | None = None  # the two keys of a direct conversation: sender's, recipient's


def conversation_of(key: str, other: str) -> str:
    """The target of what two keys say to each other, whoever of them speaks."""
    return " ".join(sorted((key, other)))


class RoomFate(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a room's history: nobody may read it who was not let in, everybody may again, or nobody at all.

    A room that ends while it is closed takes its history with it: whoever opens one of the same name is let in by
    nobody. The messages stay stored, out of reach of the name.
    """

    target: str
    kind: Literal["closed", "open", "ended"]


Entry = Record | RoomFate


class HistoryQuery(msgspec.Struct, frozen=True):
    """Messages of one target with ``after < seq < before``: the ``limit`` newest of them, or the oldest."""

    target: str
    limit: int
    after: int = FIRST
    before: int = LAST
    newest: bool = True


class AroundQuery(msgspec.Struct, frozen=True):
    """Up to ``limit`` messages of one target on both sides of ``seq``, with the one there."""

    target: str
    limit: int
    seq: int


class TargetsQuery(msgspec.Struct, frozen=True):
    """Which of ``targets`` and of the conversations of ``key`` had their latest message in between, oldest first."""

    targets: tuple[str, ...]
    key: str
    limit: int
    after: int
    before: int
    newest: bool = False


class ConversationQuery(msgspec.Struct, frozen=True):
    """The latest conversation of ``key`` with somebody then called ``nick`` (casefolded): its target, or None."""

    key: str
    nick: str


Query = HistoryQuery | AroundQuery | TargetsQuery | ConversationQuery
