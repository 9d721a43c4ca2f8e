"""What happened in a room, turned into lines: as it happens, and as the history tells it.

The lines change nothing: who is in a room, and what its topic is, the handlers of ``incoming`` say, of what comes live.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.journal import changed
from chatkit.client.model import Line, Room
from chatkit.client.talk import is_name, sender
from chatkit.proto import modes
from chatkit.proto.formatting import named, plain
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

Teller = Callable[["Core", Room, Message], list[Line]]

OWN_WAY = frozenset({"JOIN", "PART", "QUIT"})  # that the user came and went is no news to the user


def happened(core: Core, room: Room, msg: Message) -> list[Line]:
    """The lines of a message that the history has beside talk; none where there is nothing to say of it."""
    tell = TELLERS.get(msg.command)
    if tell is None or not is_name(sender(msg)) or (msg.command in OWN_WAY and core.is_me(sender(msg))):
        return []
    return tell(core, room, msg)


def joined(core: Core, room: Room, msg: Message) -> list[Line]:
    """JOIN <channel>"""
    nick = sender(msg)
    return [core.make_line(room, "join", words.joined(nick), nick, msg)]


def parted(core: Core, room: Room, msg: Message) -> list[Line]:
    """PART <channel> [<reason>]"""
    nick = sender(msg)
    return [core.make_line(room, "part", words.left(nick, plain(msg.param(1))), nick, msg)]


def quit_(core: Core, room: Room, msg: Message) -> list[Line]:
    """QUIT [<reason>]"""
    nick = sender(msg)
    return [core.make_line(room, "quit", words.left(nick, plain(msg.param(0))), nick, msg)]


def kicked(core: Core, room: Room, msg: Message) -> list[Line]:
    """KICK <channel> <nick> [<reason>]"""
    by, nick = sender(msg), named(msg.param(1))
    text = words.removed(nick, by, plain(msg.param(2)), room.name, me=core.is_me(nick))
    return [core.make_line(room, "kick", text, by, msg)]


def renamed(core: Core, room: Room, msg: Message) -> list[Line]:
    """NICK <new nick>. It is the new name that is the user's: in history the old one may have been anybody's."""
    old, new = sender(msg), named(msg.param(0))
    return [core.make_line(room, "nick", words.renamed(old, new, me=core.is_me(new)), new, msg)]


def topic_set(core: Core, room: Room, msg: Message) -> list[Line]:
    """TOPIC <channel> <topic>"""
    by = sender(msg)
    return [core.make_line(room, "topic", words.topic_changed(by, plain(msg.param(1))), by, msg)]


def modes_set(core: Core, room: Room, msg: Message) -> list[Line]:
    """MODE <channel> <changes>: a line for each of them."""
    by = sender(msg)
    changes, _ = modes.parse_changes(msg.params[1:], core.session.mode_types)
    lines = [core.make_line(room, "mode", words.mode_changed(by, change), by, msg) for change in changes]
    return [*lines[:1], *(changed(line, msgid="") for line in lines[1:])]  # an id stands for one line


def room_renamed(core: Core, room: Room, msg: Message) -> list[Line]:
    """RENAME <channel> <name> :<reason>"""
    by, old, new = sender(msg), plain(msg.param(0)), plain(msg.param(1))
    return [core.make_line(room, "topic", words.room_renamed(by, old, new, plain(msg.param(2))), by, msg)]


TELLERS: dict[str, Teller] = {
    "JOIN": joined,
    "PART": parted,
    "QUIT": quit_,
    "KICK": kicked,
    "NICK": renamed,
    "TOPIC": topic_set,
    "MODE": modes_set,
    "RENAME": room_renamed,
}
