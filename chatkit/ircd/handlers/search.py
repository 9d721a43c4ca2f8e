"""SEARCH: which messages hold certain words.

Spec: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chatkit.ircd import reading
from chatkit.ircd.clock import MILLISECOND
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.reading import Place
from chatkit.ircd.replay import send_batch
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto import tags
from chatkit.proto.addresses import network_of
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.timestamps import parse_time
from chatkit.store.records import SearchQuery

COST = 1000  # what a search counts as: so many users looked at

Narrower = Callable[[SearchQuery, str], SearchQuery]  # takes an attribute's value; raises ValueError for a bad one


@command("SEARCH")
def search(ctx: Context, msg: Message) -> None:
    """SEARCH <attribute>=<value>{;<attribute>=<value>}, written as message tags are

    All of in, from, after, before and text must fit; limit is how many at most.

    Spec: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md#search-command
    Refuses: FAIL with INVALID_PARAMS or INTERNAL_ERROR
    """
    if not ctx.session.has(cap.SEARCH):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    attributes = tags.parse(msg.param(0))
    if not attributes or len(msg.params) > 1:
        raise _invalid()
    rooms = reading.rooms(ctx.user)
    query = SearchQuery(
        tuple(room.target for room in rooms),
        ctx.user.key,
        limit=ctx.ircd.config.history.page,
        since=tuple(room.since for room in rooms),
    )
    place = attributes.pop("in", None)
    for name, value in attributes.items():
        query = _narrow(query, name, value)
    ctx.charge(COST)
    if place is None:
        _ask(ctx, query)
    else:
        reading.find(ctx, place, lambda found: _ask_in(ctx, query, found), refusal=_invalid("in"), trouble=_trouble())


def _narrow(query: SearchQuery, name: str, value: str) -> SearchQuery:
    if not value:
        raise _invalid(name)
    try:
        return _NARROWERS[name](query, value)
    except (KeyError, ValueError):
        raise _invalid(name) from None


def _ask_in(ctx: Context, query: SearchQuery, place: Place) -> None:
    _ask(ctx, replace(query, in_target=place.target))


def _ask(ctx: Context, query: SearchQuery) -> None:
    if ctx.ircd.gates.searches.is_full(network_of(ctx.session.address)):
        raise _trouble("Too many are searching: try again in a while")
    ctx.ask(query, lambda records: send_batch(ctx, records, "soju.im/search"), _trouble())


def _invalid(*context: str) -> Fail:
    return Fail("SEARCH", "INVALID_PARAMS", *context, text="Invalid parameters")


def _trouble(text: str = "The search could not be run") -> Fail:
    return Fail("SEARCH", "INTERNAL_ERROR", text=text)


def _from(query: SearchQuery, value: str) -> SearchQuery:
    return replace(query, sender=casefold(value))


def _after(query: SearchQuery, value: str) -> SearchQuery:
    # "If `after` is specified, messages SHOULD be searched from that time."
    return replace(query, after=parse_time(value) * MILLISECOND - 1, newest=False)


def _before(query: SearchQuery, value: str) -> SearchQuery:
    return replace(query, before=(parse_time(value) + 1) * MILLISECOND)


def _text(query: SearchQuery, value: str) -> SearchQuery:
    return replace(query, text=value)


def _limit(query: SearchQuery, value: str) -> SearchQuery:
    if not (value.isascii() and value.isdigit() and int(value[:9])):
        raise ValueError(value)
    return replace(query, limit=min(query.limit, int(value[:9])))


_NARROWERS: dict[str, Narrower] = {"from": _from, "after": _after, "before": _before, "text": _text, "limit": _limit}
