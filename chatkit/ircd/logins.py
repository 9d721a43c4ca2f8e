"""Logging in and out, whatever command asks for it, and how often one may try."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

from chatkit.ircd import apply, devices, suspensions
from chatkit.ircd.context import Context
from chatkit.ircd.events import LoggedIn, LoggedOut
from chatkit.ircd.requests import CheckPassword
from chatkit.proto import numerics as n
from chatkit.proto.addresses import network_of

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User

WRONG = "Wrong account or password"
UNVERIFIED = "This account waits for the code that came by mail, or for an invite code: VERIFY <account> <code>"
UNAVAILABLE = "Passwords cannot be checked at the moment"
SHARED = "Other devices are logged in here: log out first"

Refuse = Callable[[str], Exception]  # what a command says instead of logging in, made of a sentence


def check_password(ctx: Context, name: str, password: str, refuse: Refuse, then: Callable[[Account], None]) -> None:
    """Have a worker check the password of the account ``name``; ``then`` takes the account if it is right."""
    account = ctx.ircd.accounts.find(name)
    key = account.key if account is not None else ""
    refuse_haste(ctx, key, refuse)
    if ctx.ircd.gates.passwords.is_full(network_of(ctx.session.address)):
        raise refuse("Too many are logging in: try again in a while")

    def answered(right: bool) -> None:
        found = ctx.ircd.accounts.by_key.get(key)  # it may have gone meanwhile
        if not right or found is None:
            note_failure(ctx, key)
            raise refuse(WRONG)
        then(found)

    ctx.ask(CheckPassword(key, password), answered, refuse(UNAVAILABLE))


def refuse_haste(ctx: Context, key: str, refuse: Refuse) -> None:
    """Refuse whose network has failed too often lately, at the account ``key`` ("" for none that exists) or at all."""
    network, limits, now = network_of(ctx.session.address), ctx.ircd.limits, ctx.now.mono
    seconds = ceil(max(limits.logins.wait(f"{network} {key}", now), limits.guesses.wait(network, now)))
    if seconds:
        raise refuse(f"Too many failed attempts: wait {seconds} second{'' if seconds == 1 else 's'}")


def note_failure(ctx: Context, key: str) -> None:
    """Somebody has tried in vain to be the owner of the account ``key``."""
    network, limits, now = network_of(ctx.session.address), ctx.ircd.limits, ctx.now.mono
    limits.logins.note(f"{network} {key}", now)
    limits.guesses.note(network, now)


def refuse_unusable(account: Account, refuse: Refuse) -> None:
    """Refuse an account that may not be used yet, or not any more. Only for whoever has proved to be its owner."""
    if not account.verified:
        raise refuse(UNVERIFIED)
    if account.suspended is not None:
        raise refuse(suspensions.sentence(account))


def may_become(ctx: Context, account: Account | None) -> bool:
    """Whether the session's user may change to ``account``: not away from the one that other devices share with it."""
    user = ctx.session.user
    if user is None or user.account is None or user.account is account:
        return True
    return len(user.sessions) == 1 and not ctx.ircd.presences.stays(user)


def log_in(ctx: Context, account: Account) -> None:
    """The session, and the user that it belongs to, is logged in to ``account`` from now on."""
    session = ctx.session
    ctx.ircd.limits.logins.forgive(f"{network_of(session.address)} {account.key}")
    session.become(account)
    if session.user is None:
        tell_logged_in(ctx, account)
        return
    if session.user.account is not account:
        ctx.change(LoggedIn(ctx.cause(), account.name, account.key))
    for each in devices.all_of(ctx):
        tell_logged_in(each, account)


def tell_logged_in(ctx: Context, account: Account) -> None:
    """RPL_LOGGEDIN"""
    ctx.reply(n.RPL_LOGGEDIN, _source(ctx), account.name, text=f"You are now logged in as {account.name}")


def log_out(ircd: Ircd, user: User, now: Moment, origin: Context | None = None) -> None:
    """``user`` is a guest from now on. RPL_LOGGEDOUT tells all its devices."""
    apply.apply(ircd, LoggedOut(ircd.cause(user, now)), origin)
    for session in user.sessions:
        ctx = origin if origin is not None and session is origin.session else Context(ircd, session, now)
        ctx.reply(n.RPL_LOGGEDOUT, user.source)


def _source(ctx: Context) -> str:
    session = ctx.session
    if session.user is not None:
        return session.user.source
    return f"{session.nick or '*'}!{session.username or '*'}@{session.host}"
