"""Metadata: what users say of themselves, and operators of their rooms, by key; and who hears of it.

Spec: https://ircv3.net/specs/extensions/metadata
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd import accounts, registrations
from chatkit.ircd.appliers.tell import sessions_of
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import Cause
from chatkit.ircd.paces import Bucket
from chatkit.ircd.sight import shows
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Channel, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import MAX_LINE

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

MAX_KEY = 64  # bytes
_KEY = re.compile(r"[a-z0-9_./-]+")
_LONGEST_NICK = "n" * names.BYTES_A_CHARACTER * names.NICK_LEN


class Target(msgspec.Struct, frozen=True):
    """Whose metadata: ``of`` is None for a session that is not registered yet. ``name`` is how answers call it."""

    name: str
    of: User | Channel | None
    values: dict[str, str]


def no_target(name: str) -> Fail:
    return Fail("METADATA", "INVALID_TARGET", name, text="There is no such user or room")


def bad_key(key: str) -> Fail:
    return Fail("METADATA", "KEY_INVALID", key, text="A key has small letters, digits and _ . / - only")


def is_key(text: str) -> bool:
    """Whether ``text`` may be a key."""
    return len(text) <= MAX_KEY and _KEY.fullmatch(text) is not None


def is_value(ircd: Ircd, source: str, target: str, key: str, value: str) -> bool:
    """Whether ``source`` may give ``key`` of ``target`` this value: it fits into every line that will tell of it."""
    told = f":{source} METADATA {target} {key} * :{value}"
    answered = f":{ircd.name} 761 {_LONGEST_NICK} {target} {key} * :{value}"
    return (
        len(value.encode()) <= ircd.config.limits.metadata_bytes
        and max(len(told.encode()), len(answered.encode())) <= MAX_LINE - 2
    )


def wait(ircd: Ircd, session: Session, now: float) -> int:
    """For how many seconds ``session`` may change nothing more; 0 where it may, and has now."""
    per_minute = ircd.config.limits.metadata_changes_per_minute
    if session.metadata_pace is None or session.metadata_pace.per_minute != per_minute:
        session.metadata_pace = Bucket(per_minute, now)
    return math.ceil(session.metadata_pace.take(now))


def line(target: str, key: str, value: str | None) -> str:
    """METADATA as the server says it; no value, where the key is gone."""
    return f"METADATA {target} {key} *" + (f" :{value}" if value is not None else "")


def wants(session: Session, key: str) -> bool:
    """Whether ``session`` has asked for news of ``key``."""
    return key in session.subscriptions and session.has(cap.METADATA)


# Changing. These are for the appliers.


def put(values: dict[str, str], key: str, value: str | None) -> None:
    """Set ``key``, or take it away."""
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value


def keep_user(ircd: Ircd, user: User) -> None:
    """Save the metadata of ``user``, if it is to outlive it."""
    if user.account is not None:
        accounts.save(ircd, user.account)


def keep_room(ircd: Ircd, channel: Channel) -> None:
    """Save the metadata of ``channel``, if it is to outlive it."""
    registrations.follow(ircd, channel)
    ircd.presences.touch_room(channel)


def tell_of_user(ircd: Ircd, by: Cause, user: User, key: str, value: str | None, *, but: Session | None = None) -> None:
    """``key`` of ``user`` has changed: its own devices hear of it, who shares a room with it, and who monitors it."""
    listeners = dict.fromkeys(sessions_of(user.peers()))
    listeners.update(dict.fromkeys(ircd.watchers.get(casefold(user.nick), ())))
    tell(ircd, by, listeners, user.nick, key, value, but=but)


def tell(
    ircd: Ircd,
    by: Cause,
    listeners: Iterable[Session],
    target: str,
    key: str,
    value: str | None,
    *,
    but: Session | None = None,
) -> None:
    """Tell those of ``listeners`` who want to know of ``key``."""
    found = [session for session in listeners if wants(session, key) and session is not but]
    if found:
        ircd.turn.broadcast(Audience(found), Frame(f":{by.source} {line(target, key, value)}", by))


# What is now.


def lines_of(session: Session, target: str, values: dict[str, str], keys: Iterable[str] | None = None) -> Iterator[str]:
    """METADATA lines for those of ``values`` that ``session`` wants; of ``keys`` only, if any are given."""
    for key, value in values.items():
        if wants(session, key) and (keys is None or key in keys):
            yield line(target, key, value)


def lines_of_room(session: Session, asker: User, channel: Channel, keys: Iterable[str] | None = None) -> Iterator[str]:
    """The same of a room, and where ``asker`` is in it of everyone else whom it sees there."""
    yield from lines_of(session, channel.name, channel.metadata, keys)
    if asker in channel.members:
        for user in channel.members:
            if user.metadata and shows(channel, asker, user):
                yield from lines_of(session, user.nick, user.metadata, keys)
