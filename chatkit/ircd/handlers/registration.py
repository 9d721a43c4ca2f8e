"""Coming and going: PASS, NICK, USER, the welcome, PING, PONG, QUIT.

Spec: https://modern.ircdocs.horse/#connection-messages
"""

from __future__ import annotations

import hmac
import re

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.events import NickChanged, Registered
from chatkit.ircd.handlers.queries import send_lusers, send_motd
from chatkit.ircd.isupport import tokens
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.isupport import format_tokens
from chatkit.proto.message import Message
from chatkit.proto.modes import CHANNEL_MODES, USER_MODES
from chatkit.proto.timestamps import format_time

_CLIENT = re.compile(r"[\w.-]{1,32}/[\w.-]{1,32}\Z")  # what a chatkit client says it is, where USER has an unused word


@command("PASS", min_params=1, before_registration=True)
def pass_(ctx: Context, msg: Message) -> None:
    """PASS <password>

    Spec: https://modern.ircdocs.horse/#pass-message
    Refuses: ERR_ALREADYREGISTERED
    """
    ctx.require(ctx.session.user is None, n.ERR_ALREADYREGISTERED)
    ctx.session.password = msg.params[0]


@command("NICK", before_registration=True)
def nick(ctx: Context, msg: Message) -> None:
    """NICK <nickname>

    Spec: https://modern.ircdocs.horse/#nick-message
    Refuses: ERR_NONICKNAMEGIVEN, ERR_ERRONEUSNICKNAME, ERR_NICKNAMEINUSE
    """
    wanted = msg.param(0)
    ctx.require(wanted, n.ERR_NONICKNAMEGIVEN)
    ctx.require(names.is_nick(wanted), n.ERR_ERRONEUSNICKNAME, wanted)
    owner = ctx.ircd.users.get(casefold(wanted))
    ctx.require(owner is None or owner is ctx.session.user, n.ERR_NICKNAMEINUSE, wanted)
    if ctx.session.user is None:
        ctx.session.nick = wanted
        complete(ctx)
    elif wanted != ctx.user.nick:
        ctx.charge(ctx.user.reach)
        ctx.change(NickChanged(ctx.next_seq(), ctx.user.source, wanted))


@command("USER", min_params=4, before_registration=True)
def user(ctx: Context, msg: Message) -> None:
    """USER <username> 0 * <realname>

    Spec: https://modern.ircdocs.horse/#user-message
    Refuses: ERR_ALREADYREGISTERED, ERR_NEEDMOREPARAMS
    """
    session = ctx.session
    ctx.require(session.user is None and not session.username, n.ERR_ALREADYREGISTERED)
    ctx.require(msg.params[0], n.ERR_NEEDMOREPARAMS, "USER")
    session.username = names.clean_user(msg.params[0])
    session.real = names.clip(msg.params[3], names.REAL_LEN) or session.username
    session.client = msg.params[2] if _CLIENT.match(msg.params[2]) else ""
    complete(ctx)


def complete(ctx: Context) -> None:
    """Register the session once it has a nick and a user name and has ended its negotiation."""
    session = ctx.session
    if session.user is not None or not session.nick or not session.username or session.negotiating:
        return
    if not _knows_password(ctx):
        ctx.reply(n.ERR_PASSWDMISMATCH)
        ctx.close("Password incorrect")
        return
    wanted = session.nick
    if casefold(wanted) in ctx.ircd.users:  # somebody was faster
        session.nick = ""
        ctx.require(False, n.ERR_NICKNAMEINUSE, wanted)
    ctx.change(Registered(ctx.next_seq(), session.address, wanted, session.address))
    session.password = None
    _welcome(ctx)
    for room in ctx.ircd.config.rooms.autojoin:
        ctx.ircd.run(ctx, f"JOIN {room}")


def _knows_password(ctx: Context) -> bool:
    wanted = ctx.ircd.password
    given = ctx.session.password or ""
    return wanted is None or hmac.compare_digest(wanted.encode(), given.encode())


def _welcome(ctx: Context) -> None:
    ircd, user = ctx.ircd, ctx.user
    version = f"chatkit-{ircd.version}"
    started = format_time(ircd.started.wall // 1000)[:19].replace("T", " ")
    letters = "".join(sorted(CHANNEL_MODES))
    with_param = "".join(sorted(k for k, kind in CHANNEL_MODES.items() if kind != "D"))
    ctx.reply(n.RPL_WELCOME, text=f"Welcome to the {ircd.name} network, {user.source}")
    ctx.reply(n.RPL_YOURHOST, text=f"Your host is {ircd.name}, running version {version}")
    ctx.reply(n.RPL_CREATED, text=f"This server was started on {started} UTC")
    ctx.reply(n.RPL_MYINFO, ircd.name, version, USER_MODES, letters, with_param)
    for line in format_tokens(tokens(ircd)):
        ctx.reply(n.RPL_ISUPPORT, *line)
    send_lusers(ctx)
    send_motd(ctx)


@command("PING", min_params=1, before_registration=True)
def ping(ctx: Context, msg: Message) -> None:
    """PING <token>

    Spec: https://modern.ircdocs.horse/#ping-message
    Refuses: ERR_NEEDMOREPARAMS, ERR_NOORIGIN
    """
    ctx.require(msg.params[0], n.ERR_NOORIGIN)
    ctx.send(f"PONG {ctx.ircd.name} :{msg.params[0]}")


@command("PONG", before_registration=True)
def pong(ctx: Context, msg: Message) -> None:
    """PONG [<server>] <token>: an answer to our PING. That it came is all that counts.

    Spec: https://modern.ircdocs.horse/#pong-message
    """


@command("QUIT", before_registration=True)
def quit_(ctx: Context, msg: Message) -> None:
    """QUIT [<reason>]

    Spec: https://modern.ircdocs.horse/#quit-message
    """
    reason = names.clip(msg.param(0), names.KICK_LEN)
    # "Quit: " in front, so that nobody passes a reason of his own off as the server's.
    ctx.close(f"Quit: {reason}" if reason else "Quit")
