"""CAP: which extensions a client wants.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.handlers.registration import complete
from chatkit.ircd.staging import fill
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

LINE_ROOM = 400  # bytes of capabilities in one line
VALUES = 302  # the version from which on capabilities have values


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
    text = msg.param(1)
    version = int(text[:9]) if text.isascii() and text.isdigit() else 0
    session.cap_version = max(session.cap_version, version)  # the highest counts from now on, this one for the answer
    if session.cap_version >= VALUES:
        session.caps |= cap.CAP_NOTIFY  # implied by the version
    _list_names(ctx, "LS", [_valued(row) if version >= VALUES else row.name for row in cap.CAPABILITIES])


def _valued(row: cap.Capability) -> str:
    return f"{row.name}={row.value}" if row.value else row.name


def _list(ctx: Context, msg: Message) -> None:
    _list_names(ctx, "LIST", [row.name for row in cap.CAPABILITIES if ctx.session.has(row.bit)])


def _list_names(ctx: Context, subcommand: str, names: list[str]) -> None:
    *full, last = list(fill(names, LINE_ROOM)) or [""]
    more = "* " if ctx.session.cap_version >= VALUES else ""
    for line in full:
        ctx.send(f"CAP {_nick(ctx)} {subcommand} {more}:{line}")
    ctx.send(f"CAP {_nick(ctx)} {subcommand} :{last}")


def _req(ctx: Context, msg: Message) -> None:
    session = ctx.session
    if session.user is None:
        session.negotiating = True
    wanted = msg.param(1).split()
    caps = session.caps
    for word in wanted:
        row = cap.BY_NAME.get(word.removeprefix("-"))
        # "If any capability is refused, none of them is changed."
        if row is None or (word == "-cap-notify" and session.cap_version >= VALUES):
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
