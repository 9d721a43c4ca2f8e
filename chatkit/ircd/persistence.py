"""Always on: users who stay in their rooms without a session, over a restart of the server too.

Each is a document under its account's key, and so is each room that nobody owns but somebody stays in. They are
written once a turn, however much happened in it.

Spec: https://github.com/ircv3/ircv3-specifications/pull/503
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd import accounts, away, nicks
from chatkit.ircd.accounts import Account
from chatkit.ircd.appliers.rooms import open_room
from chatkit.ircd.cloaks import cloak_of
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import document, restores
from chatkit.ircd.presences import PREFERENCES, is_always_on
from chatkit.ircd.room_settings import RoomSettings
from chatkit.ircd.state import Member, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.store.records import ROOM, RoomFate

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

PRESENCE = "presence"  # the kind of documents of users
DAY = 86_400_000_000  # microseconds
NOT_STAYING = "No longer always on"


class SavedMember(msgspec.Struct, frozen=True):
    """What a user is in a room: as ``state.Member``."""

    room: str
    modes: str
    joined: int
    hidden: bool


class Presence(msgspec.Struct, frozen=True):
    """A user who stays: as ``state.User``. ``left`` is None while it has a session."""

    nick: str
    username: str
    host: str
    address: str
    real: str
    modes: str
    away: str | None
    signed_on: int
    left: int | None
    rooms: tuple[SavedMember, ...]
    cloak: str = ""


# Saving.


def save(ircd: Ircd) -> None:
    """Note the documents of all that was touched."""
    presences = ircd.presences
    for key in presences.touched:
        user = presences.staying(key)
        if user is not None:
            ircd.note(document(PRESENCE, key, _presence(user)))
            presences.saved.add(key)
        elif key in presences.saved:
            ircd.note(document(PRESENCE, key, None))
            presences.saved.discard(key)
    presences.touched.clear()
    for name in presences.touched_rooms:
        _save_room(ircd, name)
    presences.touched_rooms.clear()


def _save_room(ircd: Ircd, name: str) -> None:
    saved, channel = ircd.presences.saved_rooms, ircd.channels.get(name)
    if channel is not None and ircd.presences.keeps(channel):
        settings = RoomSettings(channel.name, channel.created)
        settings.take_from(channel)
        ircd.note(document(ROOM, name, settings))
        saved.add(name)
    elif name in saved:
        ircd.note(document(ROOM, name, None))
        saved.discard(name)


def _presence(user: User) -> Presence:
    rooms = tuple(
        SavedMember(channel.name, member.modes, member.joined, member.hidden)
        for channel in user.channels.values()
        for member in (channel.members[user],)
    )
    modes = user.modes.translate(dict.fromkeys(map(ord, "Zo")))  # an operator says who he is again
    return Presence(
        user.nick,
        user.username,
        user.host,
        user.address,
        user.real,
        modes,
        user.away,
        user.signed_on,
        user.left,
        rooms,
        user.cloak,
    )


# Coming back after a restart.


@restores(PRESENCE)
def restore_presence(ircd: Ircd, key: str, body: bytes) -> None:
    """Put a user back into its rooms, unless it is one of those who do not stay any more."""
    saved, account = msgspec.json.decode(body, type=Presence), ircd.accounts.by_key.get(key)
    ircd.presences.saved.add(key)
    ircd.presences.touched[key] = None  # so that it is saved as it is now, or not any more
    if account is None or casefold(saved.nick) in ircd.users:
        return
    user = _user(saved, account, ircd)
    ircd.presences.enter(user)
    if not ircd.presences.stays(user):
        ircd.presences.leave(user)
        return
    ircd.users[casefold(user.nick)] = user
    ircd.census.set_modes(user, user.modes)
    nicks.note_look(ircd, user.nick)
    ircd.max_users = max(ircd.max_users, len(ircd.users))
    for membership in saved.rooms:
        _put_into(ircd, user, membership)


def _user(saved: Presence, account: Account, ircd: Ircd) -> User:
    user = User(saved.nick, account.key, account, ircd.started)
    user.username, user.address, user.real = saved.username, saved.address, saved.real
    user.cloak = cloak_of(ircd, saved.address)
    has_own_host = saved.host not in (saved.address, saved.cloak)  # else it may be time for a cloak, or time to drop it
    user.host = saved.host if has_own_host else user.cloak
    user.modes, user.signed_on = saved.modes, saved.signed_on
    user.left = saved.left if saved.left is not None else ircd.sequence.last  # the server ended under it
    user.away = saved.away
    user.away = away.message_of(user)
    user.markers = ircd.markers.setdefault(account.key, {})
    return user


def _put_into(ircd: Ircd, user: User, saved: SavedMember) -> None:
    channel = ircd.channels.get(casefold(saved.room)) or open_room(ircd, saved.room, ircd.started.wall)
    channel.members[user] = Member(saved.modes, saved.joined, hidden=saved.hidden)
    channel.members_changed()
    user.channels[channel.id] = channel


@restores(ROOM)
def restore_room(ircd: Ircd, key: str, body: bytes) -> None:
    """Give a room that somebody has come back into its settings again."""
    settings, channel = msgspec.json.decode(body, type=RoomSettings), ircd.channels.get(key)
    ircd.presences.saved_rooms.add(key)
    ircd.presences.touched_rooms[key] = None
    if channel is not None and channel.registration is None:
        made = ircd.channels[key] = settings.make()
        made.members, made.archived = channel.members, channel.archived
        for user in made.members:
            user.channels[key] = made
    elif channel is None and (settings.key is not None or "i" in settings.flags):
        ircd.note(RoomFate(key, "ended"))


# While the server runs.


def status(ircd: Ircd, account: Account) -> str:
    """PERSISTENCE STATUS, without its source: what the owner of ``account`` wants, and what is."""
    wanted = next(word for word, preference in PREFERENCES.items() if preference is account.always_on)
    return f"PERSISTENCE STATUS {wanted} {'ON' if is_always_on(ircd.config, account) else 'OFF'}"


def prefer(ircd: Ircd, account: Account, wanted: bool | None, now: Moment, asking: Session | None = None) -> None:
    """The owner of ``account`` wants its user to stay, or not, or what the server thinks best.

    All devices that know PERSISTENCE are told, but the one that is ``asking``.
    """
    account.always_on = wanted
    accounts.save(ircd, account)
    ircd.presences.touched[account.key] = None
    for user in ircd.presences.users_of(account.key):
        for channel in user.channels.values():
            ircd.presences.touch_room(channel)
        for session in user.sessions:
            if session is not asking and session.has(cap.PERSISTENCE):
                ircd.turn.send(session.link, f":{ircd.name} {status(ircd, account)}\r\n".encode())
        if not user.sessions and not ircd.presences.stays(user):
            ircd.remove(user, NOT_STAYING, now)


def expire(ircd: Ircd, now: Moment) -> None:
    """Take off the server who has been without a session for longer than ``accounts.always_on_days``.

    And who may not stay any more, after a change of the configuration.
    """
    days = ircd.config.accounts.always_on_days
    for user in ircd.presences.without_sessions():
        if not ircd.presences.stays(user):
            ircd.remove(user, NOT_STAYING, now)
        elif days and user.left is not None and now.wall - user.left > days * DAY:
            ircd.remove(user, f"Not connected for {days} days", now)


def suspend(ircd: Ircd, now: Moment) -> None:
    """The server stops: it is the last moment at which those who stay were connected."""
    for user in ircd.presences.all_staying():
        if user.left is None:
            user.left = ircd.sequence.next(now.wall)
            ircd.presences.touch(user)
