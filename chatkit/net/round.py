"""What goes to many connections, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Round(Generic[T]):
    """Pieces for the same receivers, as far as they have not gone to them.

    It goes round in circles: who waits longest is next. Who has not got one piece when another is added gets both at
    once, so what is added while a round is under way costs those as much as if it had come alone.
    """

    __slots__ = ("_next", "_parts", "receivers")

    def __init__(self, receivers: Sequence[T], data: bytes) -> None:
        """There is at least one of ``receivers``, and they never change."""
        self.receivers = receivers
        self._next = 0  # the place of who is next
        self._parts = deque([(len(receivers), data)])  # from there on: so many get this

    def __bool__(self) -> bool:
        """Whether somebody still waits."""
        return bool(self._parts)

    def add(self, data: bytes) -> None:
        """Everybody gets ``data`` too."""
        waiting = sum(count for count, _ in self._parts)
        self._parts = deque([(count, before + data) for count, before in self._parts])
        if waiting < len(self.receivers):
            self._parts.append((len(self.receivers) - waiting, data))

    def take(self, most: int) -> tuple[Sequence[T], bytes]:
        """Up to ``most`` of those who are next, and what each of them gets now. Somebody waits."""
        count, data = self._parts[0]
        start = self._next
        stop = min(start + min(count, most), len(self.receivers))
        left = count - (stop - start)
        if left:
            self._parts[0] = (left, data)
        else:
            self._parts.popleft()
        self._next = stop % len(self.receivers)
        return self.receivers[start:stop], data

    def take_all(self) -> Iterator[tuple[Sequence[T], bytes]]:
        """All that is left of it."""
        while self._parts:
            yield self.take(len(self.receivers))
