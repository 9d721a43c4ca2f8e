"""What waits to be logged."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """The newest ``size`` things that wait, and how many older ones had to go. For any thread."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()  # Guards both. Held for a few copies of pointers only.
        self._waiting: deque[T] = deque(maxlen=size)
        self._left_out = 0

    def extend(self, items: Sequence[T]) -> None:
        """Queue ``items``."""
        with self._lock:
            before = len(self._waiting) + len(items)
            self._waiting.extend(items)
            self._left_out += before - len(self._waiting)

    def take(self) -> tuple[int, list[T]]:
        """How many had to go since the last call, and what is left, the oldest first."""
        with self._lock:
            left_out, self._left_out = self._left_out, 0
            items = list(self._waiting)
            self._waiting.clear()
        return left_out, items
