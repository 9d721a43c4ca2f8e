"""Commands about rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.commands.table import (
    NICK,
    ROOM,
    TEXT,
    Misuse,
    Typed,
    channel_name,
    choice,
    command,
    need,
    remark,
    say,
    split_channel,
)

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub
    from chatkit.client.model import AlertLevel

ALERT_LEVELS: tuple[AlertLevel, ...] = ("all", "mentions", "none")


@command("join", "#ROOM [KEY]", "enter a room, or make it", "j", needs_connection=False, args=(ROOM,))
def join(core: Core, typed: Typed) -> None:
    """JOIN <channel> [<key>]"""
    name, *key = need(typed, 1, "join")[0].split()
    room = core.chat.find(channel_name(core, name))
    if room is not None and room.joined:
        core.set_focus(room)
    else:
        core.join(channel_name(core, name), *key[:1])


@command(
    "part", "[#ROOM] [REASON]", "leave a room, or close a direct talk", "leave", "close",
    needs_connection=False, args=(TEXT,),
)  # fmt: skip
def part(core: Core, typed: Typed) -> None:
    """PART <channel> [<reason>]"""
    if typed.room.is_direct and not core.session.is_channel(typed.rest):
        core.leave(typed.room)
        return
    name, reason = split_channel(core, typed)
    room = core.chat.find(name)
    if room is None:
        raise Misuse(words.sentence(words.not_in(name)))
    core.leave(room, reason)


@command("topic", "[#ROOM] [TEXT]", "show the topic of a room, or set it; - takes it away", args=(TEXT,))
def topic(core: Core, typed: Typed) -> None:
    """TOPIC <channel> [<topic>]"""
    name, text = split_channel(core, typed)
    if text:
        core.send("TOPIC", name, "" if text == "-" else text)
    elif (room := core.chat.find(name)) is not None:
        core.note(typed.room, "info", words.topic_is(room.name, room.topic))
    else:
        core.send("TOPIC", name)


@command("list", "[PATTERN]", "the rooms of this server, with how many people are in each", "rooms")
def list_(core: Core, typed: Typed) -> None:
    """LIST [<masks>]"""
    core.send("LIST", *typed.words[:1])


@command("kick", "[#ROOM] NAME [REASON]", "remove somebody from a room", "remove", args=(NICK, TEXT))
def kick(core: Core, typed: Typed) -> None:
    """KICK <channel> <nick> [<reason>]"""
    channel, rest = split_channel(core, typed)
    core.send("KICK", channel, *need(Typed(typed.room, rest), 1, "kick")[0].split(maxsplit=1))


@command("ban", "[#ROOM] NAME", "keep somebody out of a room; without a name: who is", args=(NICK,))
def ban(core: Core, typed: Typed) -> None:
    """MODE <channel> +b [<mask>]"""
    channel, mask = split_channel(core, typed)
    core.send("MODE", channel, "+b", *mask.split()[:1])


@command("unban", "[#ROOM] NAME", "let somebody in again", args=(NICK,))
def unban(core: Core, typed: Typed) -> None:
    """MODE <channel> -b <mask>"""
    _change_member(core, typed, "-b", "unban")


@command("op", "[#ROOM] NAME", "let somebody run a room with you", args=(NICK,))
def op(core: Core, typed: Typed) -> None:
    """MODE <channel> +o <nick>"""
    _change_member(core, typed, "+o", "op")


@command("deop", "[#ROOM] NAME", "let somebody run the room no longer", args=(NICK,))
def deop(core: Core, typed: Typed) -> None:
    """MODE <channel> -o <nick>"""
    _change_member(core, typed, "-o", "deop")


@command("voice", "[#ROOM] NAME", "let somebody talk in a room where only some may", args=(NICK,))
def voice(core: Core, typed: Typed) -> None:
    """MODE <channel> +v <nick>"""
    _change_member(core, typed, "+v", "voice")


@command("devoice", "[#ROOM] NAME", "let somebody talk only where everybody may", args=(NICK,))
def devoice(core: Core, typed: Typed) -> None:
    """MODE <channel> -v <nick>"""
    _change_member(core, typed, "-v", "devoice")


def _change_member(core: Core, typed: Typed, change: str, name: str) -> None:
    channel, who = split_channel(core, typed)
    core.send("MODE", channel, change, need(Typed(typed.room, who), 1, name)[0].split()[0])


@command("invite", "NAME [#ROOM]", "ask somebody into a room", args=(NICK, ROOM))
def invite(core: Core, typed: Typed) -> None:
    """INVITE <nick> <channel>"""
    nick, *rest = need(typed, 1, "invite")[0].split()
    channel, _ = split_channel(core, Typed(typed.room, " ".join(rest)))
    core.send("INVITE", nick, channel)


@command("mode", "[#ROOM] [CHANGES]", "show or change the settings of a room", args=(TEXT,))
def mode(core: Core, typed: Typed) -> None:
    """MODE <channel> [<changes>]"""
    channel, changes = split_channel(core, typed)
    core.send("MODE", channel, *changes.split())


@command(
    "markread", "[all]", "take all here, or everywhere, as read", "read", needs_connection=False, args=(choice("all"),)
)
def markread(core: Core, typed: Typed) -> None:
    """MARKREAD, where the server has it."""
    for room in core.chat.rooms if typed.rest.lower() == "all" else [typed.room]:
        core.journal.mark_read(room)


@command(
    "notify", "[all|mentions|none]", "what of this room you want to be told", of_hub=True, args=(choice(*ALERT_LEVELS),)
)
def notify(hub: Hub, typed: Typed) -> None:
    """A setting of the room."""
    room, level = typed.room, typed.rest.lower()
    if not level:
        say(hub, room, words.ALERT_LEVELS[room.alerts])
    elif level not in ALERT_LEVELS:
        raise Misuse("Write it as: /notify all, /notify mentions or /notify none")
    else:
        hub.set_alerts(room, next(known for known in ALERT_LEVELS if known == level))
        remark(hub, room, words.ALERT_LEVELS[level])


@command("pin", "[no]", "let this room stand first in the list, or not", of_hub=True, args=(choice("no"),))
def pin(hub: Hub, typed: Typed) -> None:
    """A setting of the room."""
    hub.pin(typed.room, pinned=typed.rest.lower() not in ("no", "off"))


@command("clear", "", "take what is on the screen off it; /older brings it back", needs_connection=False)
def clear(core: Core, typed: Typed) -> None:
    """Only here: nobody else notices."""
    core.journal.clear(typed.room)
