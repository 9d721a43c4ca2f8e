"""Time and numbers, which come in from outside."""

from __future__ import annotations

import msgspec

from chatkit.proto.timestamps import format_time

MILLISECOND = 1000  # of a seq: events of the same one have the same time on the wire


class Moment(msgspec.Struct, frozen=True):
    """One instant: ``wall`` in microseconds since 1970, for people; ``mono`` in seconds, for what times out."""

    wall: int
    mono: float


class Sequence:
    """Numbers every event: microseconds since 1970, pushed on where two would share one or the clock stepped back.

    So the number is the order, the time and the id of an event at once. ``last`` is the highest that was ever given.
    """

    __slots__ = ("last",)

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def next(self, wall: int) -> int:
        """A number for something that happens at ``wall``."""
        self.last = wall if wall > self.last else self.last + 1
        return self.last

    def reserve(self, wall: int, count: int) -> int:
        """The first of ``count`` numbers in a row, for what happens at ``wall`` one after the other."""
        first = wall if wall > self.last else self.last + 1
        self.last = first + count - 1
        return first


def msgid_of(seq: int) -> str:
    """The ``msgid`` tag of an event."""
    return f"{seq:x}"


def seq_of(msgid: str) -> int:
    """The event with this ``msgid``. Raises ValueError for what never was one."""
    if not msgid.isascii() or not msgid.isalnum() or len(msgid) > 15:
        raise ValueError(f"not a msgid: {msgid}")
    return int(msgid, 16)


def time_of(seq: int) -> str:
    """The ``time`` tag of an event."""
    return format_time(seq // MILLISECOND)
