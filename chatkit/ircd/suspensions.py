"""Suspended accounts: nobody may log in to them, whatever way, until they are restored or their time is over.

What they own stays their own: the name, rooms and what was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import apply
from chatkit.ircd.accounts import SECOND, Account
from chatkit.ircd.ban_index import because
from chatkit.ircd.events import AccountRestored, AccountSuspended, Cause

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd


def suspend(ircd: Ircd, account: Account, reason: str, until: int, now: Moment) -> None:
    """Let nobody use ``account`` until then, in seconds since 1970, or with 0 for good. Who is logged in to it goes."""
    apply.apply(ircd, AccountSuspended(_server(ircd, now), account.name, account.key, reason, until))
    text = sentence(account)
    for user in ircd.presences.users_of(account.key):
        ircd.kill(user, None, text, now)
    for session in list(ircd.strangers):
        if session.account is account:
            ircd.close(session, text, now)


def restore(ircd: Ircd, account: Account, now: Moment) -> None:
    """Let ``account`` be used again."""
    apply.apply(ircd, AccountRestored(_server(ircd, now), account.name, account.key))


def expire(ircd: Ircd, now: Moment) -> None:
    """Restore those whose time is over."""
    for account in list(ircd.accounts.suspended.values()):
        if 0 < account.suspended_until <= now.wall // SECOND:
            restore(ircd, account, now)


def sentence(account: Account) -> str:
    """What its owner is told."""
    return f"The account {account.name} is suspended{because(account.suspended or '', account.suspended_until)}"


def _server(ircd: Ircd, now: Moment) -> Cause:
    return Cause(ircd.sequence.next(now.wall), ircd.name)
