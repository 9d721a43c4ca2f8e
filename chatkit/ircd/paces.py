"""How often a user may do what costs others something: buckets that fill with time."""

from __future__ import annotations


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
