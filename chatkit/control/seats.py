"""Seats at the port for administration: so many in all, and so many for one network.

Whoever has shown a token keeps his. Whoever has not gives it up where all are taken: so nobody keeps others out by
connections in which nothing is said, or by handshakes that stall.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Generic, Protocol, TypeVar

MAX_REMOTE = 50  # connections from elsewhere
MAX_OF_NETWORK = 10  # of them


class Visitor(Protocol):
    """A connection from elsewhere."""

    @property
    def network(self) -> str:
        """Where it comes from; empty as long as nobody but a proxy knows."""

    @property
    def is_known(self) -> bool:
        """Whether it has shown a good token."""

    @property
    def is_over(self) -> bool:
        """Whether it is about to be closed."""


V = TypeVar("V", bound=Visitor)


class Seats(Generic[V]):
    """Who has one. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the list
        self._taken: list[V] = []  # in the order in which they came

    def taken(self) -> list[V]:
        """Those who are there, in the order in which they came."""
        with self._lock:
            return [visitor for visitor in self._taken if not visitor.is_over]

    def take(self, visitor: V) -> tuple[bool, V | None]:
        """Give ``visitor`` a seat, or see whether it still suits him. Returns whether there is one, and who must go."""
        with self._lock:
            others = [other for other in self._taken if other is not visitor and not other.is_over]
            near = [other for other in others if visitor.network and other.network == visitor.network]
            crowd = near if len(near) >= MAX_OF_NETWORK else others if len(others) >= MAX_REMOTE else []
            leaving = _first_to_leave(crowd)
            has_room = not crowd or leaving is not None
            self._taken = [*others, *([visitor] if has_room else [])]
        return has_room, leaving

    def leave(self, visitor: V) -> None:
        """He has gone, or has not been let in."""
        with self._lock:
            self._taken = [other for other in self._taken if other is not visitor]


def _first_to_leave(crowd: list[V]) -> V | None:
    """Of those who have shown no token, in the network that has most of them, who came first."""
    unknown = [visitor for visitor in crowd if not visitor.is_known]
    crowds = Counter(visitor.network for visitor in unknown)
    return max(unknown, key=lambda visitor: crowds[visitor.network], default=None)  # the first of several
