"""How commands find what they are about, or refuse with what may have been meant."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatkit.control.phrases import like, one_line
from chatkit.control.plan import refused
from chatkit.ircd import registrations
from chatkit.ircd.events import Cause
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Channel


def find_account(ircd: Ircd, name: str) -> Account:
    """Refuses: no such account."""
    account = ircd.accounts.find(name)
    if account is None:
        known = like(name, (account.name for account in ircd.accounts.by_key.values()))
        raise refused(f"there is no account {one_line(name)!r}{known}")
    return account


def find_room(ircd: Ircd, name: str) -> Channel:
    """A room that somebody is in, or that an account owns. Refuses: no such room."""
    channel = registrations.find_room(ircd, casefold(name))
    if channel is None:
        raise no_such_room(ircd, name)
    return channel


def no_such_room(ircd: Ircd, name: str) -> Exception:
    """What is said instead."""
    known = [room.name for room in ircd.channels.values()] + [room.name for room in ircd.registrations.values()]
    return refused(f"there is no room {one_line(name)!r}{like(name, known)}")


@contextlib.contextmanager
def opened(ircd: Ircd, key: str) -> Iterator[Channel]:
    """The room with the casefolded name, for a change of what is set there.

    An owned room that nobody is in is there meanwhile, so that its registration follows the change as it always does.
    """
    is_empty = key not in ircd.channels
    channel = registrations.find_room(ircd, key)
    assert channel is not None, "the plan has found it, under the same hold of the lock"
    if is_empty:
        ircd.channels[key] = channel
    try:
        yield channel
    finally:
        if is_empty:
            del ircd.channels[key]


def server_cause(ircd: Ircd, now: Moment) -> Cause:
    """The server, now: where what those do comes from who run it."""
    return Cause(ircd.sequence.next(now.wall), ircd.name)
