"""Lockdown: how far the server is closed, for a raid or for work on it. Who is in stays in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.ircd import apply, devices
from chatkit.ircd.ban_index import because
from chatkit.ircd.documents import document, restores
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Announced, Cause
from chatkit.proto import numerics as n

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "lockdown"  # the kind of document that keeps it
_KEY = "server"
SECOND = 1_000_000  # of a seq

Level = Literal["open", "nobody-new", "accounts-only", "read-only"]
LEVELS: dict[Level, str] = {  # what everyone is told
    "open": "This server is open again",
    "nobody-new": "This server lets nobody new in at the moment",
    "accounts-only": "This server lets in only those who log in at the moment",
    "read-only": "This server is read-only at the moment: only its operators may speak or change anything",
}


class Lockdown(msgspec.Struct, frozen=True):
    """How far the server is closed. ``until`` is in seconds since 1970; 0: until it is opened."""

    level: Level = "open"
    reason: str = ""
    who: str = ""
    until: int = 0


def told(lockdown: Lockdown) -> str:
    """The level in a sentence, with reason and end."""
    return LEVELS[lockdown.level] + because(lockdown.reason, lockdown.until)


def refuse(ctx: Context) -> None:
    """Keep a session out that is about to be registered and may not be, at this level.

    Whoever is a further device of somebody who is here, or always on, is nobody new. Refuses: ERR_YOUREBANNEDCREEP,
    and the connection ends.
    """
    lockdown = ctx.ircd.lockdown
    if _KEEPS_OUT[lockdown.level](ctx):
        raise NumericError(n.ERR_YOUREBANNEDCREEP, text=told(lockdown), closes=told(lockdown))


def _is_new(ctx: Context) -> bool:
    return devices.user_for(ctx.ircd, ctx.session) is None


_KEEPS_OUT: dict[Level, Callable[[Context], bool]] = {
    "open": lambda ctx: False,
    "nobody-new": _is_new,
    "accounts-only": lambda ctx: ctx.session.account is None,
    "read-only": lambda ctx: False,
}


def allows_accounts(ircd: Ircd) -> bool:
    """Whether new accounts may be made."""
    return ircd.lockdown.level not in ("nobody-new", "read-only")


def change(ircd: Ircd, lockdown: Lockdown, now: Moment) -> None:
    """From now on the server is as closed as ``lockdown`` says. Everyone is told."""
    is_open = lockdown.level == "open"
    ircd.lockdown = Lockdown() if is_open else lockdown
    ircd.note(document(DOCUMENT, _KEY, None if is_open else lockdown))
    settle(ircd)
    apply.apply(ircd, Announced(Cause(ircd.sequence.next(now.wall), ircd.name), told(lockdown)))


def settle(ircd: Ircd) -> None:
    """See whether the server is read-only: by lockdown, or because the store fails."""
    ircd.hushed = ircd.ailing or ircd.lockdown.level == "read-only"


def expire(ircd: Ircd, now: Moment) -> None:
    """Open the server if the time of its lockdown is over."""
    if 0 < ircd.lockdown.until <= now.wall // SECOND:
        change(ircd, Lockdown(), now)


@restores(DOCUMENT)
def restore(ircd: Ircd, key: str, body: bytes) -> None:
    """Put it back."""
    ircd.lockdown = msgspec.json.decode(body, type=Lockdown)
    settle(ircd)
