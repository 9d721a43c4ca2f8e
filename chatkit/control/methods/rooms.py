"""Looking at rooms, who owns them, and how much of their history is kept."""

from __future__ import annotations

from functools import partial

import msgspec

from chatkit.control import overview
from chatkit.control.finding import find_account, no_such_room, server_cause
from chatkit.control.overview import RoomRow
from chatkit.control.params.rooms import Room, RoomOwner, RoomRetention, Rooms
from chatkit.control.phrases import counted, one_line
from chatkit.control.plan import Actor, Changed, Plan, Undo, refused
from chatkit.control.runner import Desk, does, plans, reads
from chatkit.ircd import registrations
from chatkit.ircd.accounts import Account
from chatkit.ircd.apply import apply
from chatkit.ircd.ban_index import Effect, because
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import ChannelRegistered
from chatkit.ircd.handlers.modes import mode_words
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.registrations import Registration
from chatkit.ircd.state import Channel
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import RANKS
from chatkit.store.records import CountQuery, Retention, RetentionQuery


class RoomFacts(msgspec.Struct, frozen=True):
    """Everything known of a room. Times are in seconds since 1970; 0 and None stand for what there is not.

    ``keep_days`` and ``keep_messages`` are None where the settings decide, and 0 where everything is kept.
    """

    name: str
    users: tuple[str, ...] = ()  # with their prefixes
    created: int = 0
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    modes: str = ""
    bans: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    owner: str = ""
    access: tuple[str, ...] = ()  # "+o alice"
    history: str = ""  # "all", or "joined": whether members may read what was said before they came
    guard: bool | None = None
    closed: str | None = None  # why and until when
    archived: str | None = None  # likewise
    keep_days: int | None = None
    keep_messages: int | None = None
    messages: int = 0
    events: int = 0


# Looking.


@reads("rooms")
def rooms(desk: Desk, params: Rooms) -> list[RoomRow]:
    """Every room there is."""
    return desk.host.act(lambda ircd, now: overview.rooms(ircd))


@reads("room")
def room(desk: Desk, params: Room) -> RoomFacts:
    """All of one room, also where there is but its history. Refuses: no such room."""
    key = casefold(params.name)
    messages, events = desk.host.ask(CountQuery(key))
    kept: Retention = desk.host.ask(RetentionQuery(key))
    has_history = messages + events > 0
    facts = desk.host.act(lambda ircd, now: _facts(ircd, params.name, has_history))
    return msgspec.structs.replace(
        facts, messages=messages, events=events, keep_days=kept.days, keep_messages=kept.messages
    )


def _facts(ircd: Ircd, name: str, has_history: bool) -> RoomFacts:
    key = casefold(name)
    if not key.startswith(names.CHANNEL_TYPES):
        raise no_such_room(ircd, name)  # least of all the key of what two people say to each other
    channel = registrations.find_room(ircd, key)
    closed, archived = _why(ircd, key, "ban"), _why(ircd, key, "mute")
    if channel is None and not has_history and closed is None and archived is None:
        raise no_such_room(ircd, name)
    facts = RoomFacts(name) if channel is None else _of_channel(ircd, channel)
    return msgspec.structs.replace(facts, closed=closed, archived=archived)


def _why(ircd: Ircd, key: str, effect: Effect) -> str | None:
    ban = ircd.bans.on_room(key, effect)
    return None if ban is None else f"by {ban.who}{because(ban.reason, ban.until)}"


def _of_channel(ircd: Ircd, channel: Channel) -> RoomFacts:
    topic, registration = channel.topic, channel.registration
    lists = {letter: tuple(entry.mask for entry in entries.values()) for letter, entries in channel.lists.items()}
    ranked = sorted(channel.members.items(), key=lambda item: (-item[1].rank, casefold(item[0].nick)))
    return RoomFacts(
        name=channel.name,
        users=tuple(member.prefixes(every=True) + user.nick for user, member in ranked),
        created=channel.created,
        topic=topic.text if topic is not None else "",
        topic_by=topic.setter if topic is not None else "",
        topic_at=topic.set_at if topic is not None else 0,
        modes=" ".join(mode_words(channel, with_key=True)),
        bans=lists["b"],
        exceptions=lists["e"],
        invited=lists["I"],
        metadata=dict(channel.metadata),
        owner=_name_of(ircd, registration.founder) if registration is not None else "",
        access=_access(ircd, registration) if registration is not None else (),
        history=registration.history if registration is not None else "",
        guard=registration.guard if registration is not None else None,
    )


