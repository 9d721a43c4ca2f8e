"""The search index: an FTS5 table in a file of its own, so that whoever writes messages never waits for it.

It follows the database: what was said since the last look is added, then what is older than the index (it can be
removed at any time; the newest is searchable first), and what was deleted leaves it. All of that happens in slices
inside SQLite, by whoever has the time: a worker of the server, or ``chatkit history``.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chatkit.store import reading
from chatkit.store.connecting import connect, give_to_owner_of, keep_private, read_only_uri, transaction
from chatkit.store.records import FIRST, Record, SearchQuery
from chatkit.store.words import TOKENIZER, expression, searchable

FILE_NAME = "search.db"
LAYOUT = 1  # of the tables below, and of what ``searchable`` makes of a text; another one is built anew
SLICE = 500  # messages
MERGED_PAGES = 200  # in one slice of tidying
TIDY_SECONDS = 600.0  # between two tidyings, which each write the whole index

# Two processes may make it at once: the second finds it made.
_MAKE = f"""
    BEGIN IMMEDIATE;
    CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
        text, target, nick, columnsize = 0, prefix = '2 3', tokenize = "{TOKENIZER}"
    );
    CREATE TABLE IF NOT EXISTS progress (
        identity BLOB NOT NULL,     -- of the database
        low INTEGER NOT NULL,       -- the messages from this seq
        high INTEGER NOT NULL,      -- to this one are in the index
        deletion INTEGER NOT NULL,  -- what was deleted up to this one has left it
        soiled INTEGER NOT NULL     -- whether words of what has left are still in the file
    );
    INSERT INTO progress SELECT (SELECT body FROM documents WHERE kind = 'store' AND key = 'identity'),
        newest + 1, newest, (SELECT coalesce(max(id), 0) FROM deletions), 0
    FROM (SELECT coalesce(max(seq), 0) AS newest FROM messages) WHERE NOT EXISTS (SELECT 1 FROM progress);
    PRAGMA user_version = {LAYOUT};
    COMMIT;
"""  # noqa: S608  # constants
_FITS = """
    SELECT 1 FROM progress WHERE identity = (SELECT body FROM documents WHERE kind = 'store' AND key = 'identity')
"""
# Only what is not plain ASCII needs a look from Python: GLOB reads up to a NUL, CAST all. A nick is one word, whatever
# it is made of.
_ADD = """
    INSERT INTO words (rowid, text, target, nick)
    SELECT seq,
        CASE WHEN text GLOB '*[^ -~]*' OR length(text) < length(CAST(text AS BLOB)) THEN searchable(text) ELSE text END,
        't' || target, 'n' || hex(lower(substr(source, 1, instr(source || '!', '!') - 1)))
    FROM (SELECT * FROM messages WHERE {where} LIMIT :limit) ORDER BY seq
"""
_END = "SELECT {end}(seq) FROM (SELECT seq FROM messages WHERE {where} LIMIT :limit)"
_NEWER, _OLDER = "seq > :place ORDER BY seq", "seq < :place ORDER BY seq DESC"
# What follows the index at either end: the last of the next slice, how to add it and how to note that.
_WAYS = (
    ("high", _END.format(end="max", where=_NEWER), _ADD.format(where=_NEWER), "UPDATE progress SET high = ?"),
    ("low", _END.format(end="min", where=_OLDER), _ADD.format(where=_OLDER), "UPDATE progress SET low = ?"),
)
_MERGE = "INSERT INTO words (words, rank) VALUES ('merge', ?)"
_FIND = "SELECT rowid FROM words WHERE words MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid {} LIMIT ?"
_FIND_NEWEST, _FIND_OLDEST = _FIND.format("DESC"), _FIND.format("ASC")

T = TypeVar("T")


class SearchIndex:
    """The index beside the database at ``database``. Everything blocks, and may be called from any thread."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(FILE_NAME)
        self._database = database
        self._lock = threading.Lock()  # guards all that follows; held for a slice, or one search
        self._db: sqlite3.Connection | None = None
        self._inode = 0  # of the file that is open
        self._tidied = -TIDY_SECONDS
        self.is_stopping = False  # whether nobody has the time to tidy any more
        self.forgotten = 0  # the last entry of the database's list of deletions that was dealt with, as far as is known

    def catch_up(self, seconds: float, share: float = 1.0) -> bool:
        """Follow the database for about so many seconds. Returns whether more is left. Raises sqlite3.Error.

        ``share`` is how much of that time it may work; the rest it leaves to others, who wait for the processor.
        """
        began = time.monotonic()
        deadline = began + seconds
        while self._locked(self._follow):
            done = time.monotonic()
            if done > deadline:
                return True
            time.sleep((done - began) * (1 / share - 1))
            began = time.monotonic()
        return False

    def tidy(self) -> None:
        """Remove from the file what the words of deleted messages leave there. Raises sqlite3.Error."""
        if time.monotonic() < self._tidied + TIDY_SECONDS or not self._locked(_is_soiled):
            return
        self._tidied = time.monotonic()
        self._locked(_begin_to_merge)
        while self._locked(_merge):
            if self.is_stopping:  # the rest is merged the next time
                return
        self._locked(_truncate_log)

    def find(self, query: SearchQuery) -> list[Record]:
        """The newest messages that fit, or the oldest, in order of time. Raises sqlite3.Error."""
        wanted = _conditions(query)
        return [] if wanted is None else self._locked(lambda db: _find(db, query, wanted))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _follow(self, db: sqlite3.Connection) -> bool:
        """One slice. Returns whether there was something to do."""
        with transaction(db):
            did = _forget(db) or any(_add(db, *way) for way in _WAYS)
        self.forgotten = db.execute("SELECT deletion FROM progress").fetchone()[0]
        return did

    def _locked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                return work(self._open())
            except sqlite3.Error as error:
                if not self._is_spoilt(error):
                    raise
                self._remove()
                return work(self._open())

    def _is_spoilt(self, error: sqlite3.Error) -> bool:
        # A file that is damaged, no database or somebody else's; all that is in it can be had again.
        code = getattr(error, "sqlite_errorcode", None)
        return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT_VTAB) or (
            code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) and self.path.is_file()
        )

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and self._inode_now() == self._inode:
            return self._db
        self._close()
        try:
            keep_private(self.path)
            give_to_owner_of(self._database, self.path)
        except OSError as error:
            raise sqlite3.OperationalError(f"cannot write {self.path}: {error.strerror}") from error
        db = connect(self.path)
        try:
            fits = self._prepare(db)
        except BaseException:
            db.close()
            raise
        if not fits:
            db.close()
            self._remove()
            return self._open()
        self._inode, self._db = self._inode_now(), db
        return db

    def _prepare(self, db: sqlite3.Connection) -> bool:
        """Whether the file is an index of this database, or now one."""
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.create_function("searchable", 1, searchable, deterministic=True)
        db.execute("ATTACH ? AS history", (read_only_uri(self._database),))
        layout = db.execute("PRAGMA main.user_version").fetchone()[0]
        if layout == 0:
            db.executescript(_MAKE)
            return True
        return layout == LAYOUT and db.execute(_FITS).fetchone() is not None

    def _inode_now(self) -> int:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _remove(self) -> None:
        self._close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(FILE_NAME + suffix).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _add(db: sqlite3.Connection, column: str, end: str, add: str, note: str) -> bool:
    start = db.execute(f"SELECT {column} FROM progress").fetchone()[0]  # noqa: S608  # a constant
    slice_ = {"place": start, "limit": SLICE}
    last = db.execute(end, slice_).fetchone()[0]
    if last is None:
        return False
    db.execute(add, slice_)
    db.execute(note, (last,))
    return True


