"""Accounts: that there is one, who is logged in to it, and that it is gone.

Spec: https://ircv3.net/specs/extensions/account-notify
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import markers
from chatkit.ircd.accounts import begun_by, forget_documents, save
from chatkit.ircd.appliers.tell import around, tell, user_of
from chatkit.ircd.apply import applies
from chatkit.ircd.events import (
    AccountCreated,
    AccountDeleted,
    AccountRestored,
    AccountSuspended,
    AccountVerified,
    LoggedIn,
    LoggedOut,
)
from chatkit.ircd.staging import Frame
from chatkit.proto import capabilities as cap
from chatkit.store.records import KeyForgotten

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(AccountCreated)
def account_created(ircd: Ircd, event: AccountCreated, origin: Context | None) -> None:
    ircd.accounts.enter(begun_by(event))


@applies(AccountVerified)
def account_verified(ircd: Ircd, event: AccountVerified, origin: Context | None) -> None:
    account = ircd.accounts.by_key[event.key]
    account.verified, account.bidden = True, event.bidden
    ircd.accounts.unverified.pop(event.key, None)
    save(ircd, account)


@applies(AccountSuspended)
def account_suspended(ircd: Ircd, event: AccountSuspended, origin: Context | None) -> None:
    """Whoever is logged in to it is the part of whoever suspends it: see ``suspensions``."""
    account = ircd.accounts.by_key[event.key]
    account.suspended, account.suspended_until = event.reason, event.until
    ircd.accounts.suspended[event.key] = account
    save(ircd, account)


@applies(AccountRestored)
def account_restored(ircd: Ircd, event: AccountRestored, origin: Context | None) -> None:
    account = ircd.accounts.by_key[event.key]
    account.suspended, account.suspended_until = None, 0
    ircd.accounts.suspended.pop(event.key, None)
    save(ircd, account)


@applies(AccountDeleted)
def account_deleted(ircd: Ircd, event: AccountDeleted, origin: Context | None) -> None:
    account = ircd.accounts.by_key[event.key]
    ircd.accounts.leave(account)
    for session in ircd.strangers:
        if session.account is account:
            session.become(None)
    markers.forget(ircd, event.key)
    forget_documents(ircd, event.key)
    if event.history:
        ircd.note(KeyForgotten(event.key))


@applies(LoggedIn)
def logged_in(ircd: Ircd, event: LoggedIn, origin: Context | None) -> None:
    user, account = user_of(ircd, event), ircd.accounts.by_key[event.key]
    user.account, user.key = account, account.key
    for session in user.sessions:
        session.become(account)
    _tell_account(ircd, event, origin, account.name)


@applies(LoggedOut)
def logged_out(ircd: Ircd, event: LoggedOut, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.account, user.key = None, f"~{event.seq:x}"
    for session in user.sessions:
        session.become(None)
    _tell_account(ircd, event, origin, "*")


def _tell_account(ircd: Ircd, event: LoggedIn | LoggedOut, origin: Context | None, shown: str) -> None:
    line = Frame(f":{event.source} ACCOUNT {shown}", event.by, needs=cap.ACCOUNT_NOTIFY)
    tell(ircd, around(ircd, user_of(ircd, event), itself=True), line, origin)
