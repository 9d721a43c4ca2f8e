"""A database that is damaged: what is whole in it goes into a new one, and the damaged files are kept aside.

The journal stays where it is, with what the database had not got: the new one takes it over when it is opened. Nothing
is moved before the new one is complete, so whoever is killed meanwhile has lost nothing, and begins again.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from chatkit.store import journal
from chatkit.store.connecting import connect_read_only, free_name, is_damage, keep_private, transaction
from chatkit.store.database import FILE_NAME, Store
from chatkit.store.index import FILE_NAME as INDEX_NAME
from chatkit.store.opening import IDENTITY, StoreError, identity_of, open_database
from chatkit.store.pages import Pages, Row, is_cut
from chatkit.store.reading import last_audit, last_seq
from chatkit.store.records import is_conversation
from chatkit.store.schema import VERSION

log = logging.getLogger("chatkit.store")

NEW_NAME = "chatkit.recovering"  # a new database that is complete, and only has to be put in place
MAKING_NAME = "chatkit.making"  # one that is not complete yet: of no use to anybody but whoever makes it
ASIDE = "damaged-"  # how the directories begin that damaged files are kept in
PARTS = ("", "-wal", "-shm")  # of a database, behind its name; its own file first
ROWS_AT_ONCE = 1000
CUT = "its file ends within a page"
FAR_AHEAD = 20  # versions that a newer chatkit may be ahead; more than that is no version
MUCH = 256 << 20  # bytes, which take seconds to check

_TEN = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# By whether they have a row id and by the kinds of their values: what it is that was found, and how it is put back.
_ROWS: tuple[tuple[str, bool, re.Pattern[str], str], ...] = (
    ("messages", True, re.compile("nisssssssi"), "INSERT OR IGNORE INTO messages VALUES " + _TEN),  # noqa: S608  # constants
    ("targets", True, re.compile("nsii([in][in])?"), "INSERT OR IGNORE INTO targets VALUES (?, ?, ?, ?, ?, ?)"),
    (
        "audit",
        True,
        re.compile("nissbsbsbi"),
        # Its triggers refuse even what would be ignored.
        f"INSERT INTO audit SELECT * FROM (VALUES {_TEN}) AS found WHERE found.column1 NOT IN (SELECT id FROM audit)",  # noqa: S608  # constants
    ),
    ("events", False, re.compile("iisssssssi"), "INSERT OR IGNORE INTO events VALUES " + _TEN),  # noqa: S608  # constants
    ("documents", False, re.compile("ssb"), "INSERT OR IGNORE INTO documents VALUES (?, ?, ?)"),
)
_NAME = re.compile("si")  # in the index of targets by name: the name and the id
_COLUMNS = {"targets": 6}  # an older version had fewer
_UNNAMED = """
    SELECT DISTINCT target FROM (SELECT target FROM messages UNION SELECT target FROM events)
    WHERE target NOT IN (SELECT id FROM targets)
"""


class Recovered(msgspec.Struct, frozen=True):
    """What became of a damaged database. ``aside`` has its files; ``last`` is a seq that none in it was above."""

    why: str
    aside: Path
    messages: int
    events: int
    documents: int
    last: int

    def __str__(self) -> str:
        return (
            f"the database was damaged ({self.why}): recovered {self.messages:,} messages, {self.events:,} events and "
            f"{self.documents:,} documents; the damaged files are kept in {self.aside}"
        )


def open_store(directory: Path, was_killed: bool, opened: Callable[[], Store]) -> tuple[Store, Recovered | None]:
    """The store that ``opened`` opens, and what became of the database if it was damaged.

    After a server that ``was_killed`` all of it is checked first, else what is read at once. Raises StoreError.
    """
    path = directory / FILE_NAME
    try:
        _finish(path)
        if was_killed:
            _tell_who_waits(path)
        why = check(path) if was_killed else skim(path)
        if why is None:
            try:
                return opened(), None
            except StoreError as error:
                why = str(error.__cause__) if is_damage(error.__cause__) else check(path)
                if why is None:
                    raise
        recovered = recover(path, why)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"cannot recover the database {path}: {error}") from error
    return opened(), recovered


def _tell_who_waits(path: Path) -> None:
    size = path.stat().st_size if path.exists() else 0
    if size > MUCH:
        log.warning("the last server did not end by itself: checking all of %s, %d MB", path, size >> 20)


def check(path: Path) -> str | None:
    """What is wrong with the database at ``path``, or None. Reads all of it. Raises OSError."""
    size = path.stat().st_size if path.exists() else 0
    if not size:
        return "its file is empty" if _has_log(path) else None
    try:
        with contextlib.closing(connect_read_only(path)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if not 0 <= version <= VERSION + FAR_AHEAD:
                return f"it says that it has version {version}"
            if version > VERSION:
                return None  # it is not ours to judge
            if is_cut(path):
                return CUT
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        # The general error, where nothing is asked that could be wrong, is about what stands in the file's header.
        general = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        return str(error) if is_damage(error) or general else None
    return None if found == "ok" else " ".join(found.split())


def skim(path: Path) -> str | None:
    """What is wrong with what a server reads of the database at ``path`` when it starts, or None. Raises OSError."""
    if not path.exists():
        return None
    if is_cut(path):
        return check(path)
    try:
        with contextlib.closing(connect_read_only(path)) as db:
            last_seq(db)
            deque(db.execute("SELECT * FROM documents"), maxlen=0)
            last_audit(db)
    except sqlite3.Error as error:
        return str(error) if is_damage(error) else None
    return None


def _has_log(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def recover(path: Path, why: str) -> Recovered:
    """Put a new database at ``path``, with all that can be read of the one there. Raises OSError and sqlite3.Error."""
    modified = path.stat().st_mtime_ns // 1000 if path.exists() else 0
    making = path.with_name(MAKING_NAME)
    _remove(making)
    keep_private(making)
    with contextlib.closing(open_database(making, "power")) as db:
        found = _fill(db, Pages(path).rows())
        _copy_requests(db, path)
        _identify(db, path.with_name(journal.FILE_NAME))
        last = max(last_seq(db), modified)
    making.rename(path.with_name(NEW_NAME))
    aside = name_aside(path, ASIDE)
    put_in_place(path, aside)
    return Recovered(why, aside, found["messages"], found["events"], found["documents"], last)


def _fill(db: sqlite3.Connection, rows: Iterable[Row]) -> dict[str, int]:
    """Put ``rows`` where they belong. Returns how many of each there are now."""
    names: dict[int, str] = {}
    db.execute("DELETE FROM documents")  # those that a new database begins with
    for insert, some in _sorted(rows, names):
        with transaction(db):
            db.executemany(insert, some)
    with transaction(db):
        _name_targets(db, names)
        _find_correspondents(db)
    return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name, *_ in _ROWS}  # noqa: S608  # ours


def _sorted(rows: Iterable[Row], names: dict[int, str]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows by the statement that inserts them, many at once; ``names`` gets those of targets from their index."""
    waiting: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        if not row.is_keyed and _NAME.fullmatch(row.kinds):
            _note_name(names, *row.values)
        for table, is_keyed, kinds, insert in _ROWS:
            if row.is_keyed == is_keyed and kinds.fullmatch(row.kinds):
                values = (row.key, *row.values[1:]) if is_keyed else row.values
                some = waiting.setdefault(insert, [])
                some.append(values + (None,) * (_COLUMNS.get(table, 0) - len(values)))
                if len(some) >= ROWS_AT_ONCE:
                    yield insert, waiting.pop(insert)
    yield from waiting.items()


