"""The database of one server: history, accounts, rooms.

What is logged is durable in the journal; whoever has the time, or needs to read it, takes it over into the database.
One connection writes there; each worker that reads has a connection of its own. SQLite keeps a write-ahead log: readers
never wait for the writer, nor it for them.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from chatkit.store import erasing, journal, reading
from chatkit.store.connecting import BUSY_SECONDS, connect, free_name, is_damage, keep_private
from chatkit.store.erasing import KEEP_ALL, Erasure, Keep
from chatkit.store.index import SearchIndex
from chatkit.store.journal import Batch, Journal
from chatkit.store.opening import StoreError, identity_of, open_database
from chatkit.store.records import Entry, Query, SearchQuery
from chatkit.store.writing import Writer

__all__ = ["FILE_NAME", "Store", "StoreError"]

log = logging.getLogger("chatkit.store")

FILE_NAME = "chatkit.db"
TAKEN_AT_ONCE = 500  # entries that one transaction takes over from the journal, about
MUCH = 5_000  # entries that wait in the journal: somebody should see to it
TOO_MUCH = 100_000  # whoever logs more takes them over first
TAKING_SECONDS = 0.25  # that whoever takes over waits for another process's transaction; others wait for him meanwhile
JOURNAL_BYTES = 16 << 20  # past this the journal is emptied though somebody always writes
CHECKPOINT_PAGES = 4000  # of the write-ahead log; about 16 MB
WORK_SECONDS = 1.0  # that one call of ``expire`` or ``index`` takes, about; and a search to bring the index up to date
INDEX_SHARE = 0.1  # of that time, since nobody waits for it: whoever searches brings the index up to date
# What the database says of an entry that it will never take, however often it is tried: a bug of ours.
UNACCEPTABLE = (
    sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError,
    ValueError, OverflowError,
)  # fmt: skip
SHRED_SECONDS = 1.0  # until the write-ahead log is emptied again after somebody read it, or the disk failed


class Store:
    """The database in one directory. Everything may be called from any number of threads.

    Three locks, taken in this order: ``_taking`` is held by whoever writes to the database, ``_logging`` by whoever
    writes to the journal, and ``_readers_lock`` for a list.
    """

    def __init__(self, directory: Path, durability: str = "process", keep: Keep = KEEP_ALL) -> None:
        """Open or make the database, with what the journal has for it. Raises StoreError."""
        self.path = directory / FILE_NAME
        self._keep = keep
        self._taking = threading.Lock()
        self._logging = threading.Lock()
        self._waiting: deque[Batch] = deque()  # what the journal has and the database has not; under ``_logging``
        self._waiting_entries = 0
        self._is_soiled = False  # whether the journal has what was deleted
        self._is_failing = False  # whether the last attempt to take something over failed
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()  # guards the list
        self._nearly_settled = False  # whether the next transaction moves what ``settle`` left
        self._shred_at = 0.0  # not before this is the write-ahead log, which holds what was deleted, emptied again
        self._index = SearchIndex(self.path)
        try:
            self._writer, self._journal = self._open(directory, durability)
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            hint = "; 'chatkit serve' recovers what is whole in it" if is_damage(error) else ""
            raise StoreError(f"cannot use the database {self.path}: {why}{hint}") from error

    def _open(self, directory: Path, durability: str) -> tuple[Writer, Journal]:
        keep_private(self.path)
        path, db = directory / journal.FILE_NAME, open_database(self.path, durability)
        try:
            writer, identity = Writer(db), identity_of(db)
            last = _recover(writer, path, identity)
            writer.begin()
            db.execute(f"PRAGMA busy_timeout = {int(TAKING_SECONDS * 1000)}")
        except BaseException:
            db.close()
            raise
        path.unlink(missing_ok=True)
        return writer, Journal(path, identity, last, durability)

    def close(self) -> None:
        """Close every connection. The last one moves the write-ahead log into the database and removes it."""
        try:
            self.take_over()
        except (OSError, sqlite3.Error) as error:
            log.error("cannot write to %s: %s; %s keeps what is new", self.path, error, self._journal.path)
        self._journal.close()
        self._index.close()
        with self._readers_lock:
            for reader in self._readers:
                reader.close()
            self._readers.clear()
        with contextlib.suppress(sqlite3.Error):
            self._writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.db.close()

    def hurry(self) -> None:
        """``close`` is about to come: leave what can be done the next time."""
        self._index.is_stopping = True

    # Writing.

    def log(self, entries: Sequence[Entry]) -> None:
        """Make ``entries`` durable, in the order of the calls: all or, with OSError or sqlite3.Error raised, none.

        This is short: one write to the end of a file. Whatever asks the store after this finds them.
        """
        if self._waiting_entries > TOO_MUCH:
            self._make_room()
        with self._logging:
            self._waiting.append((self._journal.append(entries), entries))
            self._waiting_entries += len(entries)

    def _make_room(self) -> None:
        # Whoever logs keeps everybody waiting: so not for a database that is known to fail. Workers try it again.
        if self._is_failing:
            raise sqlite3.OperationalError("too much waits for the database, which does not take it")
        self.take_over()

    def append(self, entries: Iterable[Entry]) -> None:
        """Commit ``entries`` to the database at once: all or, with sqlite3.Error raised, none."""
        self.take_over()
        with self._taking:
            self._finish_settling()
            self._writer.append(entries)

    def take_over(self) -> None:
        """Bring the database up to date with what the journal has by now. Blocks.

        Raises sqlite3.Error and OSError; then the journal keeps it.
        """
        last = self._journal.last
        while some := self._some_up_to(last):
            with self._taking:
                if self._is_first(some[0]):  # nobody else has taken them meanwhile
                    self._take(some)

    def _take(self, some: list[Batch]) -> None:
        try:
            self._finish_settling()
            _take_or_set_aside(self._writer, some, self._journal.path)
            self._have_taken(some)
            self._empty_journal()
        except BaseException:
            self._is_failing = True
            raise
        self._is_failing = False

    def _some_up_to(self, last: int) -> list[Batch]:
        """The batches that wait longest, up to that number; about as many as one transaction takes."""
        some: list[Batch] = []
        size = 0
        with self._logging:
            for batch in self._waiting:
                if batch[0] > last or size >= TAKEN_AT_ONCE:
                    break
                some.append(batch)
                size += len(batch[1])
        return some

    def _is_first(self, batch: Batch) -> bool:
        with self._logging:
            return bool(self._waiting) and self._waiting[0] is batch

    def _have_taken(self, some: list[Batch]) -> None:
        with self._logging:
            for _, entries in some:
                self._waiting.popleft()
                self._waiting_entries -= len(entries)
            self._is_soiled = self._is_soiled or self._writer.has_deleted

    def _empty_journal(self) -> None:
        # Where somebody always writes it never is all in the database. Then the last of it is taken over while nobody
        # can write, which is little: else the file would grow, or keep what was deleted, as long as people talk.
        with self._logging:
            if self._waiting and (self._is_soiled or self._journal.size > JOURNAL_BYTES):
                if self._waiting_entries > TAKEN_AT_ONCE:
                    return
                _take_or_set_aside(self._writer, list(self._waiting), self._journal.path)
                self._waiting.clear()
                self._waiting_entries = 0
            if not self._waiting:
                with contextlib.suppress(OSError):
                    self._journal.empty()
                    self._is_soiled = False

    def _finish_settling(self) -> None:
        # SQLite begins its log anew only when all of it is in the database. So what was written while ``settle`` moved
        # the rest, which is little, is moved before more is written: or the log would grow as long as people talk.
        if self._nearly_settled:
            self._nearly_settled = False
            with contextlib.suppress(sqlite3.Error):  # the next time, then
                self._writer.db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    # Looking after the files: for workers.

    def sizes(self) -> dict[str, int]:
        """The bytes of ``database``, ``wal`` (its write-ahead log) and ``journal``. By any thread."""
        wal = self.path.with_name(f"{self.path.name}-wal")
        return {"database": _size(self.path), "wal": _size(wal), "journal": self._journal.size}

    @property
    def wants_settling(self) -> bool:
        """Whether the write-ahead log has grown enough to be moved into the database, or holds what was deleted."""
        writer = self._writer
        return writer.pages > CHECKPOINT_PAGES or (writer.has_deleted and time.monotonic() >= self._shred_at)

    @property
    def is_behind(self) -> bool:
        """Whether the journal has something for the database."""
        return bool(self._waiting)

    @property
    def wants_looking_after(self) -> bool:
        """Whether there is so much to do that it should not wait."""
        return self._waiting_entries > MUCH or self.wants_settling

    def look_after(self, now: int) -> bool:
        """All that there is to do: ``take_over``, ``expire``, ``settle``, ``index``. Returns whether more is left."""
        self.take_over()
        more = self.expire(now)
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
            with self._logging:
                self._is_soiled = True  # the journal may have it too
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

    def expire(self, now: int) -> bool:
        """Delete what is left to delete of what was asked for, and what is older, or more, than is kept.

        In slices, for about WORK_SECONDS; returns whether more is left. ``now`` is in microseconds since 1970. Others
        write between two slices for as long as one takes. Raises sqlite3.Error.
        """
        reader, deadline = self._reader(), time.monotonic() + WORK_SECONDS
        for erasure in self._erasures(reader, now):
            began = time.monotonic()
            with self._taking:
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
        self.take_over()
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

    def last_audit(self) -> int:
        """The highest id in the audit log, or 0. For the start: it knows of nothing that was only logged since."""
        return reading.last_audit(self._writer.db)

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = connect(self.path)
            with self._readers_lock:
                self._readers.append(reader)
        return reader


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def take_over(writer: Writer, path: Path) -> None:
    """Bring the database up to date with the journal of a server that may be running, which is only read.

    Raises OSError, and sqlite3.Error or ValueError for what the server itself would put aside.
    """
    identity = identity_of(writer.db)
    found = journal.read(path, identity)  # what follows the last whole batch may be a write that is under way
    if found.batches and found.identity == identity:
        writer.take_over(found.batches)


def _recover(writer: Writer, path: Path, identity: bytes) -> int:
    """Take over what a server left. Returns the last number that was ever given. What cannot be read is put aside."""
    found = journal.read(path, identity)
    if found.is_mended:
        log.warning("the beginning of %s is damaged; what it holds is whole, and of the database beside it", path)
    if found.identity not in (b"", identity):
        aside = free_name(path.with_suffix(f".{found.identity.hex()[:8]}"))
        path.rename(aside)
        log.warning("%s belongs to another database than the one beside it; it is kept in %s", path, aside)
        return writer.taken()
    if found.rest:  # whoever wrote it did not live to show it to anybody, unless the file was damaged later
        aside = _put_aside(path, found.rest)
        log.warning("the end of %s cannot be read, %d bytes; they are kept in %s", path, len(found.rest), aside)
    if found.batches:
        _take_or_set_aside(writer, found.batches, path)
    return max(writer.taken(), found.batches[-1][0] if found.batches else 0)


def _take_or_set_aside(writer: Writer, batches: list[Batch], path: Path) -> None:
    """Take over ``batches``. One that the database refuses for what is in it, which is a bug of ours, is put aside."""
    try:
        writer.take_over(batches)
        return
    except UNACCEPTABLE as error:  # everything else, as that the disk is full, may pass
        if len(batches) == 1:
            number, entries = batches[0]
            aside = _put_aside(path, journal.written(number, entries, journal.seed_of(identity_of(writer.db))))
            log.exception("the database refuses a part of %s: %s; it is kept in %s", path, error, aside)
            writer.take_over([(number, [])])
            return
    for batch in batches:
        _take_or_set_aside(writer, [batch], path)


def _put_aside(path: Path, data: bytes) -> Path:
    aside = path.with_suffix(".damaged")
    keep_private(aside)
    with aside.open("ab") as file:
        file.write(data)
    return aside
