"""Whether users are away, what they have read, and what outlives their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import markers
from chatkit.ircd.appliers.tell import around, channel_of, user_of
from chatkit.ircd.apply import applies, apply, follows
from chatkit.ircd.events import (
    Attached,
    AwayChanged,
    ChannelRegistered,
    ChannelRenamed,
    Detached,
    HostChanged,
    Joined,
    Kicked,
    LoggedIn,
    LoggedOut,
    MarkerMoved,
    MetadataChanged,
    ModesChanged,
    NickChanged,
    Parted,
    Quit,
    RealnameChanged,
    Registered,
    TopicChanged,
    UserModesChanged,
)
from chatkit.ircd.staging import CRLF, Frame
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User


@applies(AwayChanged)
def away_changed(ircd: Ircd, event: AwayChanged, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.away = event.message
    tell_away(ircd, event, user)


def tell_away(ircd: Ircd, event: AwayChanged | Registered, user: User) -> None:
    """Tell those who asked what ``user.away`` is since ``event``."""
    line = f":{user.source} AWAY" + (f" :{user.away}" if user.away is not None else "")
    ircd.turn.broadcast(around(ircd, user, itself=False), Frame(line, event.by, needs=cap.AWAY_NOTIFY))


@applies(MarkerMoved)
def marker_moved(ircd: Ircd, event: MarkerMoved, origin: Context | None) -> None:
    user = user_of(ircd, event)
    markers.move(ircd, user, event.target, event.time)
    shown = markers.shown(ircd, user, event.target)
    line = f":{ircd.name} {markers.line(shown, event.time)}".encode() + CRLF
    asking = origin.session if origin is not None else None
    for other in ircd.presences.users_of(user.listed) or [user]:
        for session in other.sessions:
            if session is not asking and session.has(cap.READ_MARKER):
                ircd.turn.send(session.link, line)


# What hangs on other events: whose account a user is listed under, and what of it is saved.


@follows(LoggedIn, LoggedOut)
def account_changed(ircd: Ircd, event: LoggedIn | LoggedOut, origin: Context | None) -> None:
    user = user_of(ircd, event)
    was_guest = not user.listed
    ircd.presences.enter(user)
    markers.share(ircd, user, was_guest=was_guest)
    if not user.sessions:  # nobody's user
        apply(ircd, Quit(event.by, "Logged out"))


@follows(Attached, AwayChanged, Detached, HostChanged, RealnameChanged, UserModesChanged)
def user_changed(
    ircd: Ircd,
    event: Attached | AwayChanged | Detached | HostChanged | RealnameChanged | UserModesChanged,
    origin: Context | None,
) -> None:
    ircd.presences.touch(user_of(ircd, event))


@follows(NickChanged)
def nick_changed(ircd: Ircd, event: NickChanged, origin: Context | None) -> None:
    ircd.presences.touch(ircd.users[casefold(event.nick)])


@follows(Joined, Parted, Kicked)
def membership_changed(ircd: Ircd, event: Joined | Parted | Kicked, origin: Context | None) -> None:
    user = ircd.users[casefold(event.nick)] if isinstance(event, Kicked) else user_of(ircd, event)
    if user.listed:
        ircd.presences.touch(user)
        ircd.presences.touched_rooms[casefold(event.channel)] = None


@follows(ModesChanged, TopicChanged, ChannelRegistered)
def room_changed(ircd: Ircd, event: ModesChanged | TopicChanged | ChannelRegistered, origin: Context | None) -> None:
    channel = ircd.channels.get(casefold(event.channel))
    if channel is None:  # nobody is in it
        return
    ircd.presences.touch_room(channel)
    for change in event.changes if isinstance(event, ModesChanged) else ():
        member = ircd.users.get(casefold(change.arg or ""))
        if member in channel.members:
            ircd.presences.touch(member)


@follows(MetadataChanged)
def metadata_changed(ircd: Ircd, event: MetadataChanged, origin: Context | None) -> None:
    channel = ircd.channels.get(casefold(event.target))
    if channel is not None:
        ircd.presences.touch_room(channel)


@follows(ChannelRenamed)
def room_renamed(ircd: Ircd, event: ChannelRenamed, origin: Context | None) -> None:
    channel = channel_of(ircd, event.name)
    ircd.presences.touched_rooms[casefold(event.channel)] = None
    ircd.presences.touch_room(channel)
    for user in channel.members:
        ircd.presences.touch(user)
        markers.rename(ircd, user, casefold(event.channel), channel.id)
