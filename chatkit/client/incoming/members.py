"""Who is where: coming, going, names, status and absence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatkit.client import events, happenings, words
from chatkit.client.incoming.table import on
from chatkit.client.model import MAX_PEOPLE, MAX_ROOMS, Line, Person, Room
from chatkit.client.talk import is_name, sender
from chatkit.proto import modes
from chatkit.proto import numerics as n
from chatkit.proto.formatting import named, plain
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

NO_STYLES = "c"  # the mode of a room in which nobody uses colours
NOBODY = "*"  # as the name of an account


@on("JOIN")
def join(core: Core, msg: Message) -> None:
    """JOIN <channel> [<account> :<real name>]

    Specs: https://modern.ircdocs.horse/#join-message and https://ircv3.net/specs/extensions/extended-join
    """
    nick, channel = sender(msg), plain(msg.param(0))
    if not is_name(channel) or not is_name(nick):
        return
    room = core.chat.find(channel)
    if core.is_me(nick):
        if room is not None or not core.chat.is_full:
            _enter(core, msg, channel)
    elif room is not None:
        _put(core, room, Person(nick, account=_account(msg.param(1))))
        _note(core, room, happenings.joined(core, room, msg))


def _enter(core: Core, msg: Message, channel: str) -> None:
    core.session.source = msg.source or ""
    room = core.entry.joined(channel)
    core.history.enter(room)
    if "away-notify" in core.session.enabled and not core.options.quiet:
        core.send("WHO", room.name)  # away-notify tells only what changes


@on("PART")
def part(core: Core, msg: Message) -> None:
    """PART <channel> [<reason>]

    Spec: https://modern.ircdocs.horse/#part-message
    """
    nick, room = sender(msg), core.chat.find(msg.param(0))
    if room is None:
        return
    if core.is_me(nick):
        core.remove_room(room)
    elif _take(core, room, nick) is not None:
        _note(core, room, happenings.parted(core, room, msg))


@on("QUIT")
def quit_(core: Core, msg: Message) -> None:
    """QUIT [<reason>]

    Spec: https://modern.ircdocs.horse/#quit-message
    """
    nick = sender(msg)
    if core.is_me(nick):  # the connection ends next, and that is what will be told
        return
    for room in core.chat.rooms:
        if _take(core, room, nick) is not None or _is_with(room, nick):
            _note(core, room, happenings.quit_(core, room, msg))
    core.naming.freed(nick)


@on("KICK")
def kick(core: Core, msg: Message) -> None:
    """KICK <channel> <nick> [<reason>]

    Spec: https://modern.ircdocs.horse/#kick-message
    """
    nick, room = named(msg.param(1)), core.chat.find(msg.param(0))
    if room is None:
        return
    _take(core, room, nick)
    _note(core, room, happenings.kicked(core, room, msg))
    if core.is_me(nick):
        core.entry.not_joined(room.name, words.not_in(room.name))


@on("NICK")
def nick(core: Core, msg: Message) -> None:
    """NICK <new nick>

    Spec: https://modern.ircdocs.horse/#nick-message
    """
    old, new = sender(msg), named(msg.param(0))
    if not is_name(new):
        return
    if core.is_me(old):
        core.naming.changed(new)
    for room in core.chat.rooms:
        person = _take(core, room, old)
        if person is not None:
            _put(core, room, replace(person, nick=new))
        if person is not None or _is_with(room, old):
            _note(core, room, happenings.renamed(core, room, msg))
    _rename_direct(core, old, new)
    core.naming.freed(old)


def _rename_direct(core: Core, old: str, new: str) -> None:
    room = core.chat.find(old)
    if room is not None and room.is_direct and core.chat.find(new) in (None, room):
        room.name = new
        core.emit(events.RoomRenamed(room, old))


@on("AWAY")
def away(core: Core, msg: Message) -> None:
    """AWAY [<message>]: somebody else's absence.

    Spec: https://ircv3.net/specs/extensions/away-notify
    """
    nick, reason = sender(msg), plain(msg.param(0))
    for room in core.chat.rooms:
        _set_away(core, room, nick, away=bool(reason))
        if _is_with(room, nick) and room.away != reason:
            set_absence(core, room, reason)
            core.note(room, "away", words.absence(nick, reason), nick, msg)


def set_absence(core: Core, room: Room, reason: str) -> None:
    """Why the other one of a direct talk is away; empty: isn't."""
    if room.is_direct and room.away != reason:
        room.away = reason
        core.emit(events.RoomChanged(room))


@on(n.RPL_NOWAWAY, n.RPL_UNAWAY)
def own_absence(core: Core, msg: Message) -> None:
    """306 <nick> :You have been marked as being away, 305 <nick> :You are no longer marked as being away

    Spec: https://modern.ircdocs.horse/#rplnowaway-306
    """
    core.chat.away = (core.session.absence or words.AWAY) if msg.command == n.RPL_NOWAWAY else ""
    core.emit(events.AbilitiesChanged(core.chat))
    core.tell(words.ANSWERS[msg.command])


