"""CHATHISTORY: what was said before.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chatkit.ircd import reading
from chatkit.ircd.clock import MILLISECOND, seq_of
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.reading import Place
from chatkit.ircd.replay import send_batch, unknown_to
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_time, parse_time
from chatkit.store.records import FIRST, AroundQuery, HistoryQuery, Record, is_conversation

Bounds = tuple[int, int]  # what comes before and after a place: the highest seq below, the lowest above
QueryMaker = Callable[[str, list[Bounds], int], HistoryQuery | AroundQuery]


@command("CHATHISTORY")
def chathistory(ctx: Context, msg: Message) -> None:
    """CHATHISTORY <subcommand> <target> <reference> [<reference>] <limit>, CHATHISTORY TARGETS <from> <to> <limit>

    Spec: https://ircv3.net/specs/extensions/chathistory#chathistory-command
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
    name, limit = msg.params[1], _limit(ctx, msg)
    bounds = [_bounds(param, word, name) for param in msg.params[2:-1]]
    trouble = Fail("CHATHISTORY", "MESSAGE_ERROR", word, name, text="Messages could not be retrieved")

    def ask(place: Place) -> None:
        query = _for_reader(ctx, place, make_query(place.target, bounds, limit))
        ctx.ask(query, lambda records: answer(place, records), trouble)

    def answer(place: Place, records: list[Record]) -> None:
        if not is_conversation(place.target) and reading.room(ctx.user, place.target) is None:
            raise refusal  # it was kicked while it waited
        send_batch(ctx, records, "chathistory", place.name)

    refusal = Fail("CHATHISTORY", "INVALID_TARGET", word, name, text="Messages could not be retrieved")
    reading.find(ctx, name, ask, refusal=refusal, trouble=trouble)


def _for_reader(ctx: Context, place: Place, query: HistoryQuery | AroundQuery) -> HistoryQuery | AroundQuery:
    """``query``, for what this session may read of ``place`` and understands."""
    if not ctx.session.has_all(cap.EVENT_PLAYBACK | cap.BATCH):  # outside of a batch they would seem to happen now
        return replace(query, since=place.since)
    without = (*place.without, *unknown_to(ctx.session))
    return replace(query, since=place.since, events=True, without=without)


def _targets(ctx: Context, msg: Message) -> None:
    _check_count(msg, 4)
    limit = _limit(ctx, msg)
    start, end = (_time_bounds(param) for param in msg.params[1:3])
    newest = start > end
    low, high = (end, start) if newest else (start, end)
    query = reading.latest_query(ctx.user, limit, low[1], high[0], newest=newest)
    trouble = Fail("CHATHISTORY", "MESSAGE_ERROR", "TARGETS", text="Messages could not be retrieved")
    ctx.ask(query, lambda records: _send_targets(ctx, records), trouble)


def _send_targets(ctx: Context, records: list[Record]) -> None:
    ctx.open_batch("draft/chathistory-targets")
    for record in records:
        place = reading.place_of(ctx.user, record)
        if place is not None:
            ctx.send(f"CHATHISTORY TARGETS {place.name} {format_time(record.seq // MILLISECOND)}")
    ctx.close_batch()


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


def _bounds(reference: str, word: str, name: str) -> Bounds:
    """The seq below and the seq above the place that ``reference`` names; all messages of one millisecond share it."""
    if reference == "*":
        if word != "LATEST":
            raise _invalid(word, "*", text="A place is needed here: timestamp=... or msgid=...")
        return FIRST, FIRST
    kind, equals, value = reference.partition("=")
    if not equals or kind not in ("timestamp", "msgid"):
        raise Fail("CHATHISTORY", "INVALID_MSGREFTYPE", word, name, reference, text="Use timestamp=... or msgid=...")
    try:
        if kind == "msgid":
            seq = seq_of(value)
            return seq, seq
        start = parse_time(value) * MILLISECOND
    except ValueError:
        raise _invalid(word, reference, text=f"Invalid {kind}") from None
    return start, start + MILLISECOND - 1


def _time_bounds(reference: str) -> Bounds:
    if not reference.startswith("timestamp="):
        raise _invalid("TARGETS", reference, text="Only timestamps here")
    return _bounds(reference, "TARGETS", "*")


def _invalid(*context: str, text: str) -> Fail:
    return Fail("CHATHISTORY", "INVALID_PARAMS", *context, text=text)


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
