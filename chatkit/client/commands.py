"""Slash commands: a table of rows, each with its help and one function.

``/word rest`` runs one; ``//text`` says ``/text``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import words
from chatkit.client.model import Room
from chatkit.proto.message import ParseError, parse

if TYPE_CHECKING:
    from chatkit.client.core import Core


class Misuse(Exception):
    """A command can't be carried out as typed. Its text is a sentence for the one who typed it."""


class Typed(msgspec.Struct, frozen=True):
    """A command as it was typed: in which room, and what stands behind the word."""

    room: Room
    rest: str

    @property
    def words(self) -> list[str]:
        """``rest``, word by word."""
        return self.rest.split()


Function = Callable[["Core", Typed], None]


class Command(msgspec.Struct, frozen=True):
    """A row of the table."""

    name: str
    usage: str  # what stands behind the name; in brackets what may be left out
    help: str
    function: Function
    aliases: tuple[str, ...] = ()
    needs_connection: bool = True


COMMANDS: dict[str, Command] = {}  # by name
ALIASES: dict[str, Command] = {}  # by name and alias


def command(
    name: str,
    usage: str,
    what: str,
    *aliases: str,
    needs_connection: bool = True,
) -> Callable[[Function], Function]:
    """Add the function to the table."""

    def add(function: Function) -> Function:
        row = Command(name, usage, what, function, aliases, needs_connection)
        COMMANDS[name] = row
        ALIASES.update(dict.fromkeys((name, *aliases), row))
        return function

    return add


def is_command(text: str) -> bool:
    """Whether ``text`` is a command rather than talk."""
    return text.startswith("/") and not text.startswith("//") and len(text) > 1


def run(core: Core, room: Room, text: str) -> None:
    """Carry out what was typed into ``room``. What is wrong with it is said there."""
    name, _, rest = text[1:].replace("\n", " ").partition(" ")
    try:
        row = ALIASES.get(name.lower())
        if row is None:
            raise Misuse(words.unknown_command(name, nearest(name)))
        if row.needs_connection and not core.session.registered:
            raise Misuse(words.NOT_CONNECTED)
        row.function(core, Typed(room, rest.strip()))
    except Misuse as misuse:
        core.note(room, "error", str(misuse))
    except ValueError:  # it would not make a line
        core.note(room, "error", usage_of(ALIASES[name.lower()]))


def nearest(name: str) -> str | None:
    """The command that somebody may have meant."""
    return next(iter(difflib.get_close_matches(name.lower(), ALIASES, 1)), None)


def usage_of(row: Command) -> str:
    """How to write a command."""
    return f"Write it as: /{row.name} {row.usage}".rstrip()


def _need(typed: Typed, count: int, name: str) -> list[str]:
    """The first words; the last of ``count`` takes the rest. Fewer than that is a misuse."""
    parts = typed.rest.split(maxsplit=count - 1)
    if len(parts) < count:
        raise Misuse(usage_of(COMMANDS[name]))
    return parts


def _channel(core: Core, name: str) -> str:
    return name if core.session.is_channel(name) else "#" + name


def _split_channel(core: Core, typed: Typed) -> tuple[str, str]:
    """The channel that a command is about, named first or else the room it was typed in, and the rest."""
    first, _, rest = typed.rest.partition(" ")
    if core.session.is_channel(first):
        return first, rest.strip()
    if typed.room.kind != "channel":
        raise Misuse("Which room? Write its name first: #room")
    return typed.room.name, typed.rest


@command("join", "#ROOM [KEY]", "enter a room, or make it", "j", needs_connection=False)
def join(core: Core, typed: Typed) -> None:
    """JOIN <channel> [<key>]"""
    name, *key = _need(typed, 1, "join")[0].split()
    room = core.chat.find(_channel(core, name))
    if room is not None and room.joined:
        core.set_focus(room)
    else:
        core.join(_channel(core, name), *key[:1])