def _note_name(names: dict[int, str], name: Any, target: Any) -> None:
    if " " in name or name.startswith("#"):  # else it is a key, in the index of conversations
        names[target] = name


def _name_targets(db: sqlite3.Connection, names: dict[int, str]) -> None:
    """Targets that were lost, but not all that was said in them, get their names back, or one that nobody finds."""
    for (target,) in db.execute(_UNNAMED).fetchall():
        name = names.get(target, "")
        # Whether it was closed nobody knows, so it is: else what was private might not be. One that begins with a blank
        # was being deleted.
        values = (target, name or f"#lost {target}", 1, name.startswith(" "))
        insert = "INSERT OR IGNORE INTO targets (id, name, closed, doomed) VALUES (?, ?, ?, ?)"
        if not db.execute(insert, values).rowcount:  # there is another of that name
            db.execute(insert, (target, f"#lost {target}", 1, False))


def _find_correspondents(db: sqlite3.Connection) -> None:
    for target, name in db.execute("SELECT id, name FROM targets WHERE NOT doomed").fetchall():
        if is_conversation(name):
            rows = [(key, target) for key in name.split(" ") if key]
            db.executemany("INSERT OR IGNORE INTO correspondents VALUES (?, ?)", rows)


def _copy_requests(db: sqlite3.Connection, path: Path) -> None:
    """What was to be deleted still is, as far as SQLite can read it."""
    for table in ("forgotten", "purges"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(connect_read_only(path)) as old:
            rows = old.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # ours
            db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", rows)  # noqa: S608  # ours


def _identify(db: sqlite3.Connection, path: Path) -> None:
    """Make sure that the journal is this database's, and that nothing in it is taken over twice."""
    known = {key for (key,) in db.execute("SELECT key FROM documents WHERE kind = 'store'")}
    found = journal.read(path, identity_of(db) if IDENTITY in known else b"")
    put = "INSERT INTO documents VALUES ('store', ?, coalesce(?, randomblob(16)))"
    if IDENTITY not in known:
        db.execute(put, (IDENTITY, found.identity or None))
    if "journal" not in known and (taken := _last_taken(db, found.batches)):
        db.execute(put, ("journal", str(taken).encode()))


def _last_taken(db: sqlite3.Connection, batches: list[journal.Batch]) -> int:
    """The last of ``batches`` that the database has something of: they were taken over in their order."""
    there = "SELECT EXISTS (SELECT 1 FROM messages WHERE seq = ?) OR EXISTS (SELECT 1 FROM events WHERE seq = ?)"
    for number, entries in reversed(batches):
        if any(
            db.execute(there, (seq, seq)).fetchone()[0] for entry in entries if (seq := getattr(entry, "seq", None))
        ):
            return number
    return 0


def put_in_place(path: Path, aside: Path, others: Iterable[str] = ()) -> None:
    """Put the new database, which is complete, in the place of the one at ``path``, whose files go to ``aside``.

    So do ``others`` beside it. Whoever is killed meanwhile has it finished by ``open_store``. Raises OSError.
    """
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in (*(path.name + part for part in PARTS), *others):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(name).rename(aside / name)
    _remove(path.with_name(INDEX_NAME))  # it is made anew
    path.with_name(NEW_NAME).rename(path)


def name_aside(path: Path, prefix: str) -> Path:
    """A directory beside ``path`` for what has to make room, named after the time."""
    return free_name(path.with_name(prefix + time.strftime("%Y%m%d-%H%M%S")))


def _finish(path: Path) -> None:
    """See to a new database that somebody began to put in place, or only to make."""
    new = path.with_name(NEW_NAME)
    if new.exists() and not path.exists():
        put_in_place(path, name_aside(path, ASIDE))
    _remove(new)
    _remove(path.with_name(MAKING_NAME))


def _remove(path: Path) -> None:
    for part in PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)
