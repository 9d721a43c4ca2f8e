"""How often a user or a network may do what costs others something: buckets that fill with time."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from typing import TYPE_CHECKING, Literal

from chatkit.ircd.errors import NumericError
from chatkit.proto import numerics as n

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

MAX_NETWORKS = 10_000  # that are remembered; past that the one is forgotten that did nothing for longest

Kind = Literal["joins", "nick_changes", "new_targets", "invites"]

# What RPL_TRYAGAIN names where the caller names no command.
_COMMANDS: dict[Kind, str] = {
    "joins": "JOIN",
    "nick_changes": "NICK",
    "new_targets": "PRIVMSG",
    "invites": "INVITE",
}


class Bucket:
    """Something that may happen ``per_minute`` times a minute in the long run, and as often at once."""

    __slots__ = ("filled", "left", "per_minute")

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self.left = float(per_minute)
        self.filled = now

    def take(self, now: float) -> float:
        """Take one out. Returns 0.0, or the seconds until there is one again."""
        rate = self.per_minute / 60
        self.left = min(float(self.per_minute), self.left + (now - self.filled) * rate)
        self.filled = now
        if self.left < 1:
            return (1 - self.left) / rate
        self.left -= 1
        return 0.0


class Paces:
    """A bucket for each network that did something lately."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, network: str, per_minute: int, now: float) -> float:
        """Take one out of the bucket of ``network``. Returns 0.0, or the seconds until there is one again."""
        bucket = self._buckets.get(network)
        if bucket is None or bucket.per_minute != per_minute:
            bucket = self._buckets[network] = Bucket(per_minute, now)
        self._buckets.move_to_end(network)
        if len(self._buckets) > MAX_NETWORKS:
            self._buckets.popitem(last=False)
        return bucket.take(now)


def pace(ctx: Context, kind: Kind, command: str = "") -> None:
    """Count one of ``kind``, whose setting is ``limits.<kind>_per_minute``. Operators are not held up.

    Refuses: RPL_TRYAGAIN, which names ``command``
    """
    user = ctx.user
    if user.is_oper:
        return
    per_minute: int = getattr(ctx.ircd.config.limits, f"{kind}_per_minute")
    if user.paces is None:
        user.paces = {}
    bucket = user.paces.get(kind)
    if bucket is None or bucket.per_minute != per_minute:  # the first one, or the settings were read again
        bucket = user.paces[kind] = Bucket(per_minute, ctx.now.mono)
    seconds = ceil(bucket.take(ctx.now.mono))
    if seconds:
        text = f"That is too often: wait {seconds} second{'' if seconds == 1 else 's'}"
        raise NumericError(n.RPL_TRYAGAIN, command or _COMMANDS[kind], text=text)
