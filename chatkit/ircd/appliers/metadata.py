"""Metadata: what changes it, and who has to be told what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import metadata, registrations
from chatkit.ircd.appliers.tell import channel_of, sessions_of, user_of
from chatkit.ircd.apply import applies, follows
from chatkit.ircd.events import Joined, LoggedIn, LoggedOut, MetadataChanged, NickChanged, Registered
from chatkit.proto import names
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.events import Event
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session, User


@applies(MetadataChanged)
def metadata_changed(ircd: Ircd, event: MetadataChanged, origin: Context | None) -> None:
    # The session that made the change has it from the answer to its command.
    session = origin.session if origin is not None else None
    if event.target[0] in names.CHANNEL_TYPES:
        _room_changed(ircd, event, session)
    else:
        _user_changed(ircd, event, session)


def _room_changed(ircd: Ircd, event: MetadataChanged, session: Session | None) -> None:
    channel = registrations.find_room(ircd, casefold(event.target))  # a registered one perhaps, that nobody is in
    assert channel is not None
    metadata.put(channel.metadata, event.key, event.value)
    metadata.keep_room(ircd, channel)
    listeners = sessions_of(channel.members)
    metadata.tell(ircd, event.by, listeners, channel.name, event.key, event.value, but=session)


def _user_changed(ircd: Ircd, event: MetadataChanged, session: Session | None) -> None:
    user = ircd.users[casefold(event.target)]
    metadata.put(user.metadata, event.key, event.value)
    metadata.keep_user(ircd, user)
    for same in ircd.presences.users_of(user.account.key) if user.account is not None else [user]:
        metadata.tell_of_user(ircd, event.by, same, event.key, event.value, but=session)


@follows(LoggedIn)
def logged_in(ircd: Ircd, event: LoggedIn, origin: Context | None) -> None:
    """What a guest has set becomes its account's, but for what the account has."""
    user = user_of(ircd, event)
    left = ircd.accounts.find(event.by.account) if event.by.account else None
    before = dict(user.guest_metadata if left is None else left.metadata)
    if left is None:
        _adopt(ircd, user)
    for key in before | user.metadata:
        if before.get(key) != user.metadata.get(key):
            metadata.tell_of_user(ircd, event.by, user, key, user.metadata.get(key))


def _adopt(ircd: Ircd, user: User) -> None:
    given, user.guest_metadata = user.guest_metadata, {}
    new = {key: value for key, value in given.items() if key not in user.metadata}
    room = max(0, ircd.config.limits.metadata_keys - len(user.metadata))
    user.metadata.update(list(new.items())[:room])
    if new:
        metadata.keep_user(ircd, user)


@follows(LoggedOut)
def logged_out(ircd: Ircd, event: LoggedOut, origin: Context | None) -> None:
    """What is the account's stays with it."""
    user, account = user_of(ircd, event), ircd.accounts.find(event.by.account)
    for key in account.metadata if account is not None else ():
        metadata.tell_of_user(ircd, event.by, user, key, None)


@follows(Joined)
def joined(ircd: Ircd, event: Joined, origin: Context | None) -> None:
    """Those in the room learn who has come."""
    user = user_of(ircd, event)
    if user.metadata:
        channel = channel_of(ircd, event.channel)
        others = sessions_of(other for other in channel.witnesses(user) if other is not user)
        _introduce(ircd, event, user, others)


@follows(Registered, NickChanged)
def came_online(ircd: Ircd, event: Registered | NickChanged, origin: Context | None) -> None:
    """Those who monitor the nick learn whose it is."""
    user, watchers = ircd.users[casefold(event.nick)], ircd.watchers.get(casefold(event.nick))
    if user.metadata and watchers:
        _introduce(ircd, event, user, list(watchers))


def _introduce(ircd: Ircd, event: Event, user: User, listeners: list[Session]) -> None:
    for key, value in user.metadata.items():
        metadata.tell(ircd, event.by, listeners, user.nick, key, value)
