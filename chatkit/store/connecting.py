"""How the store's files are opened: for their owner alone, and one transaction at a time."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

BUSY_SECONDS = 5.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that a file is not what it has written."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _DAMAGED


def keep_private(path: Path) -> None:
    """See to it that ``path`` is there, and its owner's alone. Raises OSError.

    Before SQLite opens it: the write-ahead log gets the mode that the database has then.
    """
    path.touch(0o600)
    path.chmod(0o600)


def free_name(path: Path) -> Path:
    """``path``, or a name like it that nothing has."""
    further = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], further) if not name.exists())


def give_to_owner_of(neighbour: Path, path: Path) -> None:
    """Where the superuser made ``path``, let it belong to whom ``neighbour`` belongs to. Raises OSError."""
    if os.geteuid() == 0:
        status = neighbour.stat()
        os.chown(path, status.st_uid, status.st_gid)


def connect(path: Path) -> sqlite3.Connection:
    """A connection for reading and writing. Nothing begins a transaction but BEGIN; any thread may use it."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; so is its user, perhaps. Raises sqlite3.Error where there is no such file."""
    return sqlite3.connect(
        read_only_uri(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )


def read_only_uri(path: Path) -> str:
    """What SQLite takes for ``path``, not to be written to."""
    return f"{path.absolute().as_uri()}?mode=ro"


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it is committed, or with an exception nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
