"""How a database is opened to be written, and brought up to date."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from chatkit.store.connecting import BUSY_SECONDS, connect, transaction
from chatkit.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

# What was written outlives the process without an fsync; with one, it outlives the power.
SYNCHRONOUS = {"process": "NORMAL", "power": "FULL"}
RETRY_SECONDS = 0.01  # between two attempts at what SQLite does not wait for
IDENTITY = "identity"  # the key of the document that tells one database from another


class StoreError(Exception):
    """The database cannot be used: one line that names the file and says why."""


def open_database(path: Path, durability: str) -> sqlite3.Connection:
    """Open or make the database. Raises StoreError where it is a newer one, else sqlite3.Error."""
    db = connect(path)
    try:
        version = _version(db, path)
        _keep_a_log(db)
        db.execute(f"PRAGMA synchronous = {SYNCHRONOUS[durability]}")
        db.execute("PRAGMA wal_autocheckpoint = 0")  # ``Store.settle`` does that, off the hot path
        while version < VERSION:
            version = _migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _keep_a_log(db: sqlite3.Connection) -> None:
    # Where two do this at once SQLite refuses one of them without a wait, or each would wait for the other.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


def _version(db: sqlite3.Connection, path: Path) -> int:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StoreError(
            f"the database {path} has version {version}, this chatkit knows up to {VERSION}: "
            "install the newer chatkit that wrote it, or use another --data directory"
        )
    return version


def _migrate(db: sqlite3.Connection, path: Path) -> int:
    """Bring it to the next version, all or nothing. Returns the version that it has then."""
    with transaction(db):
        version = _version(db, path)  # again: another process may have been at it until now
        if version < VERSION:
            for statement in _statements(MIGRATIONS[version]):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {version + 1}")
    return min(version + 1, VERSION)


def _statements(script: str) -> Iterator[str]:
    # ``executescript`` would commit first. Comments and triggers have semicolons too, which SQLite knows to tell apart.
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def identity_of(db: sqlite3.Connection) -> bytes:
    """The 16 bytes that this database alone has: its journal and its search index carry them too."""
    row = db.execute("SELECT body FROM documents WHERE kind = 'store' AND key = ?", (IDENTITY,)).fetchone()
    return bytes(16) if row is None else bytes(row[0])