@command("part", "[#ROOM] [REASON]", "leave a room, or close a direct talk", "leave", "close", needs_connection=False)
def part(core: Core, typed: Typed) -> None:
    """PART <channel> [<reason>]"""
    if typed.room.is_direct and not core.session.is_channel(typed.rest):
        core.leave(typed.room)
        return
    name, reason = _split_channel(core, typed)
    room = core.chat.find(name)
    if room is None:
        raise Misuse(words.sentence(words.not_in(name)))
    core.leave(room, reason)


@command("msg", "NAME TEXT", "say something to one person, or to a room", "m", "tell", "w", needs_connection=False)
def msg(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> <text>"""
    target, text = _need(typed, 2, "msg")
    is_new = core.chat.find(target) is None
    room = _talk_with(core, target)
    core.outbox.say(room, text)
    if is_new:
        core.note(typed.room, "info", words.talk_opened(room.name))


@command("query", "NAME [TEXT]", "open a direct talk with someone", "q", "dm", needs_connection=False)
def query(core: Core, typed: Typed) -> None:
    """Open the talk, and say something where there is something to say."""
    target, *text = _need(typed, 1, "query")[0].split(maxsplit=1)
    core.set_focus(_talk_with(core, target))
    if text:
        core.outbox.say(core.chat.focus, text[0])


def _talk_with(core: Core, target: str) -> Room:
    if not core.session.is_channel(target):
        return core.open_direct(target)
    room = core.chat.find(target)
    if room is None or not room.joined:
        raise Misuse(words.not_there(target))
    return room


@command("nick", "NAME", "be called something else", "name", needs_connection=False)
def nick(core: Core, typed: Typed) -> None:
    """NICK <nick>"""
    core.naming.choose(_need(typed, 1, "nick")[0])


@command("me", "TEXT", "say what you do: '/me waves' shows as '* Alice waves'", needs_connection=False)
def me(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> with CTCP ACTION"""
    if typed.room.kind == "server":
        raise Misuse(words.SERVER_ROOM)
    core.outbox.say(typed.room, _need(typed, 1, "me")[0], "action")


@command("notice", "NAME TEXT", "say something that no program answers")
def notice(core: Core, typed: Typed) -> None:
    """NOTICE <target> <text>"""
    target, text = _need(typed, 2, "notice")
    core.outbox.say(_talk_with(core, target), text, "notice")


@command("topic", "[#ROOM] [TEXT]", "show the topic of a room, or set it")
def topic(core: Core, typed: Typed) -> None:
    """TOPIC <channel> [<topic>]"""
    name, text = _split_channel(core, typed)
    if text:
        core.send("TOPIC", name, text)
    elif (room := core.chat.find(name)) is not None:
        core.note(typed.room, "info", words.topic_is(room.name, room.topic))
    else:
        core.send("TOPIC", name)


@command("who", "[NAME]", "who is in this room, or who somebody is", "names", "people")
def who(core: Core, typed: Typed) -> None:
    """The people that the model knows; NAMES <channel> for another room, WHOIS <nick> for a person."""
    name = typed.rest or typed.room.name
    room = core.chat.find(name)
    if room is not None and room.kind == "channel" and room.joined:
        people = [person.prefix[:1] + person.nick + (" (away)" if person.away else "") for person in room.people]
        core.note(typed.room, "info", words.people_here(room.name, people))
    elif core.session.is_channel(name):
        core.send("NAMES", name)
    elif typed.rest or typed.room.is_direct:
        core.send("WHOIS", name)
    else:
        raise Misuse(words.SERVER_ROOM)


@command("whois", "NAME", "who somebody is")
def whois(core: Core, typed: Typed) -> None:
    """WHOIS <nick>"""
    core.send("WHOIS", _need(typed, 1, "whois")[0])


@command("list", "[PATTERN]", "the rooms of this server, with how many people are in each", "rooms")
def list_(core: Core, typed: Typed) -> None:
    """LIST [<masks>]"""
    core.send("LIST", *typed.words[:1])


@command("away", "[WHY]", "tell people that you are away")
def away(core: Core, typed: Typed) -> None:
    """AWAY <message>"""
    core.send("AWAY", typed.rest or "away")


@command("back", "", "tell people that you are back")
def back(core: Core, _typed: Typed) -> None:
    """AWAY"""
    core.send("AWAY")


@command("kick", "[#ROOM] NAME [REASON]", "remove somebody from a room", "remove")
def kick(core: Core, typed: Typed) -> None:
    """KICK <channel> <nick> [<reason>]"""
    channel, rest = _split_channel(core, typed)
    core.send("KICK", channel, *_need(Typed(typed.room, rest), 1, "kick")[0].split(maxsplit=1))


@command("ban", "[#ROOM] NAME", "keep somebody out of a room; without a name: who is")
def ban(core: Core, typed: Typed) -> None:
    """MODE <channel> +b [<mask>]"""
    channel, mask = _split_channel(core, typed)
    core.send("MODE", channel, "+b", *mask.split()[:1])


@command("unban", "[#ROOM] NAME", "let somebody in again")
def unban(core: Core, typed: Typed) -> None:
    """MODE <channel> -b <mask>"""
    channel, mask = _split_channel(core, typed)
    core.send("MODE", channel, "-b", *_need(Typed(typed.room, mask), 1, "unban"))


@command("invite", "NAME [#ROOM]", "ask somebody into a room")
def invite(core: Core, typed: Typed) -> None:
    """INVITE <nick> <channel>"""
    nick, *rest = _need(typed, 1, "invite")[0].split()
    channel, _ = _split_channel(core, Typed(typed.room, " ".join(rest)))
    core.send("INVITE", nick, channel)


@command("mode", "[#ROOM] [CHANGES]", "show or change the settings of a room")
def mode(core: Core, typed: Typed) -> None:
    """MODE <channel> [<changes>]"""
    channel, changes = _split_channel(core, typed)
    core.send("MODE", channel, *changes.split())


@command("raw", "LINE", "send a line of the protocol, as it is", "quote")
def raw(core: Core, typed: Typed) -> None:
    """The line itself."""
    try:
        line = parse(_need(typed, 1, "raw")[0])
    except ParseError as error:
        raise Misuse(usage_of(COMMANDS["raw"])) from error
    core.send(line.command, *line.params, tags=line.tags)


@command("retry", "", "send your last message again that was not sent", needs_connection=False)
def retry(core: Core, typed: Typed) -> None:
    """Of the room where it was typed."""
    line_id = core.outbox.last_failed(typed.room)
    if line_id is None:
        raise Misuse("Nothing here has failed to be sent.")
    core.outbox.retry(line_id)


@command("older", "", "show what was said before", "history")
def older(core: Core, typed: Typed) -> None:
    """CHATHISTORY BEFORE"""
    if not core.load_older(typed.room):
        raise Misuse("There is nothing older here.")


@command("reconnect", "", "try again now to reach the server", needs_connection=False)
def reconnect(core: Core, _typed: Typed) -> None:
    """Where there is a connection, nothing happens."""
    core.reconnect()


@command("quit", "[REASON]", "leave", "exit", "bye", needs_connection=False)
def quit_(core: Core, typed: Typed) -> None:
    """QUIT [<reason>]"""
    core.quit(typed.rest)


@command("help", "[COMMAND]", "what you can do here", "h", "?", needs_connection=False)
def help_(core: Core, typed: Typed) -> None:
    """All commands, or one of them."""
    name = typed.rest.lstrip("/").lower()
    if name and name not in ALIASES:
        raise Misuse(words.unknown_command(name, nearest(name)))
    for row in [ALIASES[name]] if name else COMMANDS.values():
        core.note(typed.room, "info", f"{describe(row)}: {row.help}")


def describe(row: Command) -> str:
    """A command with what stands behind it, and its other names."""
    others = f" (or {', '.join('/' + alias for alias in row.aliases)})" if row.aliases else ""
    return f"/{row.name} {row.usage}".rstrip() + others


NAMES = tuple(COMMANDS)  # for completion
