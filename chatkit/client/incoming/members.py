"""Who is where: coming, going, names, status and absence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.client import events, words
from chatkit.client.incoming.table import on
from chatkit.client.journal import changed
from chatkit.client.model import Kind, Line, Person, Room
from chatkit.client.talk import is_name, sender
from chatkit.proto import modes
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.formatting import plain
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

VISIT_MS = 10_000  # milliseconds that a short visit lasts at most
GONE = ("part", "quit")


@on("JOIN")
def join(core: Core, msg: Message) -> None:
    """JOIN <channel>

    Spec: https://modern.ircdocs.horse/#join-message
    """
    nick, channel = sender(msg), plain(msg.param(0))
    if not is_name(channel) or not is_name(nick):
        return
    if core.is_me(nick):
        _enter(core, msg, channel)
    elif (room := core.chat.find(channel)) is not None:
        _put(core, room, Person(nick))
        core.note(room, "join", words.joined(nick), nick, msg)


def _enter(core: Core, msg: Message, channel: str) -> None:
    core.session.source = msg.source or ""
    room = core.joined(channel)
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
        _note_gone(core, room, "part", plain(msg.param(1)), msg)


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
            _note_gone(core, room, "quit", plain(msg.param(0)), msg)
    core.naming.freed(nick)


@on("KICK")
def kick(core: Core, msg: Message) -> None:
    """KICK <channel> <nick> [<reason>]

    Spec: https://modern.ircdocs.horse/#kick-message
    """
    by, nick, room = sender(msg), plain(msg.param(1)), core.chat.find(msg.param(0))
    if room is None:
        return
    me = core.is_me(nick)
    _take(core, room, nick)
    text = words.removed(nick, by, plain(msg.param(2)), room.name, me=me)
    core.note(room, "kick", text, by, msg)
    if me:
        core.not_joined(room.name, words.not_in(room.name))


@on("NICK")
def nick(core: Core, msg: Message) -> None:
    """NICK <new nick>

    Spec: https://modern.ircdocs.horse/#nick-message
    """
    old, new = sender(msg), plain(msg.param(0))
    if not is_name(new):
        return
    me = core.is_me(old)
    if me:
        core.naming.changed(new)
    for room in core.chat.rooms:
        person = _take(core, room, old)
        if person is not None:
            _put(core, room, msgspec.structs.replace(person, nick=new))
        if person is not None or _is_with(room, old):
            core.note(room, "nick", words.renamed(old, new, me=me), new, msg)
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
    for room in core.chat.rooms:
        _set_away(core, room, sender(msg), away=bool(msg.param(0)))


@on("MODE")
def mode(core: Core, msg: Message) -> None:
    """MODE <channel> <changes>

    Spec: https://modern.ircdocs.horse/#mode-message
    """
    room = core.chat.find(msg.param(0))
    if room is None:
        return
    by = sender(msg)
    changes, _ = modes.parse_changes(msg.params[1:], core.session.mode_types)
    for number, change in enumerate(changes):
        if change.letter in core.session.prefixes:
            _set_prefix(core, room, change)
        line = core.make_line(room, "mode", words.mode_changed(by, change), by, msg)
        core.journal.add(room, line if number == 0 else changed(line, msgid=""))  # an id stands for one line


@on(n.RPL_NAMREPLY)
def namreply(core: Core, msg: Message) -> None:
    """353 <nick> <symbol> <channel> :<names>

    Spec: https://modern.ircdocs.horse/#rplnamreply-353
    """
    core.session.names.setdefault(casefold(msg.param(2)), []).extend(msg.param(3).split())


@on(n.RPL_ENDOFNAMES)
def endofnames(core: Core, msg: Message) -> None:
    """366 <nick> <channel>: the names are complete."""
    names = core.session.names.pop(casefold(msg.param(1)), [])
    people = [Person(plain(nick), prefix) for prefix, nick in map(core.session.split_prefix, names)]
    room = core.chat.find(msg.param(1))
    if room is None or not room.joined:
        core.tell(words.people_here(plain(msg.param(1)), [person.prefix[:1] + person.nick for person in people]))
        return
    before, room.members = room.members, {}
    for person in people:
        known = before.get(casefold(person.nick))
        _put(core, room, msgspec.structs.replace(person, away=known is not None and known.away))
    core.emit(events.PeopleChanged(room))


@on(n.RPL_WHOREPLY)
def whoreply(core: Core, msg: Message) -> None:
    """352 <nick> <channel> <user> <host> <server> <who> <flags> :<hops> <name>: only whether they are away matters."""
    room = core.chat.find(msg.param(1))
    if room is not None:
        _set_away(core, room, msg.param(5), away=msg.param(6).startswith("G"))


def _put(core: Core, room: Room, person: Person) -> None:
    rank = core.session.rank(person.prefix)
    room.members[casefold(person.nick)] = msgspec.structs.replace(person, rank=rank)
    room.forget_order()
    core.emit(events.PeopleChanged(room))


def _take(core: Core, room: Room, nick: str) -> Person | None:
    person = room.members.pop(casefold(nick), None)
    if person is not None:
        room.forget_order()
        core.emit(events.PeopleChanged(room))
    return person


def _note_gone(core: Core, room: Room, kind: Kind, reason: str, msg: Message) -> None:
    """A short visit in which nothing happened is one line, and so are several of them: scripts come and go."""
    nick = sender(msg)
    line = core.make_line(room, kind, words.left(nick, reason), nick, msg)
    before, last = [None, None, *room.lines][-2:]
    if core.journal.is_held(room) or last is None or not _is_visit(last, line):
        core.journal.add(room, line)
        return
    visit = changed(line, id=last.id, text=words.left(nick, reason, visit=True))
    if before is not None and before.kind in GONE and before.text == visit.text:
        core.journal.remove(room, before.id)
    core.journal.replace(room, visit)


def _is_visit(came: Line, went: Line) -> bool:
    same_nick = casefold(came.nick) == casefold(went.nick)
    return came.kind == "join" and same_nick and went.time_ms - came.time_ms <= VISIT_MS


def _is_with(room: Room, nick: str) -> bool:
    return room.is_direct and room.key == casefold(nick)


def _set_away(core: Core, room: Room, nick: str, *, away: bool) -> None:
    person = room.person(nick)
    if person is not None and person.away is not away:
        _put(core, room, msgspec.structs.replace(person, away=away))


def _set_prefix(core: Core, room: Room, change: modes.ModeChange) -> None:
    person = room.person(split_source(change.arg or "").nick)
    if person is None:
        return
    symbol = core.session.prefixes[change.letter]
    held = set(person.prefix) - {symbol} | ({symbol} if change.adding else set())
    prefix = "".join(each for each in core.session.prefixes.values() if each in held)
    _put(core, room, msgspec.structs.replace(person, prefix=prefix))
