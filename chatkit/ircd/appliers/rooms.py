"""Rooms: who is in them, and what is set there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatkit.ircd import invitations, registrations
from chatkit.ircd.appliers.tell import channel_of, note, sessions_of, tell, user_of
from chatkit.ircd.apply import applies
from chatkit.ircd.events import (
    Cause,
    ChannelRenamed,
    Invited,
    Joined,
    Kicked,
    Knocked,
    Parted,
    RoomCleared,
    TopicChanged,
)
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Channel, Member, Topic, User
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.modes import RANKS
from chatkit.store.records import RoomFate, TargetRenamed

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(Joined)
def joined(ircd: Ircd, event: Joined, origin: Context | None) -> None:
    user, key = user_of(ircd, event), casefold(event.channel)
    channel = ircd.channels.get(key) or open_room(ircd, event.channel, event.seq)
    is_hidden = "u" in channel.flags and not event.modes
    before = channel.audience()
    channel.admit(user, Member(event.modes, event.seq, hidden=is_hidden))
    ircd.turn.grown(before, channel.audience(), user.sessions)
    user.channels[key] = channel
    user.invites.pop(key, None)
    note(ircd, event, channel, "JOIN", f"{channel.name} {event.by.account or '*'} :{user.real}")
    tell(ircd, channel.audience_of(user), join_frame(channel, user, event.by), origin)
    if (event.modes or user.away is not None) and len(channel.members) > 1:
        _tell_more(ircd, event, channel, user)


def _tell_more(ircd: Ircd, event: Joined, channel: Channel, user: User) -> None:
    """Tell the others of the prefix that ``user`` comes in with, which it sees itself among the names; and of AWAY."""
    others = Audience(sessions_of(member for member in channel.witnesses(user) if member is not user))
    if event.modes:
        nicks = " ".join([user.nick] * len(event.modes))
        by = Cause(ircd.sequence.next(event.seq), ircd.name)
        ircd.turn.broadcast(others, Frame(f":{ircd.name} MODE {channel.name} +{event.modes} {nicks}", by))
    if user.away is not None:
        line = f":{event.source} AWAY :{user.away}"
        ircd.turn.broadcast(others, Frame(line, ircd.besides(event.by), needs=cap.AWAY_NOTIFY))


def join_frame(channel: Channel, user: User, by: Cause) -> Frame:
    """JOIN, in both forms."""
    plain = f":{by.source} JOIN {channel.name}"
    return Frame(f"{plain} {by.account or '*'} :{user.real}", by, needs=cap.EXTENDED_JOIN, instead=plain)


def open_room(ircd: Ircd, name: str, seq: int) -> Channel:
    """A room called ``name``, which nobody is in yet, begins with the event ``seq``; a registered one goes on."""
    key = casefold(name)
    channel = registrations.find_room(ircd, key)
    if channel is None:
        channel = Channel(name, seq // 1_000_000)
        channel.flags = ircd.flags_of_new(key)
    channel.archived = ircd.bans.on_room(key, "mute") is not None
    ircd.channels[key] = channel
    return channel


def leave(ircd: Ircd, channel: Channel, user: User) -> None:
    """Take ``user`` out of ``channel``, which ends when nobody is left in it, unless it is registered."""
    channel.dismiss(user)
    del user.channels[channel.id]
    if not channel.members:
        _end(ircd, channel)


def _end(ircd: Ircd, channel: Channel) -> None:
    """Nobody is in ``channel`` any more."""
    del ircd.channels[channel.id]
    if channel.is_closed and channel.registration is None:
        note_fate(ircd, channel, "ended")


def note_fate(ircd: Ircd, channel: Channel, kind: Literal["closed", "open", "ended"]) -> None:
    """Have the store keep what becomes of the history of ``channel``."""
    ircd.note(RoomFate(channel.id, kind))


@applies(Parted)
def parted(ircd: Ircd, event: Parted, origin: Context | None) -> None:
    user, channel = user_of(ircd, event), channel_of(ircd, event.channel)
    rest = channel.name + (f" :{event.reason}" if event.reason else "")
    note(ircd, event, channel, "PART", rest)
    tell(ircd, channel.audience_of(user), Frame(f":{event.source} PART {rest}", event.by), origin)
    leave(ircd, channel, user)


@applies(Kicked)
def kicked(ircd: Ircd, event: Kicked, origin: Context | None) -> None:
    channel, victim = channel_of(ircd, event.channel), ircd.users[casefold(event.nick)]
    rest = f"{channel.name} {victim.nick} :{event.reason}"
    note(ircd, event, channel, "KICK", rest)
    tell(ircd, channel.audience_of(victim), Frame(f":{event.source} KICK {rest}", event.by), origin)
    leave(ircd, channel, victim)


@applies(RoomCleared)
def room_cleared(ircd: Ircd, event: RoomCleared, origin: Context | None) -> None:
    """All go at the same time, so each is told of its own KICK alone: that costs members, not their square."""
    channel = channel_of(ircd, event.channel)
    members = list(channel.members)
    channel.members.clear()
    channel.members_changed()
    for user in members:
        kick = Kicked(ircd.besides(event.by), channel.name, user.nick, event.reason)
        rest = f"{channel.name} {user.nick} :{event.reason}"
        note(ircd, kick, channel, "KICK", rest)
        ircd.turn.broadcast(Audience(user.sessions), Frame(f":{event.source} KICK {rest}", kick.by))
        del user.channels[channel.id]
        ircd.presences.touch(user)
    ircd.presences.touched_rooms[channel.id] = None
    _end(ircd, channel)


@applies(TopicChanged)
def topic_changed(ircd: Ircd, event: TopicChanged, origin: Context | None) -> None:
    channel = channel_of(ircd, event.channel)
    channel.topic = Topic(event.text, event.source, event.seq // 1_000_000) if event.text else None
    rest = f"{channel.name} :{event.text}"
    note(ircd, event, channel, "TOPIC", rest)
    tell(ircd, channel.audience(), Frame(f":{event.source} TOPIC {rest}", event.by), origin)


@applies(ChannelRenamed)
def channel_renamed(ircd: Ircd, event: ChannelRenamed, origin: Context | None) -> None:
    """Its members stay in it. Clients that do not know RENAME are the handler's part: see ``handlers.rename``."""
    channel = channel_of(ircd, event.channel)
    old, new = channel.id, casefold(event.name)
    frame = Frame(
        f":{event.source} RENAME {channel.name} {event.name} :{event.reason}", event.by, needs=cap.CHANNEL_RENAME
    )
    _move(ircd, channel, event.name)
    invitations.follow(ircd, old, event.name)
    if new != old:
        ircd.note(TargetRenamed(old, new))
    note(ircd, event, channel, "RENAME", f"{event.channel} {event.name} :{event.reason}")
    tell(ircd, channel.audience(), frame, origin)


