"""CHATHISTORY: what was said before.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

from __future__ import annotations

from collections.abc import Callable

from chatkit.ircd.clock import seq_of
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.staging import Frame
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_time, parse_time
from chatkit.store.records import (
    FIRST,
    AroundQuery,
    ConversationQuery,
    HistoryQuery,
    Record,
    TargetsQuery,
    conversation_of,
)

Bounds = tuple[int, int]  # what comes before and after a place: the highest seq below, the lowest above
QueryMaker = Callable[[str, list[Bounds], int], HistoryQuery | AroundQuery]


@command("CHATHISTORY")
def chathistory(ctx: Context, msg: Message) -> None:
    """CHATHISTORY <subcommand> <target> <reference> [<reference>] <limit>, CHATHISTORY TARGETS <from> <to> <limit>

    Refuses: FAIL with INVALID_PARAMS, INVALID_MSGREFTYPE, INVALID_TARGET or MESSAGE_ERROR
    """
    if not ctx.session.has(cap.CHATHISTORY):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    word = msg.param(0).upper()
    if word == "TARGETS":
        _targets(ctx, msg)
    elif word in _SUBCOMMANDS:
        _messages(ctx, msg, word)
    else:
        raise _invalid(msg.param(0) or "*", text="Unknown command")


def _messages(ctx: Context, msg: Message, word: str) -> None:
    references, make_query = _SUBCOMMANDS[word]
    _check_count(msg, references + 3)
    limit = _limit(ctx, msg)
    bounds = [_bounds(param, word, msg.params[1]) for param in msg.params[2:-1]]
    if word != "LATEST" and any(param == "*" for param in msg.params[2:-1]):
        raise _invalid(word, "*", text="A place is needed here: timestamp=... or msgid=...")
    name = msg.params[1]

    def ask(target: str) -> None:
        ctx.ask(make_query(target, bounds, limit), lambda records: _send(ctx, name, records), _trouble(word, name))

    _find_target(ctx, word, name, ask)


def _find_target(ctx: Context, word: str, name: str, then: Callable[[str], None]) -> None:
    """Call ``then`` with the history key of a room that the user is in, or of a conversation it has had."""
    refusal = Fail("CHATHISTORY", "INVALID_TARGET", word, name, text="Messages could not be retrieved")
    if name[:1] in names.CHANNEL_TYPES:
        key = casefold(name)
        if key not in ctx.user.channels:
            raise refusal
        then(key)
        return
    peer = ctx.ircd.users.get(casefold(name))
    if peer is not None:
        then(conversation_of(ctx.user.key, peer.key))
        return

    def found(target: str | None) -> None:
        if target is None:
            raise refusal
        then(target)

    ctx.ask(ConversationQuery(ctx.user.key, casefold(name)), found, _trouble(word, name))


def _send(ctx: Context, name: str, records: list[Record]) -> None:
    channel = ctx.ircd.channels.get(casefold(name))
    ctx.open_batch("chathistory", channel.name if channel is not None else name)
    for record in records:
        line = f":{record.source} {record.command} {record.recipient} :{record.text}"
        ctx.send_frame(Frame(line, record.seq, record.tags))
    ctx.close_batch()


def _targets(ctx: Context, msg: Message) -> None:
    _check_count(msg, 4)
    limit = _limit(ctx, msg)
    if any(not param.startswith("timestamp=") for param in msg.params[1:3]):
        raise _invalid("TARGETS", msg.params[1], text="Only timestamps here")
    start, end = (_bounds(param, "TARGETS") for param in msg.params[1:3])
    newest = start > end
    low, high = (end, start) if newest else (start, end)
    query = TargetsQuery(tuple(ctx.user.channels), ctx.user.key, limit, low[1], high[0], newest)
    ctx.ask(query, lambda records: _send_targets(ctx, records), _trouble("TARGETS"))


def _send_targets(ctx: Context, records: list[Record]) -> None:
    ctx.open_batch("draft/chathistory-targets")
    for record in records:
        ctx.send(f"CHATHISTORY TARGETS {_shown_target(ctx, record)} {format_time(record.seq // 1000)}")
    ctx.close_batch()


def _shown_target(ctx: Context, record: Record) -> str:
    if record.recipient[:1] in names.CHANNEL_TYPES:
        return record.recipient
    return record.recipient if record.sender == ctx.user.key else split_source(record.source).nick


def _check_count(msg: Message, wanted: int) -> None:
    if len(msg.params) < wanted:
        raise _invalid(msg.params[0], text="Insufficient parameters")
    if len(msg.params) > wanted:
        raise _invalid(msg.params[0], text="Too many parameters")


def _limit(ctx: Context, msg: Message) -> int:
    text = msg.params[-1]
    if not (text.isascii() and text.isdigit()):
        raise _invalid(msg.params[0], text, text="Invalid limit")
    page = ctx.ircd.config.history.page
    wanted = int(text[:9])
    return min(wanted, page) if wanted else page


def _bounds(reference: str, word: str, *target: str) -> Bounds:
    """The seq below and the seq above the place that ``reference`` names; all messages of one millisecond share it."""
    if reference == "*":
        return FIRST, FIRST
    kind, equals, value = reference.partition("=")
    if not equals or kind not in ("timestamp", "msgid"):
        raise Fail("CHATHISTORY", "INVALID_MSGREFTYPE", word, *target, reference, text="Use timestamp=... or msgid=...")
    try:
        if kind == "msgid":
            seq = seq_of(value)
            return seq, seq
        start = parse_time(value) * 1000
    except ValueError:
        raise _invalid(word, reference, text=f"Invalid {kind}") from None
    return start, start + 999


def _invalid(*context: str, text: str) -> Fail:
    return Fail("CHATHISTORY", "INVALID_PARAMS", *context, text=text)


def _trouble(*context: str) -> Fail:
    return Fail("CHATHISTORY", "MESSAGE_ERROR", *context, text="Messages could not be retrieved")


def _latest(target: str, bounds: list[Bounds], limit: int) -> HistoryQuery:
    return HistoryQuery(target, limit, after=bounds[0][1])


def _before(target: str, bounds: list[Bounds], limit: int) -> HistoryQuery:
    return HistoryQuery(target, limit, before=bounds[0][0])


def _after(target: str, bounds: list[Bounds], limit: int) -> HistoryQuery:
    return HistoryQuery(target, limit, after=bounds[0][1], newest=False)


def _between(target: str, bounds: list[Bounds], limit: int) -> HistoryQuery:
    start, end = bounds
    if start <= end:
        return HistoryQuery(target, limit, start[1], end[0], newest=False)
    return HistoryQuery(target, limit, end[1], start[0], newest=True)


def _around(target: str, bounds: list[Bounds], limit: int) -> AroundQuery:
    return AroundQuery(target, limit, bounds[0][0])


_SUBCOMMANDS: dict[str, tuple[int, QueryMaker]] = {  # how many references it takes, and what it asks
    "LATEST": (1, _latest),
    "BEFORE": (1, _before),
    "AFTER": (1, _after),
    "BETWEEN": (2, _between),
    "AROUND": (1, _around),
}
