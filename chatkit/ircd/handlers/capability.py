"""CAP: which extensions a client wants.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.handlers.registration import complete
from chatkit.ircd.offers import WITH_VALUES, listing, offers, regroup, shown
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

_REFUSED = ("sts", "-sts")  # "Clients MUST NOT request this capability"


@command("CAP", min_params=1, before_registration=True)
def cap_(ctx: Context, msg: Message) -> None:
    """CAP <subcommand> [<capabilities>]

    Refuses: ERR_INVALIDCAPCMD
    """
    subcommand = _SUBCOMMANDS.get(msg.params[0].upper())
    if subcommand is None:
        raise NumericError(n.ERR_INVALIDCAPCMD, msg.params[0])
    subcommand(ctx, msg)


def _ls(ctx: Context, msg: Message) -> None:
    session = ctx.session
    _suspend_registration(ctx)
    text = msg.param(1)
    version = int(text[:9]) if text.isascii() and text.isdigit() else 0
    session.cap_version = max(session.cap_version, version)  # the highest counts from now on, this one for the answer
    if session.cap_version >= WITH_VALUES:
        session.caps |= cap.CAP_NOTIFY  # implied by the version
    lines = listing(ctx.ircd, session, "LS", shown(offers(ctx.ircd, session), version))
    _send(ctx, "LS", lines if version >= WITH_VALUES else lines[:1])


def _list(ctx: Context, msg: Message) -> None:
    enabled = [row.name for row in cap.CAPABILITIES if ctx.session.has(row.bit)]
    _send(ctx, "LIST", listing(ctx.ircd, ctx.session, "LIST", enabled))


def _send(ctx: Context, subcommand: str, lines: list[str]) -> None:
    """ "All but the last reply MUST have a parameter containing only an asterisk", for those who know of that."""
    *full, last = lines
    for line in full:
        ctx.send(line.replace(f" {subcommand} :", f" {subcommand} * :", 1) if _knows_302(ctx) else line)
    ctx.send(last)


def _knows_302(ctx: Context) -> bool:
    return ctx.session.cap_version >= WITH_VALUES


def _req(ctx: Context, msg: Message) -> None:
    _suspend_registration(ctx)
    words = msg.param(1).split()
    offered = offers(ctx.ircd, ctx.session)
    # "The capability identifier set must be accepted as a whole, or rejected entirely."
    if not all(_is_acceptable(ctx, word, offered) for word in words):
        _answer(ctx, "NAK", msg.param(1))
        return
    caps = ctx.session.caps
    for word in words:
        bit = cap.BY_NAME[word.removeprefix("-")].bit
        caps = caps & ~bit if word.startswith("-") else caps | bit
    _answer(ctx, "ACK", msg.param(1))
    regroup(ctx.session, caps)


def _is_acceptable(ctx: Context, word: str, offered: dict[str, str]) -> bool:
    is_implied = word == "-cap-notify" and _knows_302(ctx)
    return word.removeprefix("-") in offered and word not in _REFUSED and not is_implied


def _answer(ctx: Context, subcommand: str, text: str) -> None:
    """The list as it was sent; in several lines where there is no room for it beside the names in front of it."""
    lines = listing(ctx.ircd, ctx.session, subcommand, text.split())
    for line in lines if len(lines) > 1 else listing(ctx.ircd, ctx.session, subcommand, [text]):
        ctx.send(line)


def _end(ctx: Context, msg: Message) -> None:
    ctx.session.negotiating = False
    complete(ctx)


def _suspend_registration(ctx: Context) -> None:
    if ctx.session.user is None:
        ctx.session.negotiating = True


_SUBCOMMANDS = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}
