"""A data directory's history, read only: which rooms and conversations there are, and what was said in them.

Nothing is read in one piece, and no transaction stays open: a page at a time, so that a history of any length takes
little memory and the server's write-ahead log does not grow meanwhile.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store import journal, reading
from chatkit.store.connecting import connect, connect_read_only
from chatkit.store.database import FILE_NAME, take_over
from chatkit.store.index import SearchIndex
from chatkit.store.records import (
    FIRST,
    LAST,
    Audited,
    AuditQuery,
    HistoryQuery,
    Record,
    SearchQuery,
    is_conversation,
)
from chatkit.store.schema import APPLICATION_ID, VERSION
from chatkit.store.writing import Writer

PAGE = 1000  # messages that are read at once
SENDERS = {  # conditions for whose messages and events are meant
    "key": "m.sender = ?",
    "account": "m.account = ? COLLATE NOCASE",
    "guests": "m.sender GLOB ?",
}
_BY = (
    "SELECT m.seq, t.name, m.command, m.source, m.sender, m.recipient, m.text, m.tags, m.account, m.bot, m.target "
    "FROM {table} m JOIN targets t ON t.id = m.target "
    "WHERE (m.seq, m.target) > (?, ?) AND {senders} AND NOT t.doomed ORDER BY m.seq, m.target LIMIT ?"
)
INDEX_SECONDS = 1.0  # between two words about how the index comes along


class ArchiveError(Exception):
    """There is no history that can be read: one line that names the place and says why."""


class Place(msgspec.Struct, frozen=True):
    """A room or a conversation in which something was said."""

    target: str  # history key
    name: str  # as people know it: #Room, or Alice & Bob
    calls: tuple[str, ...]  # what it can be asked for by, casefolded: the room, or either person's nick or key
    latest: int  # seq of the latest message
    is_direct: bool = False  # whether two people talk here, and nobody else may read it


class History:
    """The history in one data directory. Its methods block and raise sqlite3.Error."""

    def __init__(self, directory: Path) -> None:
        """Raises ArchiveError."""
        self.path = directory / FILE_NAME
        if not self.path.is_file():
            raise ArchiveError(f"there is no history in {directory}: {_what_is_there(directory)}")
        try:
            self._db = connect_read_only(self.path)
            self._check()
            self._take_over(directory / journal.FILE_NAME)
        except sqlite3.Error as error:
            raise ArchiveError(f"cannot read {self.path}: {error}") from error
        self._index = SearchIndex(self.path)

    def _check(self) -> None:
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise ArchiveError(f"{self.path} is no database of chatkit's")
        if version != VERSION:
            raise ArchiveError(f"the database {self.path} has version {version}, this chatkit reads version {VERSION}")

    def _take_over(self, path: Path) -> None:
        # What was said in the last second, or before a server died, is not in the database yet. Whoever may write there
        # sees to that; who may only read does without. What the database refuses is for the server to put aside.
        if not path.exists():
            return
        with contextlib.suppress(OSError, sqlite3.Error, ValueError), contextlib.closing(connect(self.path)) as db:
            take_over(Writer(db), path)

    def close(self) -> None:
        """Close the files."""
        self._index.close()
        self._db.close()

    def places(self, *, direct: bool) -> list[Place]:
        """All rooms, those of former times too, and conversations if they are wanted; the ones with the latest last."""
        rows = self._db.execute("SELECT name FROM targets WHERE NOT doomed").fetchall()
        found = (self._place(target) for (target,) in rows if direct or not is_conversation(target))
        return sorted((place for place in found if place is not None), key=lambda place: place.latest)

    def _place(self, target: str) -> Place | None:
        latest = reading.history(self._db, HistoryQuery(target, 1))
        if not latest:
            return None
        record = latest[0]
        if not is_conversation(target):
            room = record.recipient
            if " " in target:  # put away when it ended, or gave its name to another
                return Place(target, f"{room} (former)", (casefold(room), target), record.seq)
            name = room if casefold(room) == target else target  # renamed, and nothing said since then
            return Place(target, name, (target,), record.seq)
        nicks = sorted((split_source(record.source).nick, record.recipient), key=casefold)
        return Place(target, " & ".join(nicks), (*map(casefold, nicks), *target.split(" ")), record.seq, is_direct=True)

    def records(self, place: Place, after: int = FIRST, before: int = LAST) -> Iterator[Record]:
        """What was said there, in order."""
        while page := reading.history(self._db, HistoryQuery(place.target, PAGE, after, before, newest=False)):
            yield from page
            after = page[-1].seq

    def documents(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Keys and contents of all documents of a kind."""
        rows = self._db.execute("SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,)).fetchall()
        return ((key, msgspec.json.decode(body)) for key, body in rows)

    def audited(self) -> Iterator[Audited]:
        """What was done by those who run the place, newest first."""
        before = LAST
        while page := reading.audited(self._db, AuditQuery(PAGE, before)):
            yield from page
            before = page[-1].id

    def messages_by(self, senders: str, value: str) -> Iterator[Record]:
        """The messages for which the condition ``senders``, one of SENDERS, holds with ``value``, in order."""
        return self._by(_BY.format(table="messages", senders=SENDERS[senders]), value)

    def events_by(self, senders: str, value: str) -> Iterator[Record]:
        """The same for events; one that several rooms saw is there for each of them."""
        return self._by(_BY.format(table="events", senders=SENDERS[senders]), value)

    def _by(self, query: str, value: str) -> Iterator[Record]:
        after = (FIRST, FIRST)
        while page := self._db.execute(query, (*after, value, PAGE)).fetchall():
            yield from (reading.as_record(row[:-1]) for row in page)
            after = (page[-1][0], page[-1][-1])

    def conversations_of(self, key: str) -> list[str]:
        """The targets of what a key said to people, and they to it."""
        rows = self._db.execute(
            "SELECT t.name FROM correspondents c JOIN targets t ON t.id = c.target WHERE c.key = ?", (key,)
        )
        return [target for (target,) in rows]

    def catch_up(self) -> Iterator[None]:
        """Bring the search index up to date. Yields now and then, if it takes long."""
        while self._index.catch_up(INDEX_SECONDS):
            yield

    def search(self, query: SearchQuery) -> list[Record]:
        """The newest messages that fit, the oldest first."""
        return self._index.find(query)


def _what_is_there(directory: Path) -> str:
    if not directory.is_dir():
        return "there is no such directory; --data names another"
    with contextlib.suppress(OSError):
        names = sorted(path.name for path in directory.iterdir())
        if names:
            return f"it holds {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}, but no {FILE_NAME}"
    return "it is empty; --data names another directory"
