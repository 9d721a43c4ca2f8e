"""STATS: the server in figures.

Spec: https://modern.ircdocs.horse/#stats-message
"""

from __future__ import annotations

from collections.abc import Callable

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.handlers.server_info import require_this_server
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

DAY, HOUR, MINUTE = 86_400, 3600, 60  # seconds


@command("STATS", min_params=1)
def stats(ctx: Context, msg: Message) -> None:
    """STATS <letter> [<server>]: u how long it runs, m what is used how often; for operators l, o and p.

    l is what each connection sends and has waiting, o who may become an operator, p which operators are here.

    Spec: https://modern.ircdocs.horse/#stats-message
    Refuses: ERR_NOSUCHSERVER, ERR_NOPRIVILEGES, ERR_NOPRIVS
    """
    require_this_server(ctx, msg.param(1))
    letter = msg.params[0][:1]
    if letter in _PRIVATE and not ctx.user.may("stats"):
        ctx.reply(n.ERR_NOPRIVS if ctx.user.is_oper else n.ERR_NOPRIVILEGES, *["stats"] * ctx.user.is_oper)
    elif letter in _REPORTS:
        _REPORTS[letter](ctx)
    ctx.reply(n.RPL_ENDOFSTATS, letter or "*")


def _uptime(ctx: Context) -> None:
    seconds = int(ctx.now.mono - ctx.ircd.started.mono)
    days, rest = divmod(seconds, DAY)
    clock = f"{rest // HOUR}:{rest % HOUR // MINUTE:02}:{rest % MINUTE:02}"
    ctx.reply(n.RPL_STATSUPTIME, text=f"Server Up {days} days {clock}")


def _usage(ctx: Context) -> None:
    for name, count in sorted(ctx.ircd.used.items()):
        ctx.reply(n.RPL_STATSCOMMANDS, name, str(count))


def _connections(ctx: Context) -> None:
    """Who, bytes that wait for it, messages and bytes to it and from it, and for how many seconds it has been open.

    What was sent is not counted: it would cost every message something.
    """
    ctx.charge(len(ctx.ircd.sessions))
    for session in ctx.ircd.sessions:
        nick = session.user.nick if session.user is not None else session.nick or "*"
        who = f"{nick}[{session.username or '*'}@{session.host}]"
        heard = (str(session.heard_lines), str(session.heard_bytes))
        seconds = int(ctx.now.mono - session.opened.mono)
        ctx.reply(n.RPL_STATSLINKINFO, who, str(session.link.queued), "*", "*", *heard, str(seconds))


def _who_may(ctx: Context) -> None:
    for oper in ctx.ircd.config.opers:
        for place in oper.hosts or ("*",):
            ctx.reply(n.RPL_STATSOLINE, "O", place, "*", oper.name, oper.oper_class)


def _who_is(ctx: Context) -> None:
    opers = list(ctx.ircd.census.holders("o"))
    for user in opers:
        idle = int(ctx.now.mono - user.idle_since)
        name = user.oper.name if user.oper is not None else "*"
        ctx.reply(n.RPL_STATSDEBUG, "p", text=f"{user.source} ({name}) idle {idle} seconds")
    ctx.reply(n.RPL_STATSDEBUG, "p", text=f"{len(opers)} operator(s)")


_REPORTS: dict[str, Callable[[Context], None]] = {
    "l": _connections,
    "m": _usage,
    "o": _who_may,
    "p": _who_is,
    "u": _uptime,
}
_PRIVATE = frozenset("lop")
