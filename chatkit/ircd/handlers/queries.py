"""Short questions about users by their nicks: USERHOST, USERIP, ISON.

Spec: https://modern.ircdocs.horse/#optional-messages
"""

from __future__ import annotations

from collections.abc import Callable

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.sight import HIDDEN_ADDRESS, address_of, anyone
from chatkit.ircd.state import User
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

MAX_NICKS = 5  # in one USERHOST or USERIP


@command("USERHOST", min_params=1)
def userhost(ctx: Context, msg: Message) -> None:
    """USERHOST <nick>{ <nick>}: who somebody is, whether away, and from where, of up to five.

    Spec: https://modern.ircdocs.horse/#userhost-message
    """
    _tell_where(ctx, msg, n.RPL_USERHOST, lambda user: user.host)


@command("USERIP", min_params=1)
def userip(ctx: Context, msg: Message) -> None:
    """USERIP <nick>{ <nick>}: as USERHOST, with the address: one's own, or for operators who may see it, anybody's.

    Spec: https://defs.ircdocs.horse/defs/numerics.html#rpl-userip-340
    """
    _tell_where(ctx, msg, n.RPL_USERIP, lambda user: address_of(ctx.user, user) or HIDDEN_ADDRESS)


def _tell_where(ctx: Context, msg: Message, numeric: str, where: Callable[[User], str]) -> None:
    found = []
    for nick in _nicks(msg)[:MAX_NICKS]:
        user = anyone(ctx.ircd, nick)
        if user is not None:
            oper, away = "*" if user.is_oper else "", "+" if user.away is None else "-"
            found.append(f"{user.nick}{oper}={away}{user.username}@{where(user)}")
    ctx.reply_words(numeric, words=found or [""])


@command("ISON", min_params=1)
def ison(ctx: Context, msg: Message) -> None:
    """ISON <nick>{ <nick>}: who of them is there.

    Spec: https://datatracker.ietf.org/doc/html/rfc2812#section-4.9
    """
    found = [user.nick for nick in _nicks(msg) if (user := anyone(ctx.ircd, nick)) is not None]
    ctx.reply_words(n.RPL_ISON, words=found or [""])


def _nicks(msg: Message) -> list[str]:
    """The nicks asked for. Some clients send them as one parameter, and there are none with a space."""
    return [nick for param in msg.params for nick in param.split()]
