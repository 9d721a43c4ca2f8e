"""The database of one server: history, accounts, rooms.

One connection writes, under the server's commit lock; each worker that reads has a connection of its own. SQLite
keeps a write-ahead log: readers never wait for the writer, nor it for them.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from chatkit.store import erasing, reading
from chatkit.store.connecting import BUSY_SECONDS, connect, keep_private
from chatkit.store.erasing import KEEP_ALL, Erasure, Keep
from chatkit.store.index import SearchIndex
from chatkit.store.opening import StoreError, open_database
from chatkit.store.records import Entry, Query, SearchQuery
from chatkit.store.writing import Writer

__all__ = ["FILE_NAME", "Store", "StoreError"]

FILE_NAME = "chatkit.db"
CHECKPOINT_PAGES = 4000  # of the write-ahead log; about 16 MB
WORK_SECONDS = 1.0  # that one call of ``expire`` or ``index`` takes, about; and a search to bring the index up to date
INDEX_SHARE = 0.1  # of that time, since nobody waits for it: whoever searches brings the index up to date
SHRED_SECONDS = 1.0  # until the write-ahead log is emptied again after somebody read it, or the disk failed


class Store:
    """The database in one directory.

    ``append`` and ``close`` are for one thread at a time, and so is ``expire`` where it holds its guard; the rest may
    be called from any number of threads.
    """

    def __init__(self, directory: Path, durability: str = "process", keep: Keep = KEEP_ALL) -> None:
        """Open or make the database. Raises StoreError."""
        self.path = directory / FILE_NAME
        self._keep = keep
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()  # guards the list
        self._nearly_settled = False  # whether ``append`` moves what ``settle`` left
        self._shred_at = 0.0  # not before this is the write-ahead log, which holds what was deleted, emptied again
        self._index = SearchIndex(self.path)
        try:
            keep_private(self.path)
            self._writer = Writer(open_database(self.path, durability))
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            raise StoreError(f"cannot use the database {self.path}: {why}") from error

    def close(self) -> None:
        """Close every connection. The last one moves the write-ahead log into the database and removes it."""
        self._index.close()
        with self._readers_lock:
            for reader in self._readers:
                reader.close()
            self._readers.clear()
        with contextlib.suppress(sqlite3.Error):
            self._writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.db.close()

    # Writing.

    def append(self, entries: Iterable[Entry]) -> None:
        """Commit ``entries`` in their order, in one transaction: all or, with sqlite3.Error raised, none."""
        if self._nearly_settled:
            self._finish_settling()
        self._writer.append(entries)

    def _finish_settling(self) -> None:
        # SQLite begins its log anew only when all of it is in the database. So what was written while ``settle`` moved
        # the rest, which is little, is moved before more is written: or the log would grow as long as people talk.
        self._nearly_settled = False
        with contextlib.suppress(sqlite3.Error):  # the next time, then
            self._writer.db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    # Looking after the files: for workers.

    @property
    def wants_settling(self) -> bool:
        """Whether the write-ahead log has grown enough to be moved into the database, or holds what was deleted."""
        writer = self._writer
        return writer.pages > CHECKPOINT_PAGES or (writer.has_deleted and time.monotonic() >= self._shred_at)

    def look_after(self, now: int, guard: AbstractContextManager[object] | None = None) -> bool:
        """All that there is to do: ``expire``, ``settle``, ``index``. Returns whether more is left."""
        more = self.expire(now, guard)
        if self.wants_settling:
            self.settle()
        return self.index() or more

    def settle(self) -> None:
        """Move the write-ahead log into the database. Blocks its caller; neither readers nor the writer wait.

        After a deletion the log is emptied too, for which the writer waits: a few milliseconds, since little is left.
        """
        self._writer.pages = 0
        reader, was_soiled = self._reader(), self._writer.has_deleted
        if was_soiled:
            self._writer.has_deleted = False  # first: what is deleted from now on sets it anew
        is_clean = False
        try:
            reader.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._nearly_settled = True
            is_clean = not was_soiled or self._shred(reader)
        finally:
            if was_soiled and not is_clean:
                self._shred_at = time.monotonic() + SHRED_SECONDS
                self._writer.has_deleted = True

    def _shred(self, reader: sqlite3.Connection) -> bool:
        reader.execute("PRAGMA busy_timeout = 0")  # whoever reads is not waited for: the next time, then
        try:
            return not reader.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            reader.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def expire(self, now: int, guard: AbstractContextManager[object] | None = None) -> bool:
        """Delete what is left to delete of what was asked for, and what is older, or more, than is kept.

        In slices, for about WORK_SECONDS; returns whether more is left. ``now`` is in microseconds since 1970.
        ``guard``, which keeps ``append`` away, is held while a slice is deleted, and then free for as long. Raises
        sqlite3.Error.
        """
        reader, guard, deadline = self._reader(), guard or contextlib.nullcontext(), time.monotonic() + WORK_SECONDS
        for erasure in self._erasures(reader, now):
            began = time.monotonic()
            with guard:
                self._writer.erase(erasure)
            if time.monotonic() > deadline:
                return True
            time.sleep(time.monotonic() - began)
        return False

    def _erasures(self, reader: sqlite3.Connection, now: int) -> Iterator[Erasure]:
        yield from erasing.requested(reader)
        yield from erasing.overdue(reader, self._keep, now)
        yield from erasing.noted(reader, self._index.forgotten)

    def index(self) -> bool:
        """Bring the search index nearer to the messages, for about WORK_SECONDS. Returns whether more is left.

        Raises sqlite3.Error.
        """
        more = self._index.catch_up(WORK_SECONDS, INDEX_SHARE)
        if not more:
            self._index.tidy()
        return more

    # Reading.

    def answer(self, query: Query) -> Any:
        """Look something up: what the query says that it gives, records in the order of time.

        Blocks. Raises sqlite3.Error.
        """
        if isinstance(query, SearchQuery):
            self._index.catch_up(WORK_SECONDS)
            return self._index.find(query)
        return reading.ANSWERS[type(query)](self._reader(), query)

    def documents(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """All documents of a kind, by key."""
        yield from self._reader().execute("SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,))

    def last_seq(self) -> int:
        """The highest seq that is stored."""
        return reading.last_seq(self._writer.db)

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = connect(self.path)
            with self._readers_lock:
                self._readers.append(reader)
        return reader