@on("ACCOUNT")
def account(core: Core, msg: Message) -> None:
    """ACCOUNT <account>: somebody logged in, or, with ``*``, out.

    Spec: https://ircv3.net/specs/extensions/account-notify
    """
    nick, name = sender(msg), _account(msg.param(0))
    if core.is_me(nick):
        core.set_account(name)
    for room in core.chat.rooms:
        set_account(core, room, nick, name)


def set_account(core: Core, room: Room, nick: str, name: str) -> None:
    """As whom somebody is logged in."""
    person = room.person(nick)
    if person is not None and person.account != name:
        _put(core, room, replace(person, account=name))


@on("CHGHOST")
def chghost(core: Core, msg: Message) -> None:
    """CHGHOST <user> <host>: what of it concerns this client is how much room the own source takes in a line.

    Spec: https://ircv3.net/specs/extensions/chghost
    """
    if core.is_me(sender(msg)):
        core.session.source = f"{split_source(msg.source or '').nick}!{msg.param(0)}@{msg.param(1)}"


@on("MODE")
def mode(core: Core, msg: Message) -> None:
    """MODE <channel> <changes>

    Spec: https://modern.ircdocs.horse/#mode-message
    """
    room = core.chat.find(msg.param(0))
    if room is None:
        return
    changes, _ = modes.parse_changes(msg.params[1:], core.session.mode_types)
    for change in changes:
        if change.letter in core.session.prefixes:
            _set_prefix(core, room, change)
        elif change.letter == NO_STYLES:
            room.plain_only = change.adding
    _note(core, room, happenings.modes_set(core, room, msg))


@on(n.RPL_NAMREPLY)
def namreply(core: Core, msg: Message) -> None:
    """353 <nick> <symbol> <channel> :<names>

    Spec: https://modern.ircdocs.horse/#rplnamreply-353
    """
    names, key = core.session.names, core.chat.fold(msg.param(2))
    if key in names or len(names) < MAX_ROOMS:
        held = names.setdefault(key, [])
        held += msg.param(3).split()[: MAX_PEOPLE - len(held)]


@on(n.RPL_ENDOFNAMES)
def endofnames(core: Core, msg: Message) -> None:
    """366 <nick> <channel>: the names are complete."""
    names = core.session.names.pop(core.chat.fold(msg.param(1)), [])
    people = [Person(named(nick), prefix) for prefix, nick in map(core.session.split_prefix, names)]
    room = core.chat.find(msg.param(1))
    if room is None or not room.joined:
        core.tell(words.people_here(plain(msg.param(1)), [person.prefix[:1] + person.nick for person in people]))
        return
    before, room.members = room.members, {}
    for person in people:
        known = before.get(core.chat.fold(person.nick), person)
        _put(core, room, replace(person, away=known.away, account=known.account))
    core.emit(events.PeopleChanged(room))


@on(n.RPL_WHOREPLY)
def whoreply(core: Core, msg: Message) -> None:
    """352 <nick> <channel> <user> <host> <server> <who> <flags> :<hops> <name>: only whether they are away matters."""
    room = core.chat.find(msg.param(1))
    if room is not None:
        _set_away(core, room, named(msg.param(5)), away=msg.param(6).startswith("G"))


def _note(core: Core, room: Room, lines: Iterable[Line]) -> None:
    for line in lines:
        core.journal.add(room, line)


def _account(name: str) -> str:
    return "" if name == NOBODY else plain(name)


def _put(core: Core, room: Room, person: Person) -> None:
    key = core.chat.fold(person.nick)
    if key in room.members or len(room.members) < MAX_PEOPLE:
        room.members[key] = replace(person, rank=core.session.rank(person.prefix))
        room.forget_order()
        core.emit(events.PeopleChanged(room))


def _take(core: Core, room: Room, nick: str) -> Person | None:
    person = room.members.pop(core.chat.fold(nick), None)
    if person is not None:
        room.forget_order()
        core.typists.heard(room, nick)
        core.emit(events.PeopleChanged(room))
    return person


def _is_with(room: Room, nick: str) -> bool:
    return room.is_direct and room.key == room.chat.fold(nick)


def _set_away(core: Core, room: Room, nick: str, *, away: bool) -> None:
    person = room.person(nick)
    if person is not None and person.away is not away:
        _put(core, room, replace(person, away=away))


def _set_prefix(core: Core, room: Room, change: modes.ModeChange) -> None:
    person = room.person(named(split_source(change.arg or "").nick))
    if person is None:
        return
    symbol = core.session.prefixes[change.letter]
    held = set(person.prefix) - {symbol} | ({symbol} if change.adding else set())
    prefix = "".join(each for each in core.session.prefixes.values() if each in held)
    _put(core, room, replace(person, prefix=prefix))
