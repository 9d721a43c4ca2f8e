"""IRC operators: OPER, and what operators alone may do: KILL, REHASH, WALLOPS, CONNECT, SQUIT.

Spec: https://modern.ircdocs.horse/#operator-messages
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NoReturn

from chatkit.ircd import audit, opers, quiet
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import HostChanged, Opered, OperRefused, Rehashed, WallopsSent
from chatkit.ircd.requests import CheckOper, Reload, Reloaded
from chatkit.proto import capabilities as cap
from chatkit.proto import masks, names
from chatkit.proto import numerics as n
from chatkit.proto.addresses import network_of
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.config import Oper


def require_privilege(ctx: Context, privilege: str) -> None:
    """Refuses: ERR_NOPRIVILEGES who is no operator, ERR_NOPRIVS operators without ``privilege``."""
    ctx.require(ctx.user.is_oper, n.ERR_NOPRIVILEGES)
    ctx.require(ctx.user.may(privilege), n.ERR_NOPRIVS, privilege)


@command("OPER", min_params=1)
def oper(ctx: Context, msg: Message) -> None:
    """OPER <name> <password>: become an operator. With a certificate alone it takes no password.

    Spec: https://modern.ircdocs.horse/#oper-message
    Refuses: ERR_NEEDMOREPARAMS, ERR_NOOPERHOST, ERR_PASSWDMISMATCH
    """
    name, password = msg.params[0], " ".join(msg.params[1:])  # people forget the colon before a phrase
    found = opers.find(ctx.ircd.config, name)
    by_password = found is None or opers.has_password(found)
    ctx.require(password or not by_password, n.ERR_NEEDMOREPARAMS, "OPER")
    if found is not None:
        _require_place(ctx, found)
    if found is not None and not by_password:
        _become(ctx, found)
        return
    _refuse_haste(ctx)
    # An unknown name takes as long to refuse as a known one.
    ctx.ask(CheckOper(name, password), lambda right: _answered(ctx, name, right), NumericError(n.ERR_PASSWDMISMATCH))


def _require_place(ctx: Context, found: Oper) -> None:
    """Refuses: ERR_NOOPERHOST"""
    if not opers.comes_from(found, ctx.user, ctx.session):
        _refuse(ctx, found.name, n.ERR_NOOPERHOST)
    if not opers.has_certificate(found, ctx.session):
        _refuse(ctx, found.name, n.ERR_NOOPERHOST, "That is not your certificate")


def _refuse(ctx: Context, name: str, numeric: str, text: str | None = None) -> NoReturn:
    ctx.change(OperRefused(ctx.cause(), name))
    raise NumericError(numeric, text=text)


def _refuse_haste(ctx: Context) -> None:
    network, ircd = network_of(ctx.session.address), ctx.ircd
    seconds = ceil(ircd.limits.opers.wait(network, ctx.now.mono))
    text = f"Too many wrong passwords: try again in {seconds} second{'' if seconds == 1 else 's'}"
    ctx.require(not seconds, n.ERR_PASSWDMISMATCH, text=text)
    text = "Too many are logging in: try again in a while"
    ctx.require(not ircd.gates.passwords.is_full(network), n.ERR_PASSWDMISMATCH, text=text)


def _answered(ctx: Context, name: str, right: bool) -> None:
    found, attempts = opers.find(ctx.ircd.config, name), ctx.ircd.limits.opers
    network = network_of(ctx.session.address)
    if not right or found is None:
        attempts.note(network, ctx.now.mono)
        _refuse(ctx, name, n.ERR_PASSWDMISMATCH)
    _become(ctx, found)  # what was wrong before stays counted: else one operator could guess at another's password


def _become(ctx: Context, found: Oper) -> None:
    ctx.change(Opered(ctx.cause(), found.name, found.oper_class))
    audit.by_oper(ctx, "oper", {"name": found.name}, f"{ctx.user.nick} became the operator {found.name}")
    ctx.reply(n.RPL_YOUREOPER)
    if found.vhost:
        show_host(ctx, found.vhost)


def show_host(ctx: Context, host: str) -> None:
    """Others see ``host`` of this user from now on. The user is told so with RPL_VISIBLEHOST."""
    if host != ctx.user.host:
        ctx.charge(ctx.user.reach)
        ctx.change(HostChanged(ctx.cause(), ctx.user.username, host))
        ctx.reply(n.RPL_VISIBLEHOST, host)


@command("KILL", min_params=2)
def kill(ctx: Context, msg: Message) -> None:
    """KILL <nick> <comment>: remove somebody from the server. Privilege: kill.

    Spec: https://modern.ircdocs.horse/#kill-message
    Refuses: ERR_NOPRIVILEGES, ERR_NOPRIVS, ERR_NEEDMOREPARAMS, ERR_CANTKILLSERVER, ERR_NOSUCHNICK
    """
    require_privilege(ctx, "kill")
    nick, comment = msg.params[0], names.clip(msg.params[1], names.KICK_LEN)
    ctx.require(comment, n.ERR_NEEDMOREPARAMS, "KILL")
    ctx.require(nick != ctx.ircd.name, n.ERR_CANTKILLSERVER)
    victim = ctx.find_user(nick)
    ctx.charge(victim.reach)
    audit.by_oper(ctx, "kill", {"nick": victim.nick}, f"Killed {victim.nick}", reason=comment, hits=(victim.nick,))
    ctx.ircd.kill(victim, ctx.user, quiet.own_words(ctx, comment, ctx.user.nick), ctx.now)
    if ctx.session.gone:
        ctx.defer()  # one's own connection is closed: nothing can answer a label any more


@command("REHASH")
def rehash(ctx: Context, msg: Message) -> None:
    """REHASH: read settings, message of the day and certificate again. Privilege: rehash.

    Spec: https://modern.ircdocs.horse/#rehash-message
    Refuses: ERR_NOPRIVILEGES, ERR_NOPRIVS; FAIL CONFIG_BAD or ERR_UNKNOWNERROR where a file is not good, and nothing
    changes
    """
    require_privilege(ctx, "rehash")
    ctx.reply(n.RPL_REHASHING, ctx.ircd.settings_file)
    refusal = NumericError(n.ERR_UNKNOWNERROR, "REHASH", text="The settings could not be read; the log says why")
    ctx.ask(Reload(), lambda outcome: _say_outcome(ctx, outcome), refusal)


def _say_outcome(ctx: Context, outcome: Reloaded) -> None:
    ctx.change(Rehashed(ctx.cause(), outcome.changed, outcome.error))
    if outcome.error:
        raise _refusal(ctx, f"Nothing has changed: {outcome.error}")
    audit.by_oper(ctx, "reload", {}, "Read the settings again")
    changed = ", ".join(outcome.changed) or "no settings"
    ctx.remark("NOTE", "REHASH", "RELOADED", f"Read again; changed: {changed}")
    if outcome.later:
        ctx.remark("WARN", "REHASH", "NEEDS_RESTART", f"These wait for a restart: {', '.join(outcome.later)}")


def _refusal(ctx: Context, text: str) -> Fail | NumericError:
    if ctx.session.has(cap.STANDARD_REPLIES):
        return Fail("REHASH", "CONFIG_BAD", text=text)
    return NumericError(n.ERR_UNKNOWNERROR, "REHASH", text=text)


@command("WALLOPS", min_params=1)
def wallops(ctx: Context, msg: Message) -> None:
    """WALLOPS <text>: say something to everyone with user mode w. Privilege: wallops.

    Spec: https://modern.ircdocs.horse/#wallops-message
    Refuses: ERR_NOPRIVILEGES, ERR_NOPRIVS, ERR_NEEDMOREPARAMS; ERR_CANNOTSENDTOUSER who is muted
    """
    require_privilege(ctx, "wallops")
    quiet.refuse_muted(ctx, ctx.user.nick)
    ctx.require(msg.params[0], n.ERR_NEEDMOREPARAMS, "WALLOPS")
    ctx.charge(len(ctx.ircd.census.holders("w")))
    ctx.change(WallopsSent(ctx.cause(), msg.params[0]))
    audit.by_oper(ctx, "wallops", {"text": msg.params[0]}, f"Told those with user mode w: {msg.params[0]}")


@command("CONNECT", min_params=1)
def connect(ctx: Context, msg: Message) -> None:
    """CONNECT <server> [<port> [<remote server>]]: this server knows no others.

    Spec: https://modern.ircdocs.horse/#connect-message
    Refuses: ERR_NOPRIVILEGES, ERR_NOSUCHSERVER
    """
    ctx.require(ctx.user.is_oper, n.ERR_NOPRIVILEGES)
    raise NumericError(n.ERR_NOSUCHSERVER, msg.params[0])


@command("SQUIT", min_params=2)
def squit(ctx: Context, msg: Message) -> None:
    """SQUIT <server> <comment>: this server has no links that could be ended.

    Spec: https://modern.ircdocs.horse/#squit-message
    Refuses: ERR_NOPRIVILEGES, ERR_NOPRIVS, ERR_NOSUCHSERVER
    """
    ctx.require(ctx.user.is_oper, n.ERR_NOPRIVILEGES)
    ctx.require(not masks.matches(msg.params[0], ctx.ircd.name), n.ERR_NOPRIVS, "squit")
    raise NumericError(n.ERR_NOSUCHSERVER, msg.params[0])
