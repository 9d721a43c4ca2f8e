"""Topics, invitations, what was read, and the list of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import events, happenings, words
from chatkit.client.incoming.table import on
from chatkit.client.model import Room
from chatkit.client.session import ListedRoom
from chatkit.client.talk import is_name, sender
from chatkit.proto import numerics as n
from chatkit.proto.formatting import named, plain
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

MAX_LISTED = 10_000  # rooms kept of a LIST
MAX_SHOWN = 50


@on("TOPIC")
def topic(core: Core, msg: Message) -> None:
    """TOPIC <channel> <topic>

    Spec: https://modern.ircdocs.horse/#topic-message
    """
    room = core.chat.find(msg.param(0))
    if room is not None:
        _set_topic(core, room, msg.param(1), told=True)
        for line in happenings.topic_set(core, room, msg):
            core.journal.add(room, line)


@on(n.RPL_TOPIC, n.RPL_NOTOPIC)
def topic_reply(core: Core, msg: Message) -> None:
    """332 <nick> <channel> :<topic>, 331 <nick> <channel> :No topic is set

    Spec: https://modern.ircdocs.horse/#rpltopic-332
    """
    text = msg.param(2) if msg.command == n.RPL_TOPIC else ""
    room = core.chat.find(msg.param(1))
    if room is not None:
        _set_topic(core, room, text, told=False)
    else:
        core.tell(words.topic_is(plain(msg.param(1)), plain(text)))


def _set_topic(core: Core, room: Room, text: str, *, told: bool) -> None:
    if plain(text) != room.topic:
        room.topic = plain(text)
        core.emit(events.TopicChanged(room, told))


@on("RENAME")
def rename(core: Core, msg: Message) -> None:
    """RENAME <channel> <name> :<reason>

    Spec: https://ircv3.net/specs/extensions/channel-rename
    """
    room, new = core.chat.find(msg.param(0)), plain(msg.param(1))
    if room is None or not is_name(new) or not core.session.is_channel(new):
        return
    other = core.chat.find(new)
    if other is not None and other is not room:
        if other.joined:
            return  # no server has two rooms of one name
        core.remove_room(other)
    core.rename_room(room, new)
    for line in happenings.room_renamed(core, room, msg):
        core.journal.add(room, line)


@on(n.RPL_KNOCK)
def knock(core: Core, msg: Message) -> None:
    """710 <nick> <channel> <source> :has asked for an invite. (<text>)

    Spec: https://defs.ircdocs.horse/defs/numerics#rpl-knock-710
    """
    room, nick = core.chat.find(msg.param(1)), named(split_source(msg.param(2)).nick)
    why = words.said(msg).partition("(")[2].removesuffix(")")
    core.note(room or core.chat.focus, "invite", words.knocked(nick, plain(msg.param(1)), why), nick, msg)


@on("MARKREAD")
def markread(core: Core, msg: Message) -> None:
    """MARKREAD <target> timestamp=<time>, or ``*`` where nothing was read there

    Spec: https://ircv3.net/specs/extensions/read-marker
    """
    core.markers.received(msg.param(0), msg.param(1))


@on("INVITE")
def invite(core: Core, msg: Message) -> None:
    """INVITE <nick> <channel>

    Spec: https://modern.ircdocs.horse/#invite-message
    """
    by, nick, channel = sender(msg), named(msg.param(0)), plain(msg.param(1))
    me = core.is_me(nick)
    room = core.chat.focus if me else core.chat.find(channel)
    if room is not None:
        core.note(room, "invite", words.invited(by, nick, channel, me=me), by, msg)


@on(n.RPL_LISTSTART)
def liststart(core: Core, _msg: Message) -> None:
    """321: the list of rooms begins."""
    core.session.listing.clear()


@on(n.RPL_LIST)
def list_row(core: Core, msg: Message) -> None:
    """322 <nick> <channel> <people> :<topic>

    Spec: https://modern.ircdocs.horse/#rpllist-322
    """
    people = msg.param(2)
    if len(core.session.listing) < MAX_LISTED and people.isascii() and people.isdecimal() and len(people) < 10:
        core.session.listing.append(ListedRoom(plain(msg.param(1)), int(people), plain(msg.param(3))))


@on(n.RPL_LISTEND)
def listend(core: Core, _msg: Message) -> None:
    """323: the list is complete: show it, the largest room first."""
    rooms = sorted(core.session.listing, key=lambda room: (-room.people, room.name))
    core.session.listing.clear()
    core.emit(events.RoomListed(core.chat, tuple(rooms)))
    for room in rooms[:MAX_SHOWN]:
        core.tell(words.listed(room.name, room.people, room.topic))
    core.tell(words.listed_in_all(len(rooms), MAX_SHOWN))
