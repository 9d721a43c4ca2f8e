"""Several devices under one nick: sessions of one user, whoever connected first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatkit.ircd.context import Context
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session, User


def user_for(ircd: Ircd, session: Session) -> User | None:
    """The user that ``session``, about to be registered, becomes a further session of; None: it will be its own.

    That is a user of the same account, if the session asks for that user's nick, or by the account's name for any.
    """
    account, wanted = session.account, casefold(session.nick)
    if account is None:
        return None
    user = ircd.users.get(wanted)
    if user is None and wanted == casefold(account.name):
        user = ircd.presences.first(account.key)
    return user if user is not None and user.account is account and _has_room(ircd, user) else None


def _has_room(ircd: Ircd, user: User) -> bool:
    return ircd.config.accounts.multiclient or not user.sessions


def may_join(ircd: Ircd, session: Session, user: User) -> bool:
    """Whether ``session`` may ask for the nick of ``user``: it is not registered, and its log-in may be to come."""
    return (
        session.user is None
        and _has_room(ircd, user)
        and user.account is not None
        and session.account in (None, user.account)
    )


def all_of(ctx: Context) -> Iterator[Context]:
    """This context, then one for each other session of its user: what the server says to all of them."""
    yield ctx
    for session in ctx.user.sessions:
        if session is not ctx.session:
            yield Context(ctx.ircd, session, ctx.now)
