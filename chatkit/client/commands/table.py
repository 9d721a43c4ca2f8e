"""The table of commands, and how what was typed finds its row."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from chatkit.client import words
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub


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


ArgKind = Literal["room", "nick", "command", "setting", "value", "network", "emoji", "choice", "text"]


class Arg(msgspec.Struct, frozen=True):
    """What is to be typed behind a command: which words complete it."""

    kind: ArgKind
    choices: tuple[str, ...] = ()  # of "choice"


ROOM, NICK, EMOJI, TEXT, NETWORK = Arg("room"), Arg("nick"), Arg("emoji"), Arg("text"), Arg("network")


def choice(*words: str) -> Arg:
    """One of these."""
    return Arg("choice", words)


Function = Callable[[Any, Typed], None]  # gets the Core, or of those rows that say so the Hub
_F = TypeVar("_F", bound=Function)


class Command(msgspec.Struct, frozen=True):
    """A row of the table."""

    name: str
    usage: str  # what stands behind the name; in brackets what may be left out
    help: str
    function: Function
    aliases: tuple[str, ...] = ()
    needs_connection: bool = True
    of_hub: bool = False  # whether it is about all networks, or about the program
    args: tuple[Arg, ...] = ()  # of each word behind the name; a room in brackets that comes first is not among them

    @property
    def takes_room_first(self) -> bool:
        """Whether a room may be named before all other words."""
        return self.usage.startswith("[#ROOM] ")


COMMANDS: dict[str, Command] = {}  # by name
ALIASES: dict[str, Command] = {}  # by name and alias


def command(
    name: str,
    usage: str,
    what: str,
    *aliases: str,
    needs_connection: bool = True,
    of_hub: bool = False,
    args: tuple[Arg, ...] = (),
) -> Callable[[_F], _F]:
    """Add the function to the table."""

    def add(function: _F) -> _F:
        row = Command(name, usage, what, function, aliases, needs_connection and not of_hub, of_hub, args)
        if taken := ALIASES.keys() & {name, *aliases}:
            raise ValueError(f"two commands for {taken}")
        COMMANDS[name] = row
        ALIASES.update(dict.fromkeys((name, *aliases), row))
        return function

    return add


def is_command(text: str) -> bool:
    """Whether ``text`` is a command rather than talk."""
    return text.startswith("/") and not text.startswith("//") and len(text) > 1


def row_of(text: str) -> Command | None:
    """The row of the command that ``text`` begins with."""
    return ALIASES.get(_split(text)[0].lower()) if is_command(text) else None


def is_of_hub(text: str) -> bool:
    """Whether ``text`` is a command that ``run_for_hub`` carries out."""
    row = row_of(text)
    return row is not None and row.of_hub


def run(core: Core, room: Room, text: str) -> None:
    """Carry out what was typed into ``room``. What is wrong with it is said there."""
    name, rest = _split(text)
    row = ALIASES.get(name.lower())
    if row is None:
        core.note(room, "error", words.unknown_command(name, nearest(name)))
        return
    try:
        if row.of_hub:
            raise Misuse(words.NOT_HERE)
        if row.needs_connection and not core.session.registered:
            raise Misuse(words.NOT_CONNECTED)
        row.function(core, Typed(room, rest))
    except Misuse as misuse:
        core.note(room, "error", str(misuse))
    except ValueError:  # it would not make a line
        core.note(room, "error", usage_of(row))


def run_for_hub(hub: Hub, room: Room, text: str) -> None:
    """The same for a row that gets the Hub."""
    name, rest = _split(text)
    row = ALIASES[name.lower()]
    try:
        row.function(hub, Typed(room, rest))
    except Misuse as misuse:
        say(hub, room, str(misuse), error=True)
    except ValueError as error:  # a SettingError or AddressError is a sentence already
        say(hub, room, words.sentence(str(error)), error=True)


def say(hub: Hub, room: Room, text: str, *, error: bool = False) -> None:
    """Answer in ``room``."""
    hub.act(room.chat, lambda core: core.note(room, "error" if error else "info", text))


def remark(hub: Hub, room: Room, text: str) -> None:
    """Answer in ``room`` with what nobody needs for long."""
    hub.act(room.chat, lambda core: core.remarks.say(room, text))


def nearest(name: str) -> str | None:
    """The command that somebody may have meant."""
    return next(iter(difflib.get_close_matches(name.lower(), ALIASES, 1)), None)


def usage_of(row: Command) -> str:
    """How to write a command."""
    return f"Write it as: /{row.name} {row.usage}".rstrip()


def describe(row: Command) -> str:
    """A command with what stands behind it, and its other names."""
    others = f" (or {', '.join('/' + alias for alias in row.aliases)})" if row.aliases else ""
    return f"/{row.name} {row.usage}".rstrip() + others


# For the functions of the families.


def need(typed: Typed, count: int, name: str) -> list[str]:
    """The first words; the last of ``count`` takes the rest. Fewer than that is a misuse."""
    parts = typed.rest.split(maxsplit=count - 1)
    if len(parts) < count:
        raise Misuse(usage_of(COMMANDS[name]))
    return parts


def channel_name(core: Core, name: str) -> str:
    """``name`` as a channel's: people leave out the #."""
    return name if core.session.is_channel(name) else "#" + name


def split_channel(core: Core, typed: Typed) -> tuple[str, str]:
    """The channel that a command is about, named first or else the room it was typed in, and the rest."""
    first, _, rest = typed.rest.partition(" ")
    if core.session.is_channel(first):
        return first, rest.strip()
    if typed.room.kind != "channel":
        raise Misuse("Which room? Write its name first: #room")
    return typed.room.name, typed.rest


def _split(text: str) -> tuple[str, str]:
    name, _, rest = text[1:].replace("\n", " ").partition(" ")
    return name, rest.strip()
