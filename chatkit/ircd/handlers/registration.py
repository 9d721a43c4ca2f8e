"""Coming and going: PASS, NICK, USER, PING, PONG, QUIT.

Spec: https://modern.ircdocs.horse/#connection-messages
"""

from __future__ import annotations

import hmac
import re

from chatkit.ircd import devices, door, enforcing, lockdown, logins, nicks, quiet
from chatkit.ircd.accounts import Account
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import NickChanged
from chatkit.ircd.handlers import welcome
from chatkit.ircd.paces import pace
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

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
    Refuses: ERR_NONICKNAMEGIVEN, ERR_ERRONEUSNICKNAME, also for a nick that is banned, ERR_NICKNAMEINUSE, RPL_TRYAGAIN;
    who is muted keeps his nick: ERR_CANNOTSENDTOUSER
    """
    session, ircd = ctx.session, ctx.ircd
    ctx.require(msg.param(0), n.ERR_NONICKNAMEGIVEN)
    wanted = names.prepare_nick(msg.params[0])
    if wanted is None:
        raise NumericError(n.ERR_ERRONEUSNICKNAME, msg.params[0])
    owner = ircd.users.get(casefold(wanted))
    is_free = owner is None or owner is session.user or devices.may_join(ircd, session, owner)
    ctx.require(is_free, n.ERR_NICKNAMEINUSE, wanted)
    if session.user is None:
        session.nick = wanted  # whether it may have it turns out when it has had its chance to log in
        complete(ctx)
    elif wanted != ctx.user.nick:
        _rename(ctx, wanted)


def _rename(ctx: Context, wanted: str) -> None:
    nicks.refuse_taken(ctx.ircd, ctx.session, wanted)
    quiet.refuse_muted(ctx, wanted)
    enforcing.refuse_nick(ctx, wanted)
    pace(ctx, "nick_changes")
    ctx.charge(ctx.user.reach)
    ctx.change(NickChanged(ctx.cause(), wanted))


@command("USER", min_params=4, before_registration=True)
def user(ctx: Context, msg: Message) -> None:
    """USER <username> 0 * <realname>

    Spec: https://modern.ircdocs.horse/#user-message
    Refuses: ERR_ALREADYREGISTERED, ERR_NEEDMOREPARAMS
    """
    session = ctx.session
    ctx.require(session.user is None and not session.username, n.ERR_ALREADYREGISTERED)
    ctx.require(msg.params[0] and msg.params[3].strip(), n.ERR_NEEDMOREPARAMS, "USER")
    session.username = names.clean_user(msg.params[0])
    session.real = names.clip(msg.params[3], names.REAL_LEN)
    session.client = msg.params[2] if _CLIENT.match(msg.params[2]) else ""
    complete(ctx)


def complete(ctx: Context) -> None:
    """Register the session once it has a nick and a user name and has ended its negotiation.

    Refuses: ERR_PASSWDMISMATCH, ERR_YOUREBANNEDCREEP, and the connection ends; ERR_ERRONEUSNICKNAME, ERR_NICKNAMEINUSE
    """
    session = ctx.session
    if session.user is not None or not session.nick or not session.username or session.negotiating:
        return
    if not knows_password(ctx):
        raise _turned_away()
    if session.sasl is not None:  # "the server SHOULD abort it and send a 906 numeric, then register the client"
        session.sasl = None
        ctx.reply(n.ERR_SASLABORTED)
    if _logs_in_by_password(ctx):
        return  # until that is done
    enforcing.refuse(ctx)
    lockdown.refuse(ctx)
    user = devices.user_for(ctx.ircd, session)
    if user is None:
        _require_nick(ctx)
    door.refuse_registration(ctx)
    session.password = None
    if user is not None:
        welcome.attach(ctx, user)
    else:
        welcome.begin(ctx)


def _require_nick(ctx: Context) -> None:
    """Refuse the nick that the session has asked for, if it may not have it after all: it may ask for another."""
    try:
        nicks.refuse_taken(ctx.ircd, ctx.session, ctx.session.nick)
    except NumericError:
        ctx.session.nick = ""
        raise


def _turned_away(text: str | None = None) -> NumericError:
    return NumericError(n.ERR_PASSWDMISMATCH, text=text, closes="Password incorrect")


def _logs_in_by_password(ctx: Context) -> bool:
    """Log in with PASS <account>:<password>, for clients that know no SASL. Returns whether that is being tried.

    Not where the server has a password of its own, which is what PASS is for.
    """
    session = ctx.session
    name, _, password = (session.password or "").partition(":")
    is_login = session.account is None and ctx.ircd.password is None and ctx.ircd.accounts.find(name) is not None
    if not is_login or not password:
        return False
    session.password = None

    def proved(account: Account) -> None:
        logins.refuse_unusable(account, _turned_away)
        logins.log_in(ctx, account)
        complete(ctx)

    logins.check_password(ctx, name, password, _turned_away, proved)
    return True


def knows_password(ctx: Context) -> bool:
    """Whether the session has said the password that the server asks of every client, if it asks for one."""
    wanted = ctx.ircd.password
    given = ctx.session.password or ""
    return wanted is None or hmac.compare_digest(wanted.encode(), given.encode())


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
    reason = quiet.own_words(ctx, names.clip(msg.param(0), names.KICK_LEN))
    user = ctx.session.user
    if user is not None and any(channel.archived for channel in user.channels.values()):
        reason = ""  # it would be told there
    # "This applies even if <reason> is empty": so nobody passes a reason of his own off as the server's.
    ctx.close(f"Quit: {reason}")