def _access(ircd: Ircd, registration: Registration) -> tuple[str, ...]:
    found = sorted(registration.access.items(), key=lambda item: -RANKS[item[1]])
    return tuple(f"+{letter} {_name_of(ircd, key)}" for key, letter in found)


def _name_of(ircd: Ircd, key: str) -> str:
    account = ircd.accounts.by_key.get(key)
    return account.name if account is not None else ""


# Owning.


@plans("room.owner")
def owner(ircd: Ircd, now: Moment, params: RoomOwner, actor: Actor) -> Plan:
    """Give a room to an account, or to nobody. Refuses: what no account may own, an account without its code."""
    if bool(params.account) is params.nobody:
        raise refused("name the account that is to own the room, or say --nobody")
    key = casefold(params.name)
    registration = ircd.registrations.get(key)
    if params.nobody:
        return _dispossess(ircd, now, key, params.name)
    account = find_account(ircd, params.account)
    if not account.verified:
        raise refused(f"the account {account.name} waits for its code")
    if registration is None:
        return _register(ircd, now, params.name, account)
    if registration.founder == account.key:
        raise refused(f"{registration.name} is {account.name}'s already")
    former = _name_of(ircd, registration.founder)
    undo = Undo("room.owner", {"name": registration.name, "account": former}) if former else None
    said = f"{registration.name} belongs to {account.name} now" + (f", and no more to {former}" if former else "")
    return Plan(said, (registration.name,), partial(_give, ircd, now, registration.name, account.key), undo)


def _register(ircd: Ircd, now: Moment, name: str, account: Account) -> Plan:
    channel = ircd.channels.get(casefold(name))
    prepared = channel.name if channel is not None else names.prepare_channel(name)
    if prepared is None:
        raise refused(f"no room can be called {one_line(name)!r}")
    if ircd.is_lobby(casefold(prepared)):
        raise refused(f"{prepared} is everybody's: the settings put everyone into it (rooms.autojoin)")
    alike = registrations.looks_like(ircd, prepared)
    if alike is not None:
        raise refused(f"the name looks like that of {alike.name}, which has an owner")
    undo = Undo("room.owner", {"name": prepared, "nobody": True})
    said = f"{prepared} belongs to {account.name} now"
    return Plan(said, (prepared,), partial(_give, ircd, now, prepared, account.key), undo)


def _dispossess(ircd: Ircd, now: Moment, key: str, name: str) -> Plan:
    registration = ircd.registrations.get(key)
    if registration is None:
        raise refused(f"nobody owns {one_line(name)}")
    former = _name_of(ircd, registration.founder)
    # With the registration goes who has access; and of a room that nobody is in, everything.
    is_all = key not in ircd.channels or registration.access or registration.guard or registration.history != "all"
    undo = None if is_all or not former else Undo("room.owner", {"name": registration.name, "account": former})
    said = f"{registration.name} belongs to nobody now"
    return Plan(said, (registration.name,), partial(_give, ircd, now, registration.name, None), undo, asks=True)


def _give(ircd: Ircd, now: Moment, name: str, key: str | None) -> None:
    apply(ircd, ChannelRegistered(server_cause(ircd, now), name, key))


# Keeping.


@does("room.retention")
def retention(desk: Desk, params: RoomRetention, actor: Actor) -> Changed:
    """Say how much of a room's history is kept. Refuses: no such room, nothing said."""
    if params.usual is not (params.days is None and params.messages is None):
        raise refused("say how much is kept by --days or --messages, or else --usual")
    key = casefold(params.name)
    messages, events = desk.host.ask(CountQuery(key))
    former: Retention = desk.host.ask(RetentionQuery(key))
    name = desk.host.act(lambda ircd, now: _facts(ircd, params.name, messages + events > 0).name)
    wanted = Retention(key, params.days, params.messages)
    if not params.dry_run:
        desk.host.act(lambda ircd, now: ircd.note(wanted))
    undo = Undo("room.retention", {"name": name, **_given(former)})
    return Changed(f"{name} keeps {_kept(wanted)}; it has {counted(messages, 'message')}", (name,), undo=undo)


def _given(retention: Retention) -> dict[str, int | None]:
    """The options that say it."""
    if retention.days is None and retention.messages is None:
        return {"usual": True}
    return {"days": retention.days, "messages": retention.messages}


def _kept(retention: Retention) -> str:
    """What is kept, for people."""
    if retention.days is None and retention.messages is None:
        return "as much as the settings say"
    parts = [
        f"the messages of {counted(retention.days, 'day')}" if retention.days else "",
        f"the newest {counted(retention.messages, 'message')}" if retention.messages else "",
    ]
    return ", and of these ".join(filter(None, parts)) or "everything"
