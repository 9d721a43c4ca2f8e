"""How a database is opened to be written, and brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chatkit.store.connecting import connect
from chatkit.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

# What was written outlives the process without an fsync; with one, it outlives the power.
SYNCHRONOUS = {"process": "NORMAL", "power": "FULL"}
IDENTITY = "identity"  # the key of the document that tells one database from another


class StoreError(Exception):
    """The database cannot be used: one line that names the file and says why."""


def open_database(path: Path, durability: str) -> sqlite3.Connection:
    """Open or make the database. Raises StoreError where it is a newer one, else sqlite3.Error."""
    db = connect(path)
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StoreError(
                f"the database {path} has version {version}, this chatkit knows up to {VERSION}: "
                "install the newer chatkit that wrote it, or use another --data directory"
            )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {SYNCHRONOUS[durability]}")
        db.execute("PRAGMA wal_autocheckpoint = 0")  # ``Store.settle`` does that, off the hot path
        for number in range(version, VERSION):
            _migrate(db, number)
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection, number: int) -> None:
    # One transaction for each version: a process that dies in it leaves the version before.
    db.executescript(
        f"BEGIN IMMEDIATE; {MIGRATIONS[number]}; PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {number + 1}; COMMIT;"
    )


def identity_of(db: sqlite3.Connection) -> bytes:
    """The 16 bytes that this database alone has: its journal and its search index carry them too."""
    row = db.execute("SELECT body FROM documents WHERE kind = 'store' AND key = ?", (IDENTITY,)).fetchone()
    return bytes(16) if row is None else bytes(row[0])
