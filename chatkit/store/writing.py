"""What is written to the history, on the one connection that writes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Any

import msgspec

from chatkit.store import erasing
from chatkit.store.connecting import transaction
from chatkit.store.erasing import Erasure
from chatkit.store.journal import Batch
from chatkit.store.records import (
    CHANNEL,
    ROOM,
    SPOKEN,
    Audited,
    AuditExpired,
    Document,
    Entry,
    Forgotten,
    KeyForgotten,
    PurgeBefore,
    Record,
    Redaction,
    Retention,
    RoomFate,
    TargetRenamed,
)

ROWS_A_PAGE = 10  # where their texts are long
MAX_TARGETS = 10_000  # whose numbers are kept in memory
MANY_ROWS = 20

# No room's name has a blank.
_END_ROOM = "UPDATE targets SET name = name || ' ' || id, closed = 0 WHERE "
_END = _END_ROOM + "name = ?"
_END_CLOSED = _END_ROOM + "closed AND name NOT IN (SELECT key FROM documents WHERE kind IN (?, ?))"  # noqa: S608  # constants
_COLUMNS = "(seq, target, command, source, sender, recipient, text, tags, account, bot)"
_INSERT = f"INSERT INTO {{}} {_COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # constants
_PLACES = ", ".join(f"value ->> {place}" for place in range(10))
_INSERT_MANY = f"INSERT INTO {{}} {_COLUMNS} SELECT {_PLACES} FROM json_each(?)"  # noqa: S608  # constants
_NUL = b"\\u0000"
_TAKEN = "SELECT CAST(body AS TEXT) FROM documents WHERE kind = 'store' AND key = 'journal'"
_NOTE_TAKEN = "INSERT OR REPLACE INTO documents VALUES ('store', 'journal', CAST(? AS BLOB))"


class Writer:
    """Writes entries. For one thread at a time, but for the two attributes, which are hints."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """``db`` is the database, brought up to date; from now on nobody else writes on it. Raises sqlite3.Error."""
        self.db = db
        db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        self.pages = 0  # about so many were written since somebody last set this to 0
        self.has_deleted = False  # whether something was, since somebody last set this to False
        self._targets: dict[str, int] = {}
        self._taken = self.taken()  # the last number that this one knows of

    def begin(self) -> None:
        """A server begins: end the rooms that were closed, since who was let in is not known any more."""
        self.db.execute(_END_CLOSED, (CHANNEL, ROOM))

    def append(self, entries: Iterable[Entry]) -> None:
        """Commit ``entries`` in their order, in one transaction: all or, with sqlite3.Error raised, none."""
        with self._transaction():
            self._write(entries)

    def take_over(self, batches: Sequence[Batch]) -> None:
        """Commit those of ``batches``, of the journal, that the database does not have. As ``append``."""
        with self._transaction():
            taken, last = self.taken(), batches[-1][0]
            if taken != self._taken:  # another process took some over
                self._targets.clear()
                self.has_deleted = True  # it may have
            self._write(chain.from_iterable(entries for number, entries in batches if number > taken))
            if last > taken:
                self.db.execute(_NOTE_TAKEN, (last,))
        self._taken = max(taken, last)
        self.pages += 1

    def taken(self) -> int:
        """The number of the last batch of the journal that the database has, or 0."""
        row = self.db.execute(_TAKEN).fetchone()
        return 0 if row is None else int(row[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self.db):
                yield
        except BaseException:
            self._targets.clear()  # some may be of rows that are now taken back
            raise

    def _write(self, entries: Iterable[Entry]) -> None:
        for kind, run in groupby(entries, type):
            _WRITERS[kind](self, run)

    def erase(self, erasure: Erasure) -> None:
        """Commit one Erasure. Raises sqlite3.Error."""
        with transaction(self.db):
            erasing.erase(self.db, erasure)
        self.pages += len(erasure.messages) // ROWS_A_PAGE + len(erasure.events) + len(erasure.audited) // ROWS_A_PAGE
        self.has_deleted = self.has_deleted or bool(erasure.size)

    def _insert(self, records: Iterable[Record]) -> None:
        rows = [
            (r.seq, self._targets.get(r.target) or self._target(r), r.command, r.source, r.sender, r.recipient,
             r.text, r.tags, r.account, r.bot)
            for r in records
        ]  # fmt: skip
        events = [row for row in rows if row[2] not in SPOKEN]
        if events:
            rows = [row for row in rows if row[2] in SPOKEN]
            self._insert_rows("events", events)
        self._insert_rows("messages", rows)
        # The end of the table, and that of the index for every target; events lie by target, and in an index too.
        self.pages += 2 + len(rows) // ROWS_A_PAGE + len({row[1] for row in rows}) + 2 * len(events)

    def _insert_rows(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        # As one statement where there are many: SQLite then works without the interpreter's lock, instead of asking for
        # it at every row. JSON in SQLite has no NUL.
        as_json = msgspec.json.encode(rows) if len(rows) >= MANY_ROWS else _NUL
        if _NUL in as_json:
            self.db.executemany(_INSERT.format(table), rows)
        else:
            self.db.execute(_INSERT_MANY.format(table), (as_json.decode(),))

    def _target(self, record: Record) -> int:
        execute = self.db.execute
        execute("INSERT OR IGNORE INTO targets (name) VALUES (?)", (record.target,))
        number: int = execute("SELECT id FROM targets WHERE name = ?", (record.target,)).fetchone()[0]
        for key in record.correspondents or ():
            execute("INSERT OR IGNORE INTO correspondents (key, target) VALUES (?, ?)", (key, number))
        if len(self._targets) >= MAX_TARGETS:
            self._targets.clear()
        self._targets[record.target] = number
        return number

    def _decide(self, fates: Iterable[RoomFate]) -> None:
        execute = self.db.execute
        for fate in fates:
            if fate.kind == "ended":
                kept = erasing.retention_of(self.db, fate.target)
                self._end(fate.target)
                erasing.begin_anew(self.db, fate.target, kept)
            else:
                execute("INSERT OR IGNORE INTO targets (name) VALUES (?)", (fate.target,))
                execute("UPDATE targets SET closed = ? WHERE name = ?", (fate.kind == "closed", fate.target))
                self.pages += 1

    def _end(self, target: str) -> None:
        self.db.execute(_END, (target,))
        self._targets.pop(target, None)
        self.pages += 1

    def _rename(self, renamings: Iterable[TargetRenamed]) -> None:
        for renamed in renamings:
            if renamed.old != renamed.new:  # else its case alone has changed
                self._end(renamed.new)
                self.db.execute("UPDATE targets SET name = ? WHERE name = ?", (renamed.new, renamed.old))
                self._targets.pop(renamed.old, None)

    def _keep_documents(self, documents: Iterable[Document]) -> None:
        execute = self.db.execute
        for document in documents:
            if document.body is None:
                execute("DELETE FROM documents WHERE kind = ? AND key = ?", (document.kind, document.key))
                self.has_deleted = True
            else:
                execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (document.kind, document.key, document.body)
                )
            self.pages += 1

    def _redact(self, redactions: Iterable[Redaction]) -> None:
        for redaction in redactions:
            erasing.redact(self.db, redaction)
        self.has_deleted = True

    def _forget(self, forgotten: Iterable[Forgotten]) -> None:
        for target in forgotten:
            erasing.forget_target(self.db, target)
            self._targets.pop(target.target, None)
        self.has_deleted = True

    def _forget_keys(self, forgotten: Iterable[KeyForgotten]) -> None:
        for key in forgotten:
            erasing.forget_key(self.db, key)
        self._targets.clear()
        self.has_deleted = True

    def _purge(self, purges: Iterable[PurgeBefore]) -> None:
        for purge in purges:
            erasing.purge(self.db, purge)
        self.has_deleted = True

    def _retain(self, retentions: Iterable[Retention]) -> None:
        execute = self.db.execute
        for kept in retentions:
            execute("INSERT OR IGNORE INTO targets (name) VALUES (?)", (kept.target,))
            values = (kept.days, kept.messages, kept.target)
            execute("UPDATE targets SET keep_days = ?, keep_messages = ? WHERE name = ?", values)
            self.pages += 1

    def _audit(self, done: Iterable[Audited]) -> None:
        rows = [
            (a.id, a.time, a.who, a.what, a.params, a.reason, msgspec.json.encode(a.hits), a.said, a.undo, a.undoes)
            for a in done
        ]
        self.db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self.pages += len(rows)

    def _expire_audit(self, expired: Iterable[AuditExpired]) -> None:
        for expiry in expired:
            erasing.expire_audit(self.db, expiry)
        self.has_deleted = True


# What ``append`` does with a run of entries of one type.
_WRITERS: dict[type, Callable[[Writer, Any], None]] = {
    Record: Writer._insert,
    RoomFate: Writer._decide,
    Document: Writer._keep_documents,
    Redaction: Writer._redact,
    Forgotten: Writer._forget,
    TargetRenamed: Writer._rename,
    KeyForgotten: Writer._forget_keys,
    PurgeBefore: Writer._purge,
    Retention: Writer._retain,
    Audited: Writer._audit,
    AuditExpired: Writer._expire_audit,
}
