"""PRIVMSG and NOTICE turned into lines."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from chatkit.client import markup
from chatkit.client.discretion import shown
from chatkit.client.model import Kind, Line, Room
from chatkit.proto import masks
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.formatting import named
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message
from chatkit.proto.styles import Span
from chatkit.proto.timestamps import parse_time

if TYPE_CHECKING:
    from chatkit.client.core import Core

MAX_AHEAD_MS = 24 * 60 * 60 * 1000  # that a server's clock may be before ours: many a user's is wrong by hours

_OF_NAME = re.compile(r"[\w\[\]\\`^{}|-]")
KINDS: dict[str, Kind] = {"PRIVMSG": "message", "NOTICE": "notice"}


def sender(msg: Message) -> str:
    """The nick of who sent it, safe to show; a server's name where a server did."""
    return named(split_source(msg.source or "").nick)


def time_of(msg: Message, now_ms: int) -> int:
    """When it was sent: the server's time, or ``now_ms`` where it says none that can be true."""
    with contextlib.suppress(ValueError):
        return min(parse_time(msg.tags.get("time", "")), now_ms + MAX_AHEAD_MS)
    return now_ms


def is_name(text: str) -> bool:
    """Whether ``text`` can be somebody's or some room's name at all: one word, that a line can hold as such."""
    return bool(text) and not text.startswith(":") and " " not in text


def read_talk(core: Core, room: Room, msg: Message) -> Line | None:
    """The line that ``msg`` makes in ``room``, or None where it is nothing that anybody said whom the user hears.

    It may have line breaks; ``batches.one_message`` makes such a message.
    """
    kind = KINDS.get(msg.command)
    raw = msg.param(1)
    ctcp = split_ctcp(raw)
    if ctcp is not None:
        word, raw = ctcp
        kind = "action" if word == "ACTION" and kind == "message" else None
    nick = sender(msg)
    mine = core.is_me(nick)
    if kind is None or not raw or (not mine and is_ignored(core, msg)):
        return None
    if mine:
        raw = shown(room.name, raw)
    text, spans = dressed(core, room, raw)
    return Line(
        id=core.journal.next_id(),
        kind=kind,
        room=room.name,
        nick=nick,
        text=text,
        time_ms=time_of(msg, core.time_ms),
        msgid=msg.tags.get("msgid", ""),
        mine=mine,
        highlight=not mine and (room.is_direct or speaks_to(core, text)),
        spans=spans,
        raw="" if raw == text else raw,
        bot="bot" in msg.tags,
    )


def dressed(core: Core, room: Room, raw: str) -> tuple[str, tuple[Span, ...]]:
    """What was said in ``room``, as it is shown: its text and its styles."""
    nicks = (room.key,) if room.is_direct else room.members
    return markup.show(raw, markdown=core.taste.markdown, nicks=nicks, me=core.chat.nick, fold=core.chat.fold)


def is_ignored(core: Core, msg: Message) -> bool:
    """Whether the user wants to hear nothing from who sent ``msg``."""
    return any(masks.matches(masks.normalize(mask), _whole(msg.source or "")) for mask in core.taste.ignored)


def speaks_to(core: Core, text: str) -> bool:
    """Whether ``text`` names the user, or something that the user wants to hear of."""
    fold = core.chat.fold
    folded = fold(text)
    return any(_holds(text, folded, fold(word)) for word in (core.chat.nick, *core.taste.keywords) if word)


def _holds(text: str, folded: str, word: str) -> bool:
    """Whether ``word`` stands in ``text``, which is ``folded``, as a word of its own."""
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_OF_NAME.fullmatch(text[start - 1 : start]) or _OF_NAME.fullmatch(text[end : end + 1])):
            return True
        start = folded.find(word, start + 1)
    return False


def _whole(source: str) -> str:
    """``source`` with all three parts that a mask speaks of."""
    who = split_source(source)
    return f"{who.nick}!{who.user or ''}@{who.host or ''}"
