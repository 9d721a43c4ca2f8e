"""Registered rooms: who owns them, who gets which prefix, and that they keep what is set in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import registrations
from chatkit.ircd.appliers.tell import user_of
from chatkit.ircd.apply import applies, apply, follows
from chatkit.ircd.events import (
    AccessChanged,
    AccountDeleted,
    Cause,
    ChannelRegistered,
    ChannelRenamed,
    Event,
    LoggedIn,
    LoggedOut,
    MetadataChanged,
    ModesChanged,
    RoomSettingChanged,
    TopicChanged,
)
from chatkit.ircd.registrations import Registration
from chatkit.ircd.state import Channel, User
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.modes import ModeChange
from chatkit.store.records import RoomFate

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(ChannelRegistered)
def channel_registered(ircd: Ircd, event: ChannelRegistered, origin: Context | None) -> None:
    key, channel = casefold(event.channel), ircd.channels.get(casefold(event.channel))
    if event.founder is None:
        _drop(ircd, key, channel)
        return
    registration = ircd.registrations.get(key)
    if registration is None:
        created = channel.created if channel is not None else event.seq // 1_000_000
        registration = Registration(event.channel, created, founder=event.founder, flags=ircd.flags_of_new(key))
        ircd.registrations[key] = registration
    former, registration.founder, registration.heir = registration.founder, event.founder, ""
    registration.access.pop(event.founder, None)
    registrations.touch(ircd, key)
    if channel is not None:
        channel.registration = registration
        registrations.follow(ircd, channel)
        if former != event.founder:
            _revoke(ircd, event, channel, former, "q")
        _grant_all(ircd, event, channel)


def _drop(ircd: Ircd, key: str, channel: Channel | None) -> None:
    registration = ircd.registrations.pop(key)
    registrations.touch(ircd, key)
    if channel is not None:
        channel.registration = None
    elif registration.key is not None or "i" in registration.flags:
        ircd.note(RoomFate(key, "ended"))  # whoever opens a room of that name was let in by nobody


@applies(AccessChanged)
def access_changed(ircd: Ircd, event: AccessChanged, origin: Context | None) -> None:
    key = casefold(event.channel)
    access, channel = ircd.registrations[key].access, ircd.channels.get(key)
    former = access.get(event.account, "")
    if event.letter:
        access[event.account] = event.letter
    else:
        access.pop(event.account, None)
    registrations.touch(ircd, key)
    if channel is not None:
        if former:
            _revoke(ircd, event, channel, event.account, former)
        _grant_all(ircd, event, channel)


@applies(RoomSettingChanged)
def room_setting_changed(ircd: Ircd, event: RoomSettingChanged, origin: Context | None) -> None:
    key = casefold(event.channel)
    setattr(ircd.registrations[key], event.field, event.value)
    registrations.touch(ircd, key)


@follows(AccountDeleted)
def account_deleted(ircd: Ircd, event: AccountDeleted, origin: Context | None) -> None:
    """Its rooms go to the first who is protected there, or lose their registration."""
    for registration in list(ircd.registrations.values()):
        if event.key in registration.access:
            apply(ircd, AccessChanged(_server(ircd, event), registration.name, event.key, ""))
        if registration.founder == event.key:
            heir = next((key for key, letter in registration.access.items() if letter == "a"), None)
            apply(ircd, ChannelRegistered(_server(ircd, event), registration.name, heir))


@follows(LoggedIn)
def logged_in(ircd: Ircd, event: LoggedIn, origin: Context | None) -> None:
    user = user_of(ircd, event)
    for channel in user.channels.values():
        _grant(ircd, event, channel, user)


@follows(LoggedOut)
def logged_out(ircd: Ircd, event: LoggedOut, origin: Context | None) -> None:
    """A founder goes by the account: without it nobody keeps what could undo the owner's."""
    user = ircd.users.get(casefold(split_source(event.source).nick))
    if user is None:  # it had stayed without a device by the account alone
        return
    for channel in user.channels.values():
        if channel.registration is not None and "q" in channel.members[user].modes:
            _set(ircd, event, channel, ModeChange(False, "q", user.nick))


def _grant_all(ircd: Ircd, event: Event, channel: Channel) -> None:
    for user in channel.members:
        _grant(ircd, event, channel, user)


def _grant(ircd: Ircd, event: Event, channel: Channel, user: User) -> None:
    """Give ``user`` the prefix in ``channel`` that it has a right to, if it has not got it."""
    letter = registrations.letter_for(channel, user)
    if letter and letter not in channel.members[user].modes:
        _set(ircd, event, channel, ModeChange(True, letter, user.nick))


def _revoke(ircd: Ircd, event: Event, channel: Channel, account: str, letter: str) -> None:
    """Take the prefix ``letter`` from those who had a right to it by the account with the key ``account``."""
    for user, member in channel.members.items():
        if user.account is not None and user.account.key == account and letter in member.modes:
            _set(ircd, event, channel, ModeChange(False, letter, user.nick))


def _set(ircd: Ircd, event: Event, channel: Channel, change: ModeChange) -> None:
    apply(ircd, ModesChanged(_server(ircd, event), channel.name, (change,)))


def _server(ircd: Ircd, event: Event) -> Cause:
    """The server, after ``event``."""
    return Cause(ircd.sequence.next(event.seq), ircd.name)


@follows(ModesChanged, TopicChanged)
def room_changed(ircd: Ircd, event: ModesChanged | TopicChanged, origin: Context | None) -> None:
    registrations.follow(ircd, ircd.channels[casefold(event.channel)])


@follows(MetadataChanged)
def metadata_changed(ircd: Ircd, event: MetadataChanged, origin: Context | None) -> None:
    channel = ircd.channels.get(casefold(event.target))
    if channel is not None:
        registrations.follow(ircd, channel)


@follows(ChannelRenamed)
def room_renamed(ircd: Ircd, event: ChannelRenamed, origin: Context | None) -> None:
    old, channel = casefold(event.channel), ircd.channels[casefold(event.name)]
    if channel.registration is not None:
        del ircd.registrations[old]
        registrations.touch(ircd, old)
        ircd.registrations[channel.id] = channel.registration
        registrations.follow(ircd, channel)
