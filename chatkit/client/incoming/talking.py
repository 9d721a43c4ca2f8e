"""What people, and the server, say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client.batches import Batch, one_message
from chatkit.client.incoming.members import set_account
from chatkit.client.incoming.table import on
from chatkit.client.model import Room
from chatkit.client.talk import is_name, read_talk, sender
from chatkit.proto.formatting import named, plain
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core


@on("PRIVMSG", "NOTICE")
def talk(core: Core, msg: Message) -> None:
    """PRIVMSG <target> <text>, NOTICE <target> <text>

    Spec: https://modern.ircdocs.horse/#privmsg-message and https://modern.ircdocs.horse/#notice-message
    """
    if core.sign_in.told and core.sign_in.came_back(msg):
        return
    if not core.session.welcomed and core.session.is_server(msg.source):  # what it does to let us in, which is no news
        core.note(core.chat.server, "info", plain(msg.param(1)), msg=msg)
        return
    room = _room_of(core, msg)
    line = None if room is None else read_talk(core, room, msg)
    if room is None or line is None:
        return
    core.typists.heard(room, line.nick)
    if "account" in msg.tags:
        set_account(core, room, line.nick, plain(msg.tags["account"]))
    if line.mine and core.outbox.confirm(room, line, msg):
        return
    line = core.marks.read(room, line, msg)
    if not core.marks.corrects(room, line, msg):
        core.journal.add(room, line)


def multiline(core: Core, batch: Batch) -> None:
    """BATCH draft/multiline <target>: a message of several lines, which are one line of the room.

    Spec: https://ircv3.net/specs/extensions/multiline
    """
    for msg in one_message(batch):
        core.handle(msg)


@on("WALLOPS")
def wallops(core: Core, msg: Message) -> None:
    """WALLOPS <text>: the people who run the server speak to everyone."""
    core.note(core.chat.focus, "notice", plain(msg.param(0)), sender(msg), msg)


def _room_of(core: Core, msg: Message) -> Room | None:
    """Where a message belongs: its channel, the talk with its sender, or, of a notice, where the user looks."""
    target, nick = core.session.channel_of(msg.param(0)), sender(msg)
    if core.session.is_channel(target):
        return core.chat.find(target)
    if core.session.is_server(msg.source) or not nick:
        return core.chat.focus if core.session.welcomed else core.chat.server
    other = named(target) if core.is_me(nick) else nick
    if not is_name(other):
        return None
    if (room := core.chat.find(other)) is not None:
        return room
    if msg.command == "NOTICE":  # bots and services answer with these: they open no room
        return core.chat.focus
    if read_talk(core, core.chat.server, msg) is None:  # nor does a request of some program
        return None
    return None if core.chat.is_full else core.open_direct(other)