def _move(ircd: Ircd, channel: Channel, name: str) -> None:
    old, new = channel.id, casefold(name)
    del ircd.channels[old]
    ircd.channels[new] = channel
    channel.name, channel.id = name, new
    channel.names_changed()
    for user in channel.members:
        user.channels = {room.id: room for room in user.channels.values()}
    for user in ircd.users.values():
        if user.invites.get(old) is channel:
            user.invites[new] = user.invites.pop(old)


@applies(Invited)
def invited(ircd: Ircd, event: Invited, origin: Context | None) -> None:
    user, channel = ircd.users[casefold(event.nick)], registrations.find_room(ircd, casefold(event.channel))
    assert channel is not None, "whoever invites has found it"
    if event.opens:
        # Rooms that are gone go here too, or whoever opens rooms and invites would fill the memory with them.
        user.invites = {key: room for key, room in user.invites.items() if _is_there(ircd, room)}
        user.invites[channel.id] = channel
    line = f":{event.source} INVITE {user.nick} {channel.name}"
    ircd.turn.broadcast(Audience(user.sessions), Frame(line, event.by))
    inviter = ircd.users.get(casefold(split_source(event.source).nick))
    keepers = (keeper for keeper, member in channel.members.items() if member.is_halfop and keeper is not inviter)
    ircd.turn.broadcast(Audience(sessions_of(keepers)), Frame(line, event.by, needs=cap.INVITE_NOTIFY))


def _is_there(ircd: Ircd, channel: Channel) -> bool:
    found = registrations.find_room(ircd, channel.id)
    return found is channel or (found is not None and found.is_same_registered(channel))


@applies(Knocked)
def knocked(ircd: Ircd, event: Knocked, origin: Context | None) -> None:
    channel = channel_of(ircd, event.channel)
    # The room stands in the place of the nick, as those who may open it are told all at once.
    line = f":{ircd.name} {n.RPL_KNOCK} {channel.name} {channel.name} {event.source} :{n.TEXTS[n.RPL_KNOCK]}"
    said = f" ({event.text})" if event.text else ""
    ircd.turn.broadcast(channel.audience_from(RANKS["h"]), Frame(line + said, Cause(event.seq, ircd.name)))