def _forget(db: sqlite3.Connection) -> bool:
    gone = db.execute(
        "SELECT id, seq FROM deletions WHERE id > (SELECT deletion FROM progress) ORDER BY id LIMIT ?", (SLICE,)
    ).fetchall()
    if not gone:
        return False
    db.executemany("DELETE FROM words WHERE rowid = ?", [(seq,) for _, seq in gone])
    db.execute("UPDATE progress SET deletion = ?, soiled = 1", (gone[-1][0],))
    return True


def _is_soiled(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT soiled FROM progress").fetchone()[0])


def _begin_to_merge(db: sqlite3.Connection) -> None:
    # A negative number: all pieces that the index consists of are to become one, in which nothing deleted is left.
    db.execute(_MERGE, (-MERGED_PAGES,))


def _merge(db: sqlite3.Connection) -> bool:
    """One slice of that. Returns whether more is left."""
    with transaction(db):
        before = db.total_changes
        db.execute(_MERGE, (MERGED_PAGES,))
        more = db.total_changes - before > 1  # as FTS5 says that it had something to do
        if not more:
            db.execute("UPDATE progress SET soiled = 0")
    return more


def _truncate_log(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")


def _conditions(query: SearchQuery) -> list[str] | None:
    """What must be true of a message, wherever it was said; None where nothing can be found."""
    conditions = [f'{{nick}} : "n{query.sender.encode(errors="replace").hex()}"'] if query.sender else []
    if query.text:
        text = expression(query.text)
        if text is None:
            return None
        conditions.append(f"{{text}} : ({text})")
    return conditions


def _find(db: sqlite3.Connection, query: SearchQuery, conditions: list[str]) -> list[Record]:
    found: list[int] = []
    find = _FIND_NEWEST if query.newest else _FIND_OLDEST
    for since, targets in _targets(db, query).items():
        places = " OR ".join(f'"t{target}"' for target in targets)
        match = " AND ".join([*conditions, f"{{target}} : ({places})"])
        after = max(query.after, since - 1)
        found += [row[0] for row in db.execute(find, (match, after, query.before, query.limit))]
    found.sort()
    return reading.messages(db, found[-query.limit :] if query.newest else found[: query.limit])


def _targets(db: sqlite3.Connection, query: SearchQuery) -> dict[int, list[int]]:
    """Where to search, by the seq from which on it may be read."""
    since = query.since or (FIRST,) * len(query.targets)
    floors = dict(zip(query.targets, since, strict=True))
    if query.key:
        floors.update(dict.fromkeys(reading.conversations(db, query.key), FIRST))
    found: dict[int, list[int]] = {}
    for name, floor in floors.items():
        if query.in_target in (None, name):
            row = db.execute("SELECT id FROM targets WHERE name = ?", (name,)).fetchone()
            if row is not None:
                found.setdefault(floor, []).append(row[0])
    return found
