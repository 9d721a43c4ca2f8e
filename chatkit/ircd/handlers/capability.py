"""CAP: which extensions a client wants.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.handlers.registration import complete
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

LINE_ROOM = 400  # bytes of capabilities in one line


@command("CAP", min_params=1, before_registration=True)
def cap_(ctx: Context, msg: Message) -> None:
    """CAP <subcommand> [<capabilities>]

    Refuses: ERR_INVALIDCAPCMD
    """
    word = msg.params[0].upper()
    subcommand = _SUBCOMMANDS.get(word)
    if subcommand is None:
        ctx.reply(n.ERR_INVALIDCAPCMD, msg.params[0], text=n.TEXTS[n.ERR_INVALIDCAPCMD])
        return
    subcommand(ctx, msg)


def _ls(ctx: Context, msg: Message) -> None:
    session = ctx.session
    if session.user is None:
        session.negotiating = True
    version = msg.param(1)
    if version.isascii() and version.isdigit():
        session.cap_version = max(session.cap_version, int(version[:9]))
    if session.cap_version >= 302:
        session.caps |= cap.CAP_NOTIFY  # implied by the version
        names = [f"{row.name}={row.value}" if row.value else row.name for row in cap.CAPABILITIES]
    else:
        names = [row.name for row in cap.CAPABILITIES]
    _list_names(ctx, "LS", names)


def _list(ctx: Context, msg: Message) -> None:
    _list_names(ctx, "LIST", [row.name for row in cap.CAPABILITIES if ctx.session.has(row.bit)])


def _list_names(ctx: Context, subcommand: str, names: list[str]) -> None:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) >= LINE_ROOM:
            lines.append(line)
            line = ""
        line = f"{line} {name}".lstrip()
    for full in lines:
        more = "* " if ctx.session.cap_version >= 302 else ""
        ctx.send(f"CAP {_nick(ctx)} {subcommand} {more}:{full}")
    ctx.send(f"CAP {_nick(ctx)} {subcommand} :{line}")


def _req(ctx: Context, msg: Message) -> None:
    session = ctx.session
    if session.user is None:
        session.negotiating = True
    wanted = msg.param(1).split()
    caps = session.caps
    for word in wanted:
        row = cap.BY_NAME.get(word.removeprefix("-"))
        # "If any capability is refused, none of them is changed."
        if row is None or (word == "-cap-notify" and session.cap_version >= 302):
            ctx.send(f"CAP {_nick(ctx)} NAK :{msg.param(1)}")
            return
        caps = caps & ~row.bit if word.startswith("-") else caps | row.bit
    session.caps = caps
    if session.user is not None:
        for channel in session.user.channels.values():
            channel.members_changed()
    ctx.send(f"CAP {_nick(ctx)} ACK :{msg.param(1)}")


def _end(ctx: Context, msg: Message) -> None:
    ctx.session.negotiating = False
    complete(ctx)


def _nick(ctx: Context) -> str:
    return ctx.session.user.nick if ctx.session.user is not None else "*"


_SUBCOMMANDS = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}
