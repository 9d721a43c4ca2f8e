"""What must hold of an ircd's state whatever was typed, and what a restart must bring back."""

from __future__ import annotations

from typing import Any

import msgspec

from chatkit.ircd.documents import restore
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.nicks import similar
from chatkit.ircd.room_settings import RoomSettings
from chatkit.ircd.state import Audience, Channel, User
from chatkit.proto import modes, names
from chatkit.proto.addresses import network_of
from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton
from chatkit.store.database import Store

FLAGS = {letter for letter, kind in modes.CHANNEL_MODES.items() if kind == modes.FLAG}


def check_state(ircd: Ircd) -> None:
    """Hold every table of ``ircd`` against the others."""
    for key, channel in ircd.channels.items():
        _check_room(ircd, key, channel)
    for key, user in ircd.users.items():
        _check_user(ircd, key, user)
    _check_sessions(ircd)
    _check_watchers(ircd)
    _check_presences(ircd)
    for letter in modes.USER_MODES:
        assert set(ircd.census.holders(letter)) == {user for user in ircd.users.values() if letter in user.modes}
    assert ircd.max_users >= len(ircd.users)


def _check_room(ircd: Ircd, key: str, channel: Channel) -> None:
    assert channel.id == key == casefold(channel.name)
    assert channel.members, f"{key} is empty"
    for user, member in channel.members.items():
        assert user.channels[key] is channel
        assert ircd.users[casefold(user.nick)] is user
        assert member.modes == "".join(sorted(set(member.modes) & set(modes.PREFIXES)))
    assert channel.flags == "".join(sorted(set(channel.flags) & FLAGS))
    assert channel.key != "", "a key that nobody can name"
    assert channel.limit is None or channel.limit > 0
    assert channel.topic is None or channel.topic.text
    assert channel.registration is ircd.registrations.get(key)
    everyone = [session for user in channel.members for session in user.sessions]
    assert _told(channel.audience()) == _told(Audience(everyone)), "an audience that was not made anew"


def _told(audience: Audience) -> dict[int, set[object]]:
    return {profile: set(links) for profile, links in audience.groups}


def _check_user(ircd: Ircd, key: str, user: User) -> None:
    assert casefold(user.nick) == key
    assert names.prepare_nick(user.nick) == user.nick
    assert similar(ircd, user.nick) is user, "two who look alike"
    assert user.sessions or ircd.presences.stays(user)
    assert all(session.user is user and session in ircd.sessions for session in user.sessions)
    assert all(session.account is user.account for session in user.sessions)
    assert all(ircd.channels[name] is channel for name, channel in user.channels.items())
    assert all(user in channel.members for channel in user.channels.values())
    assert (user.oper is not None) is ("o" in user.modes)
    assert (user.left is None) is bool(user.sessions)
    assert user.key == user.account.key if user.account is not None else user.key.startswith("~")


def _check_sessions(ircd: Ircd) -> None:
    assert not any(session.gone for session in ircd.sessions)
    assert ircd.crowds.total == len(ircd.sessions)
    for session in ircd.sessions:
        network = network_of(session.address)
        assert ircd.crowds.of(network) == sum(network_of(other.address) == network for other in ircd.sessions)
    assert ircd.strangers == {session for session in ircd.sessions if session.user is None}
    for session in ircd.sessions - ircd.strangers:
        assert session in session.user.sessions
    assert all(session in ircd.sessions and session.pending for session in ircd.throttled)
    known = {skeleton(user.nick): key for key, user in ircd.users.items() if not user.nick.isascii()}
    assert ircd.looks == known


def _check_watchers(ircd: Ircd) -> None:
    """Everyone who monitors is listed as a watcher, and nobody else is."""
    found = {(key, session) for key, sessions in ircd.watchers.items() for session in sessions}
    assert found == {(key, session) for session in ircd.sessions for key in session.monitored}
    assert all(ircd.watchers.values())


def check_accounts(ircd: Ircd) -> None:
    """Hold accounts against each other and against what is theirs: for tests that make none past the server."""
    accounts = ircd.accounts
    assert {account.key: account for account in accounts.by_name.values()} == accounts.by_key
    assert all(casefold(account.name) == name for name, account in accounts.by_name.items())
    assert all(accounts.like(account.name) is account for account in accounts.by_key.values())
    fingerprints = {text: account for account in accounts.by_key.values() for text in account.fingerprints}
    assert fingerprints == accounts.by_fingerprint
    assert accounts.unverified == {key: account for key, account in accounts.by_key.items() if not account.verified}
    for session in ircd.sessions:
        assert session.account is None or accounts.by_key[session.account.key] is session.account
    for registration in ircd.registrations.values():
        assert {registration.founder, *registration.access} <= accounts.by_key.keys()


def _check_presences(ircd: Ircd) -> None:
    for user in ircd.users.values():
        assert user.listed == (user.account.key if user.account is not None else "")
        assert not user.listed or user in ircd.presences.users_of(user.listed)
    for key in {user.listed for user in ircd.users.values()}:
        assert all(ircd.users[casefold(user.nick)] is user for user in ircd.presences.users_of(key))
    assert {user for user in ircd.users.values() if not user.sessions} == set(ircd.presences.without_sessions())


# Restarts.


def check_restart(ircd: Ircd, store: Store) -> None:
    """Hold what a server that begins on ``store`` knows against what ``ircd`` knows, which goes on untouched.

    Only where all that was to be stored has been.
    """
    again = Ircd(ircd.config, ircd.started, last_seq=store.last_seq())
    restore(again, store.documents)
    again.take_turn()
    check_state(again)
    assert lasting(again) == lasting(ircd)


def lasting(ircd: Ircd) -> dict[str, Any]:
    """All that a restart must not change."""
    staying = {user.listed: user for user in ircd.presences.all_staying()}
    kept = {key: channel for key, channel in ircd.channels.items() if ircd.presences.keeps(channel)}
    return {
        "accounts": msgspec.to_builtins(ircd.accounts.by_key),
        "registrations": msgspec.to_builtins(ircd.registrations),
        "markers": {key: markers for key, markers in ircd.markers.items() if markers},
        "users": {key: _lasting_user(user) for key, user in staying.items()},
        "rooms": {key: _settings(channel) for key, channel in kept.items()},
        "secret": ircd.secret,
        "bans": ircd.bans.by_id,
        "lockdown": ircd.lockdown,
        "hushed": ircd.hushed,
        "invitations": ircd.invitations,
        "reports": ircd.reports,
    }


def _lasting_user(user: User) -> dict[str, Any]:
    facts = {name: getattr(user, name) for name in ("nick", "username", "host", "address", "real", "key", "signed_on")}
    rooms = {
        key: (member.modes, member.joined, member.hidden)
        for key, channel in user.channels.items()
        for member in (channel.members[user],)
    }
    return {**facts, "rooms": rooms, "modes": user.modes.translate(dict.fromkeys(map(ord, "Zo")))}


def _settings(channel: Channel) -> dict[str, Any]:
    settings = RoomSettings(channel.name, channel.created)
    settings.take_from(channel)
    found = msgspec.to_builtins(settings)
    assert isinstance(found, dict)
    return found
