"""MONITOR: who of one's friends is there.

Spec: https://ircv3.net/specs/extensions/monitor
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatkit.ircd import monitors
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.handlers.subscriptions import send_users
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

LINE_ROOM = 350  # bytes of targets in one line: the server's name, the nick and a text stand there too


@command("MONITOR", min_params=1)
def monitor(ctx: Context, msg: Message) -> None:
    """MONITOR + <nick>{,<nick>}, MONITOR - <nick>{,<nick>}, MONITOR C, MONITOR L, MONITOR S

    Spec: https://ircv3.net/specs/extensions/monitor#monitor-command
    Refuses: ERR_NEEDMOREPARAMS, ERR_MONLISTFULL, ERR_UNKNOWNERROR
    """
    subcommand = _SUBCOMMANDS.get(msg.params[0].upper())
    if subcommand is None:
        raise NumericError(n.ERR_UNKNOWNERROR, "MONITOR", msg.params[0], text="Use one of + - C L S")
    subcommand(ctx, msg)


def _targets(ctx: Context, msg: Message) -> dict[str, str]:
    """The nicks that were given, each once, by casefolded nick. Refuses: ERR_NEEDMOREPARAMS."""
    ctx.require(msg.param(1), n.ERR_NEEDMOREPARAMS, "MONITOR")
    found: dict[str, str] = {}
    for nick in msg.params[1].split(","):
        if names.is_nick(nick):  # nobody else can come
            found.setdefault(casefold(nick), nick)
    return found


def _add(ctx: Context, msg: Message) -> None:
    new = [nick for key, nick in _targets(ctx, msg).items() if key not in ctx.session.monitored]
    limit = ctx.ircd.config.limits.monitor_targets
    room = max(0, limit - len(ctx.session.monitored))
    for nick in new[:room]:
        monitors.watch(ctx.ircd, ctx.session, nick)
    _send_state(ctx, new[:room])
    send_users(ctx, new[:room])
    for piece in monitors.join_targets(new[room:], LINE_ROOM):
        ctx.reply(n.ERR_MONLISTFULL, str(limit), piece)


def _remove(ctx: Context, msg: Message) -> None:
    for key in _targets(ctx, msg):
        monitors.unwatch(ctx.ircd, ctx.session, key)


def _clear(ctx: Context, msg: Message) -> None:
    monitors.unwatch_all(ctx.ircd, ctx.session)


def _list(ctx: Context, msg: Message) -> None:
    _send(ctx, n.RPL_MONLIST, ctx.session.monitored.values())
    ctx.reply(n.RPL_ENDOFMONLIST)


def _status(ctx: Context, msg: Message) -> None:
    _send_state(ctx, ctx.session.monitored.values())


def _send_state(ctx: Context, nicks: Iterable[str]) -> None:
    """RPL_MONONLINE for those who are there, RPL_MONOFFLINE for the others."""
    online, offline = [], []
    for nick in nicks:
        user = ctx.ircd.users.get(casefold(nick))
        if user is not None:
            online.append(user.source)
        else:
            offline.append(nick)
    _send(ctx, n.RPL_MONONLINE, online)
    _send(ctx, n.RPL_MONOFFLINE, offline)


def _send(ctx: Context, numeric: str, targets: Iterable[str]) -> None:
    for piece in monitors.join_targets(targets, LINE_ROOM):
        ctx.reply(numeric, text=piece)


_SUBCOMMANDS: dict[str, Callable[[Context, Message], None]] = {
    "+": _add,
    "-": _remove,
    "C": _clear,
    "L": _list,
    "S": _status,
}
