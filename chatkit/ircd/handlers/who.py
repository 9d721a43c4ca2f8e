"""WHO and WHOX: who is in a room, or fits a mask.

Spec: https://modern.ircdocs.horse/#who-message and https://ircv3.net/specs/extensions/whox
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import msgspec

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.sight import HIDDEN_ADDRESS, address_of, anyone, may_find, rooms_of, shows
from chatkit.ircd.state import Channel, User
from chatkit.proto import capabilities as cap
from chatkit.proto import masks, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

LIMIT = 500  # users in the answer to one WHO with a mask
MAX_TOKEN = 3  # digits
EVERYBODY = ("", "0")  # what some clients say for "*"


class Row(msgspec.Struct, frozen=True):
    """One user of the answer, in the room in which it is shown, if there is one."""

    user: User
    channel: Channel | None


class Request(msgspec.Struct, frozen=True):
    """What is wanted of them: ``fields`` of WHOX, None for a plain WHO."""

    fields: str | None
    token: str
    opers_only: bool


@command("WHO")
def who(ctx: Context, msg: Message) -> None:
    """WHO <mask> [o][%<fields>[,<token>]]: the members of a room, one nick, or all who fit a mask.

    "o" asks for operators only. The fields are letters of WHOX.

    Spec: https://modern.ircdocs.horse/#who-message
    """
    mask = msg.param(0)
    request = _parse(msg.param(1))
    reply = _reply_plain if request.fields is None else _reply_fields
    for row in _rows(ctx, mask, request.opers_only):
        reply(ctx, row, request)
    ctx.reply(n.RPL_ENDOFWHO, mask or "*")


def _parse(text: str) -> Request:
    flags, percent, rest = text.partition("%")
    fields, _, token = rest.partition(",")
    is_token = token.isascii() and token.isdigit() and len(token) <= MAX_TOKEN
    return Request(fields if percent else None, token if is_token else "0", "o" in flags)


def _rows(ctx: Context, mask: str, opers_only: bool) -> Iterable[Row]:
    channel = ctx.ircd.channels.get(casefold(mask))
    if channel is not None:
        return _members(ctx, channel, opers_only)
    if mask and mask[0] in names.CHANNEL_TYPES:
        return ()
    users = _matching(ctx, mask, opers_only)
    return (Row(user, next(rooms_of(ctx.user, user), None)) for user in users)


def _members(ctx: Context, channel: Channel, opers_only: bool) -> Iterable[Row]:
    asker = ctx.user
    if not channel.is_visible_to(asker):
        return
    ctx.charge(len(channel.members))
    for user in channel.members:
        if (user.is_oper or not opers_only) and shows(channel, asker, user):
            yield Row(user, channel)


def _matching(ctx: Context, mask: str, opers_only: bool) -> list[User]:
    exact = anyone(ctx.ircd, mask)
    if exact is not None:
        return [] if opers_only and not exact.is_oper else [exact]
    candidates = ctx.ircd.census.holders("o") if opers_only else ctx.ircd.users.values()
    ctx.charge(len(candidates))
    matches = masks.matcher("*" if mask in EVERYBODY else mask)
    texts_of = _texts(ctx, mask)
    fitting = (user for user in candidates if any(map(matches, texts_of(user))) and may_find(ctx.user, user))
    return list(islice(fitting, LIMIT))


def _texts(ctx: Context, mask: str) -> Callable[[User], tuple[str, ...]]:
    """What ``mask`` is held against: a whole source, where it looks like one."""
    if "@" in mask or "!" in mask:
        return lambda user: (user.source, user.real)
    if ctx.user.may("see-hosts"):
        return lambda user: (user.nick, user.username, user.host, user.real, user.account_name, user.address)
    return lambda user: (user.nick, user.username, user.host, user.real, user.account_name)


def _flags(ctx: Context, row: Row) -> str:
    """Away or here, ``*`` for operators, the prefixes in the room, ``B`` for bots."""
    user, channel = row.user, row.channel
    flags = "H" if user.away is None else "G"
    if user.is_oper:
        flags += "*"
    if channel is not None:
        flags += channel.members[user].prefixes(ctx.session.has(cap.MULTI_PREFIX))
    return flags + ("B" if user.is_bot else "")


def _where(row: Row) -> str:
    return row.channel.name if row.channel is not None else "*"


def _reply_plain(ctx: Context, row: Row, request: Request) -> None:
    user = row.user
    params = (_where(row), user.username, user.host, ctx.ircd.name, user.nick, _flags(ctx, row))
    ctx.reply(n.RPL_WHOREPLY, *params, text=f"0 {user.real}")


def _reply_fields(ctx: Context, row: Row, request: Request) -> None:
    wanted = request.fields or ""
    params = [field(ctx, row, request) for letter, field in _FIELDS.items() if letter in wanted]
    ctx.reply(n.RPL_WHOSPCRPL, *params, text=row.user.real if "r" in wanted else None)


def _idle(ctx: Context, row: Row, request: Request) -> str:
    return str(int(ctx.now.mono - row.user.idle_since))


# "Servers MUST send the fields in the order specified"; the real name, r, comes after them.
_FIELDS: dict[str, Callable[[Context, Row, Request], str]] = {
    "t": lambda ctx, row, request: request.token,
    "c": lambda ctx, row, request: _where(row),
    "u": lambda ctx, row, request: row.user.username,
    "i": lambda ctx, row, request: address_of(ctx.user, row.user) or HIDDEN_ADDRESS,
    "h": lambda ctx, row, request: row.user.host,
    "s": lambda ctx, row, request: ctx.ircd.name,
    "n": lambda ctx, row, request: row.user.nick,
    "f": lambda ctx, row, request: _flags(ctx, row),
    "d": lambda ctx, row, request: "0",  # hops: there is one server
    "l": _idle,
    "a": lambda ctx, row, request: row.user.account_name or "0",
    "o": lambda ctx, row, request: "n/a",  # operators have no levels here
}
