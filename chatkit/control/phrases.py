"""What the commands' sentences have in common, and what is made of what was typed."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from chatkit.control.plan import Change, Lasting, refused
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.durations import MAX_SECONDS, format_duration
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment

SECOND = 1_000_000  # of a seq
MAX_SUGGESTIONS = 3
MAX_COMPARED = 50  # names: to compare one takes a while, and all of them may be thousands


def one_line(text: str) -> str:
    """``text`` without line ends, colours and what nobody sees: fit for a line of IRC."""
    return plain(" ".join(text.split()))


def reason_of(params: Change) -> str:
    """The reason, as those are told whom it concerns."""
    return names.clip(one_line(params.reason), names.KICK_LEN)


def counted(number: int, noun: str) -> str:
    """``1 user``, ``1,200 users``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def lasting(params: Lasting) -> str:
    """`` for 1h``; nothing where it is for good."""
    return "" if params.lasts is None else f" for {format_duration(params.lasts)}"


def end_of(params: Lasting, now: Moment) -> int:
    """When it is over, in seconds since 1970; 0 where it is for good. Refuses: what is no span of time."""
    if params.lasts is not None and not 0 < params.lasts <= MAX_SECONDS:
        raise refused("give a span of time between a second and a hundred years")
    return 0 if params.lasts is None else now.wall // SECOND + ceil(params.lasts)


def rest_of(until: int, now: Moment) -> float | None:
    """How many seconds are left until then; None where it is for good."""
    return max(1.0, until - now.wall / SECOND) if until else None


def seq_at(option: str, text: str) -> int:
    """The seq of what happens at a time in ISO 8601, which is UTC unless it says otherwise. Refuses: what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise refused(f"{option}: {one_line(text)!r} is no time, as 2027-01-15T08:00:00") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * SECOND)


def like(name: str, known: Iterable[str]) -> str:
    """`` (there is #garden)``: which of the ``known`` may have been meant; nothing where none is like it."""
    wanted, by_key = casefold(name), {casefold(other): other for other in known}
    letters = frozenset(wanted)

    def distance(key: str) -> int:
        return len(letters.symmetric_difference(key)) + abs(len(key) - len(wanted))

    nearest = heapq.nsmallest(MAX_COMPARED, by_key, distance)
    near = difflib.get_close_matches(wanted, nearest, MAX_SUGGESTIONS)
    return f" (there is {', '.join(by_key[key] for key in near)})" if near else ""
