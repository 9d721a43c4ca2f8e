"""History in SQLite.

One connection writes, under the server's commit lock; each worker that reads has a connection of its own. SQLite
keeps a write-ahead log: readers never wait for the writer, nor it for them.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store.records import (
    FIRST,
    AroundQuery,
    ConversationQuery,
    Entry,
    HistoryQuery,
    Query,
    Record,
    RoomFate,
    TargetsQuery,
)
from chatkit.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

FILE_NAME = "chatkit.db"
# What was written outlives the process without an fsync; with one, it outlives the power.
SYNCHRONOUS = {"process": "NORMAL", "power": "FULL"}
BUSY_SECONDS = 5.0
MAX_CONVERSATIONS = 1000  # that one TARGETS looks through
CHECKPOINT_PAGES = 4000  # of the write-ahead log; about 16 MB
ROWS_A_PAGE = 10  # where their texts are long
MAX_TARGETS = 10_000  # whose numbers are kept in memory

_COLUMNS = "m.seq, t.name, m.command, m.source, m.sender, m.recipient, m.text, m.tags"
_SELECT = (
    f"SELECT {_COLUMNS} FROM messages m JOIN targets t ON t.id = m.target "  # noqa: S608  # constants
    "WHERE m.target = (SELECT id FROM targets WHERE name = ?) AND m.seq > ? AND m.seq < ? ORDER BY m.seq "
)
_SELECT_NEWEST, _SELECT_OLDEST = _SELECT + "DESC LIMIT ?", _SELECT + "ASC LIMIT ?"
# No room's name has a blank.
_END_ROOM = "UPDATE targets SET name = name || ' ' || id, closed = 0 WHERE "
_END, _END_CLOSED = _END_ROOM + "name = ?", _END_ROOM + "closed"
_INSERT = (
    "INSERT INTO messages (seq, target, command, source, sender, recipient, text, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class StoreError(Exception):
    """The database cannot be used: one line that names the file and says why."""


class Store:
    """The database in one directory.

    ``append`` and ``close`` are for one thread at a time; ``answer`` may be called from any number of threads.
    """

    def __init__(self, directory: Path, durability: str = "process") -> None:
        """Open or make the database. Raises StoreError."""
        self.path = directory / FILE_NAME
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()  # guards the list
        self._targets: dict[str, int] = {}
        self._unsettled = 0  # pages, about, since the write-ahead log was last moved into the database
        self._nearly_settled = False  # whether ``append`` moves what ``settle`` left
        try:
            self._keep_private()
            self._writer = self._open(SYNCHRONOUS[durability])
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            raise StoreError(f"cannot use the database {self.path}: {why}") from error

    def _keep_private(self) -> None:
        # Before SQLite opens it: the write-ahead log gets the mode that the database has then.
        self.path.touch(0o600)
        self.path.chmod(0o600)

    def _open(self, synchronous: str) -> sqlite3.Connection:
        writer = self._connect()
        try:
            version = writer.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise StoreError(
                    f"the database {self.path} has version {version}, this chatkit knows up to {VERSION}: "
                    "install the newer chatkit that wrote it, or use another --data directory"
                )
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute(f"PRAGMA synchronous = {synchronous}")
            writer.execute("PRAGMA wal_autocheckpoint = 0")  # ``settle`` does that, off the hot path
            for number in range(version, VERSION):
                _migrate(writer, number)
            writer.execute(_END_CLOSED)  # who was let in is not known any more
        except BaseException:
            writer.close()
            raise
        return writer

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def last_seq(self) -> int:
        """The highest seq that is stored."""
        return self._writer.execute("SELECT max(seq) FROM messages").fetchone()[0] or FIRST

    def append(self, entries: Iterable[Entry]) -> None:
        """Commit ``entries`` in their order, in one transaction: all or, with sqlite3.Error raised, none."""
        writer = self._writer
        if self._nearly_settled:
            self._finish_settling()
        writer.execute("BEGIN IMMEDIATE")
        try:
            for kind, run in groupby(entries, type):
                if kind is Record:
                    self._insert(cast("Iterable[Record]", run))
                else:
                    self._decide(cast("Iterable[RoomFate]", run))
            writer.execute("COMMIT")
        except BaseException:
            self._targets.clear()  # some may be of rows that are now taken back
            with contextlib.suppress(sqlite3.Error):
                writer.execute("ROLLBACK")
            raise

    def _insert(self, records: Iterable[Record]) -> None:
        rows = [
            (r.seq, self._targets.get(r.target) or self._target(r), r.command, r.source, r.sender, r.recipient,
             r.text, r.tags)
            for r in records
        ]  # fmt: skip
        self._writer.executemany(_INSERT, rows)
        # The end of the table, and that of the index for every target.
        self._unsettled += 2 + len(rows) // ROWS_A_PAGE + len({row[1] for row in rows})

    def _decide(self, fates: Iterable[RoomFate]) -> None:
        execute = self._writer.execute
        for fate in fates:
            if fate.kind == "ended":
                execute(_END, (fate.target,))
                self._targets.pop(fate.target, None)
            else:
                execute("INSERT OR IGNORE INTO targets (name) VALUES (?)", (fate.target,))
                execute("UPDATE targets SET closed = ? WHERE name = ?", (fate.kind == "closed", fate.target))
        self._unsettled += 1

    def _target(self, record: Record) -> int:
        execute = self._writer.execute
        execute("INSERT OR IGNORE INTO targets (name) VALUES (?)", (record.target,))
        number: int = execute("SELECT id FROM targets WHERE name = ?", (record.target,)).fetchone()[0]
        for key in record.correspondents or ():
            execute("INSERT OR IGNORE INTO correspondents (key, target) VALUES (?, ?)", (key, number))
        if len(self._targets) >= MAX_TARGETS:
            self._targets.clear()
        self._targets[record.target] = number
        return number

    @property
    def wants_settling(self) -> bool:
        """Whether the write-ahead log has grown enough to be moved into the database."""
        return self._unsettled > CHECKPOINT_PAGES

    def settle(self) -> None:
        """Move the write-ahead log into the database. Blocks its caller; neither readers nor the writer wait."""
        self._unsettled = 0
        self._reader().execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._nearly_settled = True

    def _finish_settling(self) -> None:
        # SQLite begins its log anew only when all of it is in the database. So what was written while ``settle`` moved
        # the rest, which is little, is moved before more is written: or the log would grow as long as people talk.
        self._nearly_settled = False
        with contextlib.suppress(sqlite3.Error):  # the next time, then
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close every connection. The last one moves the write-ahead log into the database and removes it."""
        with self._readers_lock:
            for reader in self._readers:
                reader.close()
            self._readers.clear()
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()

    def answer(self, query: Query) -> Any:
        """Look something up: records in order of time for all queries but ConversationQuery, which gives a target.

        Blocks. Raises sqlite3.Error.
        """
        match query:
            case HistoryQuery():
                return self._history(query)
            case AroundQuery():
                return self._around(query)
            case TargetsQuery():
                return self._latest_of_targets(query)
            case ConversationQuery():
                return self._conversation(query)

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._connect()
            with self._readers_lock:
                self._readers.append(reader)
        return reader

    def _history(self, query: HistoryQuery) -> list[Record]:
        select = _SELECT_NEWEST if query.newest else _SELECT_OLDEST
        rows = self._reader().execute(select, (query.target, query.after, query.before, query.limit))
        records = [Record(*row) for row in rows]
        return records[::-1] if query.newest else records

    def _around(self, query: AroundQuery) -> list[Record]:
        # Half of them before the place; where there are fewer, the rest of the limit goes to those at it and after it.
        before = self._history(HistoryQuery(query.target, query.limit // 2, before=query.seq))
        after = HistoryQuery(query.target, query.limit - len(before), after=query.seq - 1, newest=False)
        return before + self._history(after)

    def _latest_of_targets(self, query: TargetsQuery) -> list[Record]:
        found = [self._latest(name) for name in query.targets]
        found += [self._latest(name) for name in self._conversations(query.key)]
        records = [r for r in found if r is not None and query.after < r.seq < query.before]
        records.sort(key=lambda record: record.seq)
        return records[-query.limit :] if query.newest else records[: query.limit]

    def _latest(self, target: str) -> Record | None:
        records = self._history(HistoryQuery(target, 1))
        return records[0] if records else None

    def _conversations(self, key: str) -> list[str]:
        rows = self._reader().execute(
            "SELECT t.name FROM correspondents c JOIN targets t ON t.id = c.target WHERE c.key = ? "
            "ORDER BY t.id DESC LIMIT ?",
            (key, MAX_CONVERSATIONS),
        )
        return [row[0] for row in rows]

    def _conversation(self, query: ConversationQuery) -> str | None:
        latest = [r for name in self._conversations(query.key) if (r := self._latest(name)) is not None]
        for record in sorted(latest, key=lambda record: -record.seq):
            peer = record.recipient if record.sender == query.key else split_source(record.source).nick
            if casefold(peer) == query.nick:
                return record.target
        return None


def _migrate(writer: sqlite3.Connection, number: int) -> None:
    # One transaction for each version: a process that dies in it leaves the version before.
    writer.executescript(
        f"BEGIN IMMEDIATE; {MIGRATIONS[number]}; PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {number + 1}; COMMIT;"
    )
