"""What holds though it could not be stored, until it can be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count
from typing import cast

from chatkit.store.records import Document, Entry, Record

MAX_EVENTS = 10_000  # that wait for a store which fails: what happened in rooms, the newest


class Owed:
    """Entries that wait, in their order. For one thread at a time.

    Of one document only the last is kept. Of what happened in rooms (who came, which modes) the newest MAX_EVENTS are,
    and those are what may be lost; what is so (accounts, rooms, deletions, the audit log) never is.
    """

    def __init__(self) -> None:
        self.entries: dict[object, Entry] = {}
        self._events: deque[int] = deque()  # the keys of records
        self._numbers = count()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def add(self, entries: Iterable[Entry]) -> None:
        """Let ``entries`` wait too."""
        for entry in entries:
            if isinstance(entry, Document):
                key: object = entry.kind, entry.key
                self.entries.pop(key, None)  # it comes last, as it was changed last
            else:
                key = next(self._numbers)
                if isinstance(entry, Record):
                    self._note_event(key)
            self.entries[key] = entry

    def items(self) -> list[tuple[object, Entry]]:
        """All of them, each with what ``remove`` knows it by."""
        return list(self.entries.items())

    def remove(self, key: object) -> None:
        """This one is stored."""
        entry = self.entries.pop(key)
        if isinstance(entry, Record):
            self._events.remove(cast("int", key))

    def _note_event(self, key: int) -> None:
        self._events.append(key)
        if len(self._events) > MAX_EVENTS:
            del self.entries[self._events.popleft()]

    def clear(self) -> None:
        """They are stored."""
        self.entries.clear()
        self._events.clear()


def described(entry: Entry) -> str:
    """What it is, without its key or what it says: those may be secret."""
    return f"a document of kind {entry.kind}" if isinstance(entry, Document) else type(entry).__name__
