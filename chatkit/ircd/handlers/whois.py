"""WHOIS and WHOWAS: all about one user, there or gone.

Spec: https://modern.ircdocs.horse/#whois-message and https://modern.ircdocs.horse/#whowas-message
"""

from __future__ import annotations

from itertools import islice

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.handlers.server_info import require_this_server
from chatkit.ircd.sight import anyone, rooms_of
from chatkit.ircd.state import User
from chatkit.ircd.whowas import Past
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_date


@command("WHOIS")
def whois(ctx: Context, msg: Message) -> None:
    """WHOIS [<target>] <nick>: who somebody is. The target is this server, or anyone on it.

    Spec: https://modern.ircdocs.horse/#whois-message
    Refuses: ERR_NONICKNAMEGIVEN, ERR_NOSUCHSERVER, ERR_NOSUCHNICK
    """
    wanted = msg.param(1) or msg.param(0)
    ctx.require(wanted, n.ERR_NONICKNAMEGIVEN)
    try:
        if msg.param(1):
            require_this_server(ctx, msg.param(0))
        _answer(ctx, wanted)
    except NumericError as error:
        ctx.numeric_error(error)
    # "The server SHOULD end its response with RPL_ENDOFWHOIS"; "<nick> MUST be exactly the <nick> parameter"
    ctx.reply(n.RPL_ENDOFWHOIS, wanted)


def _answer(ctx: Context, wanted: str) -> None:
    nick = wanted.partition(",")[0]  # "silently drop targets if the number of targets exceeds the limit", which is 1
    user = anyone(ctx.ircd, nick)
    if user is None:
        raise NumericError(n.ERR_NOSUCHNICK, nick)
    _send_whois(ctx, user)


def _send_whois(ctx: Context, user: User) -> None:
    nick = user.nick
    ctx.reply(n.RPL_WHOISUSER, nick, user.username, user.host, "*", text=user.real)
    every = ctx.session.has(cap.MULTI_PREFIX)
    rooms = (channel.members[user].prefixes(every) + channel.name for channel in rooms_of(ctx.user, user))
    ctx.reply_words(n.RPL_WHOISCHANNELS, nick, words=rooms)
    ctx.reply(n.RPL_WHOISSERVER, nick, ctx.ircd.name, text=ctx.ircd.config.network.description)
    _send_standing(ctx, user)
    _send_private(ctx, user)
    if user.away is not None:
        ctx.reply(n.RPL_AWAY, nick, text=user.away)
    idle = int(ctx.now.mono - user.idle_since)
    ctx.reply(n.RPL_WHOISIDLE, nick, str(idle), str(user.signed_on // 1_000_000))


def _send_standing(ctx: Context, user: User) -> None:
    nick = user.nick
    if user.oper is not None:
        ctx.reply(n.RPL_WHOISOPERATOR, nick)
    if user.account is not None:
        if casefold(user.account.name) == casefold(nick):
            ctx.reply(n.RPL_WHOISREGNICK, nick)
        ctx.reply(n.RPL_WHOISACCOUNT, nick, user.account.name)
    if user.is_bot:
        ctx.reply(n.RPL_WHOISBOT, nick)
    if "Z" in user.modes:
        ctx.reply(n.RPL_WHOISSECURE, nick)


def _send_private(ctx: Context, user: User) -> None:
    """What only the user itself is told, and operators who may see where users come from."""
    if user is not ctx.user and not ctx.user.may("see-hosts"):
        return
    addresses = dict.fromkeys([session.address for session in user.sessions] or [user.address])
    for address in addresses:
        ctx.reply(n.RPL_WHOISACTUALLY, user.nick, f"{user.username}@{address}", address)
    ctx.reply(n.RPL_WHOISMODES, user.nick, text=f"is using modes +{user.modes}")
    for fingerprint in dict.fromkeys(session.certfp for session in user.sessions if session.certfp is not None):
        ctx.reply(n.RPL_WHOISCERTFP, user.nick, text=f"has client certificate fingerprint {fingerprint}")


@command("WHOWAS")
def whowas(ctx: Context, msg: Message) -> None:
    """WHOWAS <nick> [<count>]: who had a nick before, the latest first.

    Spec: https://modern.ircdocs.horse/#whowas-message
    Refuses: ERR_NONICKNAMEGIVEN, ERR_WASNOSUCHNICK
    """
    nick, count = msg.param(0), msg.param(1)
    ctx.require(nick, n.ERR_NONICKNAMEGIVEN)
    # "If given, <count> SHOULD be a positive number. Otherwise, a full search is done."
    most = int(count[:9]) if count.isascii() and count.isdigit() else 0
    found = list(islice(ctx.ircd.whowas.find(nick), most or None))
    for past in found:
        _send_past(ctx, past)
    if not found:
        ctx.reply(n.ERR_WASNOSUCHNICK, nick)
    ctx.reply(n.RPL_ENDOFWHOWAS, nick)


def _send_past(ctx: Context, past: Past) -> None:
    ctx.reply(n.RPL_WHOWASUSER, past.nick, past.username, past.host, "*", text=past.real)
    if past.account:
        ctx.reply(n.RPL_WHOISACCOUNT, past.nick, past.account, text="was logged in as")
    if ctx.user.may("see-hosts"):
        text = "was actually using host"
        ctx.reply(n.RPL_WHOISACTUALLY, past.nick, f"{past.username}@{past.address}", past.address, text=text)
    ctx.reply(n.RPL_WHOISSERVER, past.nick, ctx.ircd.name, text=format_date(past.left // 1_000_000))
