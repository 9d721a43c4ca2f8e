"""Users: coming, going, and what changes about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd import away, enforcing, markers, monitors, quiet
from chatkit.ircd.appliers.presence import tell_away
from chatkit.ircd.appliers.rooms import join_frame, leave
from chatkit.ircd.appliers.tell import around, note, sessions_of, tell, user_of
from chatkit.ircd.apply import applies
from chatkit.ircd.events import (
    Attached,
    Cause,
    Connected,
    Detached,
    Event,
    HostChanged,
    NickChanged,
    Quit,
    RealnameChanged,
    Registered,
)
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(Connected)
def connected(ircd: Ircd, event: Event, origin: Context | None) -> None:
    """The log alone is told."""


@applies(Registered)
def registered(ircd: Ircd, event: Registered, origin: Context | None) -> None:
    assert origin is not None
    session, now = origin.session, origin.now
    key = session.account.key if session.account is not None else f"~{event.seq:x}"
    user = User(event.nick, key, session.account, now)
    user.username, user.host, user.real = session.username, session.host, session.real
    _give(ircd, user, session)
    user.away = away.message_of(user)
    ircd.users[casefold(event.nick)] = user
    ircd.max_users = max(ircd.max_users, len(ircd.users))
    ircd.presences.enter(user)
    markers.share(ircd, user, was_guest=True)
    monitors.online(ircd, user.nick, user.source, event.seq)
    if user.away is not None:
        tell_away(ircd, event, user)


@applies(Attached)
def attached(ircd: Ircd, event: Attached, origin: Context | None) -> None:
    assert origin is not None
    user = user_of(ircd, event)
    _give(ircd, user, origin.session)
    user.left = None
    _regroup(user)


def _give(ircd: Ircd, user: User, session: Session) -> None:
    if not user.sessions:
        user.address, user.cloak = session.address, session.cloak
    user.sessions.append(session)
    session.user = user
    ircd.strangers.discard(session)
    enforcing.refresh_mute(ircd, user)
    quiet.drop_early_words(ircd, user, session)


@applies(Detached)
def detached(ircd: Ircd, event: Detached, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.sessions = [session for session in user.sessions if not session.gone]
    if not user.sessions:
        user.left = event.seq
    _regroup(user)


def _regroup(user: User) -> None:
    for channel in user.channels.values():
        channel.members_changed()


@applies(NickChanged)
def nick_changed(ircd: Ircd, event: NickChanged, origin: Context | None) -> None:
    user = user_of(ircd, event)
    old = user.nick
    if casefold(old) != casefold(event.nick):
        ircd.whowas.remember(user, event.seq)
    del ircd.users[casefold(old)]
    user.nick = event.nick
    ircd.users[casefold(event.nick)] = user
    for channel in user.channels.values():
        channel.names_changed()
        note(ircd, event, channel, "NICK", event.nick)
    tell(ircd, Audience(sessions_of(user.peers())), Frame(f":{event.source} NICK {event.nick}", event.by), origin)
    if casefold(old) != casefold(event.nick):
        monitors.offline(ircd, old, event.seq)
        monitors.online(ircd, event.nick, user.source, event.seq)


@applies(HostChanged)
def host_changed(ircd: Ircd, event: HostChanged, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.username, user.host = event.username, event.host
    for channel in user.channels.values():
        channel.names_changed()
    line = f":{event.source} CHGHOST {event.username} {event.host}"
    tell(ircd, around(ircd, user, itself=True), Frame(line, event.by, needs=cap.CHGHOST), origin)
    _seem_to_reconnect(ircd, event, user)


def _seem_to_reconnect(ircd: Ircd, event: HostChanged, user: User) -> None:
    """What those in the user's rooms see who do not know CHGHOST.

    Spec: https://ircv3.net/specs/extensions/chghost#fallback-when-the-chghost-capability-has-not-been-negotiated
    """
    leaving = Frame(f":{event.source} QUIT :Changing host", ircd.besides(event.by))
    ircd.turn.broadcast(_without_chghost(user, user.peers()), leaving)
    by = msgspec.structs.replace(event.by, source=user.source)
    for channel in user.channels.values():
        audience = _without_chghost(user, channel.witnesses(user))
        ircd.turn.broadcast(audience, join_frame(channel, user, ircd.besides(by)))
        modes = channel.members[user].modes
        if modes:
            line = f":{ircd.name} MODE {channel.name} +{modes} {' '.join([user.nick] * len(modes))}"
            ircd.turn.broadcast(audience, Frame(line, Cause(ircd.sequence.next(event.seq), ircd.name)))
        if user.away is not None:
            line = f":{user.source} AWAY :{user.away}"
            ircd.turn.broadcast(audience, Frame(line, ircd.besides(by), needs=cap.AWAY_NOTIFY))


def _without_chghost(user: User, users: Iterable[User]) -> Audience:
    others = sessions_of(other for other in users if other is not user)
    return Audience(session for session in others if not session.has(cap.CHGHOST))


@applies(RealnameChanged)
def realname_changed(ircd: Ircd, event: RealnameChanged, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.real = event.real
    line = f":{event.source} SETNAME :{event.real}"
    tell(ircd, around(ircd, user, itself=True), Frame(line, event.by, needs=cap.SETNAME), origin)


@applies(Quit)
def quit_(ircd: Ircd, event: Quit, origin: Context | None) -> None:
    user = user_of(ircd, event)
    rooms = list(user.channels.values())
    only = rooms[0] if len(rooms) == 1 and not rooms[0].members[user].hidden else None  # whose audience will do
    others = () if only is not None else sessions_of(peer for peer in user.peers() if peer is not user)
    for channel in rooms:
        note(ircd, event, channel, "QUIT", f":{event.reason}")
        if user.listed:
            ircd.presences.touched_rooms[channel.id] = None
        leave(ircd, channel, user)
    del ircd.users[casefold(user.nick)]
    ircd.census.forget(user)
    ircd.whowas.remember(user, event.seq)
    user.sessions = []
    ircd.presences.leave(user)
    audience = only.audience() if only is not None else Audience(others)
    ircd.turn.broadcast(audience, Frame(f":{event.source} QUIT :{event.reason}", event.by))
    monitors.offline(ircd, user.nick, event.seq)
