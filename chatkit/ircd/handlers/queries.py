"""Questions about the server and its users: MOTD, LUSERS, VERSION, WHO, WHOIS, USERHOST, ISON.

Spec: https://modern.ircdocs.horse/#server-queries-and-commands and https://modern.ircdocs.horse/#user-based-queries
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.isupport import tokens
from chatkit.ircd.state import Channel, User
from chatkit.proto import capabilities as cap
from chatkit.proto import masks, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.isupport import format_tokens
from chatkit.proto.message import Message

MAX_NICKS = 5  # in one USERHOST
WHO_LIMIT = 500  # users in the answer to one WHO with a mask


def _require_this_server(ctx: Context, name: str) -> None:
    if name and not masks.matches(name, ctx.ircd.name) and casefold(name) not in ctx.ircd.users:
        raise NumericError(n.ERR_NOSUCHSERVER, name)


@command("MOTD")
def motd(ctx: Context, msg: Message) -> None:
    """MOTD [<target>]

    Spec: https://modern.ircdocs.horse/#motd-message
    Refuses: ERR_NOSUCHSERVER
    """
    _require_this_server(ctx, msg.param(0))
    send_motd(ctx)


def send_motd(ctx: Context) -> None:
    """RPL_MOTDSTART, RPL_MOTD and RPL_ENDOFMOTD, or ERR_NOMOTD."""
    if not ctx.ircd.motd:
        ctx.reply(n.ERR_NOMOTD)
        return
    ctx.reply(n.RPL_MOTDSTART, text=f"- {ctx.ircd.name} Message of the day -")
    for line in ctx.ircd.motd:
        ctx.reply(n.RPL_MOTD, text=f"- {line}")
    ctx.reply(n.RPL_ENDOFMOTD)


@command("LUSERS")
def lusers(ctx: Context, msg: Message) -> None:
    """LUSERS

    Spec: https://modern.ircdocs.horse/#lusers-message
    """
    send_lusers(ctx)


def send_lusers(ctx: Context) -> None:
    """How many there are."""
    ircd = ctx.ircd
    users, opers = len(ircd.users), sum(user.is_oper for user in ircd.users.values())
    invisible = sum("i" in user.modes for user in ircd.users.values())
    unknown = sum(session.user is None for session in ircd.sessions)
    text = f"There are {users - invisible} users and {invisible} invisible on 1 servers"
    ctx.reply(n.RPL_LUSERCLIENT, text=text)
    ctx.reply(n.RPL_LUSEROP, str(opers))
    ctx.reply(n.RPL_LUSERUNKNOWN, str(unknown))
    ctx.reply(n.RPL_LUSERCHANNELS, str(len(ircd.channels)))
    ctx.reply(n.RPL_LUSERME, text=f"I have {users} clients and 0 servers")
    most = ircd.max_users
    ctx.reply(n.RPL_LOCALUSERS, str(users), str(most), text=f"Current local users {users}, max {most}")
    ctx.reply(n.RPL_GLOBALUSERS, str(users), str(most), text=f"Current global users {users}, max {most}")


@command("VERSION")
def version(ctx: Context, msg: Message) -> None:
    """VERSION [<target>]

    Spec: https://modern.ircdocs.horse/#version-message
    Refuses: ERR_NOSUCHSERVER
    """
    _require_this_server(ctx, msg.param(0))
    ctx.reply(n.RPL_VERSION, f"chatkit-{ctx.ircd.version}", ctx.ircd.name, text="chat for your own network")
    for line in format_tokens(tokens(ctx.ircd)):
        ctx.reply(n.RPL_ISUPPORT, *line)


@command("WHO")
def who(ctx: Context, msg: Message) -> None:
    """WHO <mask>

    Spec: https://modern.ircdocs.horse/#who-message
    """
    mask = msg.param(0)
    channel = ctx.ircd.channels.get(casefold(mask))
    if channel is not None:
        if channel.is_visible_to(ctx.user):
            ctx.charge(len(channel.members))
            _who_users(ctx, channel.members, channel)
    elif mask[:1] not in names.CHANNEL_TYPES or not mask:
        _who_users(ctx, _matching(ctx, mask), None)
    ctx.reply(n.RPL_ENDOFWHO, mask or "*")


def _matching(ctx: Context, mask: str) -> list[User]:
    exact = ctx.ircd.users.get(casefold(mask))
    if exact is not None:
        return [exact]
    ctx.charge(len(ctx.ircd.users))
    matches = masks.matcher("*" if mask in ("", "0") else mask)
    found: list[User] = []
    for user in ctx.ircd.users.values():
        if len(found) >= WHO_LIMIT:
            break
        fields = (user.nick, user.username, user.host, ctx.ircd.name, user.real)
        if _may_find(ctx, user) and any(map(matches, fields)):
            found.append(user)
    return found


def _may_find(ctx: Context, user: User) -> bool:
    return "i" not in user.modes or user is ctx.user or bool(user.channels.keys() & ctx.user.channels.keys())


def _visible_channels(ctx: Context, user: User) -> Iterator[Channel]:
    """The rooms of ``user`` that the asker may see it in."""
    if _may_find(ctx, user):
        yield from (channel for channel in user.channels.values() if channel.is_visible_to(ctx.user))


def _who_users(ctx: Context, users: Iterable[User], channel: Channel | None) -> None:
    inside = channel is not None and ctx.user in channel.members
    for user in users:
        if channel is not None and not inside and "i" in user.modes:
            continue
        shown = channel or next(_visible_channels(ctx, user), None)
        flags = ("H" if user.away is None else "G") + ("*" if user.is_oper else "")
        if shown is not None:
            flags += shown.members[user].prefixes(ctx.session.has(cap.MULTI_PREFIX))
        where = shown.name if shown is not None else "*"
        params = (where, user.username, user.host, ctx.ircd.name, user.nick, flags)
        ctx.reply(n.RPL_WHOREPLY, *params, text=f"0 {user.real}")


@command("WHOIS")
def whois(ctx: Context, msg: Message) -> None:
    """WHOIS [<target>] <nick>

    Spec: https://modern.ircdocs.horse/#whois-message
    Refuses: ERR_NONICKNAMEGIVEN, ERR_NOSUCHSERVER, ERR_NOSUCHNICK
    """
    wanted = msg.param(1) or msg.param(0)
    ctx.require(wanted, n.ERR_NONICKNAMEGIVEN)
    if msg.param(1):
        _require_this_server(ctx, msg.param(0))
    user = ctx.ircd.users.get(casefold(wanted))
    if user is None:
        ctx.reply(n.ERR_NOSUCHNICK, wanted)
    else:
        _whois(ctx, user)
    ctx.reply(n.RPL_ENDOFWHOIS, user.nick if user is not None else wanted)


def _whois(ctx: Context, user: User) -> None:
    ctx.reply(n.RPL_WHOISUSER, user.nick, user.username, user.host, "*", text=user.real)
    every = ctx.session.has(cap.MULTI_PREFIX)
    rooms = (channel.members[user].prefixes(every) + channel.name for channel in _visible_channels(ctx, user))
    ctx.reply_words(n.RPL_WHOISCHANNELS, user.nick, words=rooms)
    ctx.reply(n.RPL_WHOISSERVER, user.nick, ctx.ircd.name, text="chat for your own network")
    if user.is_oper:
        ctx.reply(n.RPL_WHOISOPERATOR, user.nick)
    if user.away is not None:
        ctx.reply(n.RPL_AWAY, user.nick, text=user.away)
    if user is ctx.user or ctx.user.is_oper:
        ctx.reply(n.RPL_WHOISACTUALLY, user.nick, f"{user.username}@{user.address}", user.address)
    idle = int(ctx.now.mono - user.idle_since)
    ctx.reply(n.RPL_WHOISIDLE, user.nick, str(idle), str(user.signed_on // 1_000_000))


@command("USERHOST", min_params=1)
def userhost(ctx: Context, msg: Message) -> None:
    """USERHOST <nick>{ <nick>}

    Spec: https://modern.ircdocs.horse/#userhost-message
    """
    found = []
    for nick in msg.params[:MAX_NICKS]:
        user = ctx.ircd.users.get(casefold(nick))
        if user is not None:
            oper, away = "*" if user.is_oper else "", "+" if user.away is None else "-"
            found.append(f"{user.nick}{oper}={away}{user.username}@{user.host}")
    ctx.reply_words(n.RPL_USERHOST, words=found or [""])


@command("ISON", min_params=1)
def ison(ctx: Context, msg: Message) -> None:
    """ISON <nick>{ <nick>}

    Spec: https://modern.ircdocs.horse/#ison-message
    """
    nicks = [nick for param in msg.params for nick in param.split()]
    found = [ctx.ircd.users[key].nick for key in map(casefold, nicks) if key in ctx.ircd.users]
    ctx.reply_words(n.RPL_ISON, words=found or [""])
