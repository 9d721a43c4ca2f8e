"""PRIVMSG and NOTICE turned into lines."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from chatkit.client.discretion import shown
from chatkit.client.model import Kind, Line, Room
from chatkit.proto.casemapping import casefold
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.formatting import plain
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message
from chatkit.proto.timestamps import parse_time

if TYPE_CHECKING:
    from chatkit.client.core import Core

KINDS: dict[str, Kind] = {"PRIVMSG": "message", "NOTICE": "notice"}


def sender(msg: Message) -> str:
    """The nick of who sent it, safe to show; a server's name where a server did."""
    return plain(split_source(msg.source or "").nick)


def time_of(msg: Message, now_ms: int) -> int:
    """When it was sent: the server's time, or ``now_ms`` where it says none."""
    with contextlib.suppress(ValueError):
        return parse_time(msg.tags.get("time", ""))
    return now_ms


def is_name(text: str) -> bool:
    """Whether ``text`` can be somebody's or some room's name at all: one word, that a line can hold as such."""
    return bool(text) and not text.startswith(":") and " " not in text


def read_talk(core: Core, room: Room, msg: Message) -> Line | None:
    """The line that ``msg`` makes in ``room``, or None where it is nothing that anybody said."""
    kind = KINDS.get(msg.command)
    text = msg.param(1)
    ctcp = split_ctcp(text)
    if ctcp is not None:
        word, text = ctcp
        kind = "action" if word == "ACTION" and kind == "message" else None
    if kind is None or not text:
        return None
    nick = sender(msg)
    mine = casefold(nick) == casefold(core.chat.nick)
    return Line(
        id=core.journal.next_id(),
        kind=kind,
        room=room.name,
        nick=nick,
        text=plain(shown(room.name, text) if mine else text),
        time_ms=time_of(msg, core.time_ms),
        msgid=msg.tags.get("msgid", ""),
        mine=mine,
        highlight=not mine and (room.is_direct or names(text, core.chat.nick)),
    )


def names(text: str, nick: str) -> bool:
    """Whether ``text`` speaks of ``nick``, as a word of its own."""
    pattern = rf"(?<![\w\[\]\\`^{{}}|-]){re.escape(casefold(nick))}(?![\w\[\]\\`^{{}}|-])"
    return re.search(pattern, casefold(text)) is not None
