"""What is deleted: on request at once, and what is too old or too much in slices, so that nobody waits for it.

Everything goes through ``erase``, which notes for the search index what is gone. The functions that yield an Erasure
read only; it must be carried out before they are asked for the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain

import msgspec

from chatkit.store.records import EXPIRY, FIRST, AuditExpired, Forgotten, KeyForgotten, PurgeBefore, Redaction

SLICE = 500  # messages, and as many events, that one Erasure deletes
AT_ONCE = 1000  # rows that a request deletes in its own transaction
LOOK = 2000  # messages among which one slice looks for a sender's
LOOK_COSTS = 100  # as deleting so many
DAY = 86_400_000_000  # microseconds

_TARGET = "target = (SELECT id FROM targets WHERE name = ?)"
# Its word is no parameter: the index is one of entries with that word.
_EXPIRED = f"SELECT CAST(params AS TEXT) ->> 'before' FROM audit WHERE what = '{EXPIRY}' ORDER BY id DESC LIMIT 1"  # noqa: S608  # a constant
_OLDEST = "SELECT id, time FROM audit ORDER BY id LIMIT ?"
EVERY = 0  # stands for all targets where one's id is expected
# No room and no conversation is called so.
_DOOM = "UPDATE targets SET name = ' ' || id, closed = 0, doomed = 1 WHERE id = ?"


class Keep(msgspec.Struct, frozen=True):
    """How much history is kept; 0: all of it."""

    days: int = 0
    messages: int = 0  # of each room and each conversation
    in_all: int = 0  # messages of all of them together


KEEP_ALL = Keep()


class Erasure(msgspec.Struct, frozen=True):
    """What one transaction deletes."""

    messages: list[int]  # by seq
    events: list[tuple[int, int]]  # by target's id and seq
    then: tuple[str, tuple[object, ...]] | None = None  # a statement that notes how far the work has come
    audited: list[int] = []  # of the audit log, by id

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.messages) + len(self.events) + len(self.audited)


def erase(db: sqlite3.Connection, erasure: Erasure) -> None:
    """Carry it out, in the caller's transaction."""
    seqs = [(seq,) for seq in erasure.messages]
    db.executemany("DELETE FROM messages WHERE seq = ?", seqs)
    db.executemany("INSERT INTO deletions (seq) VALUES (?)", seqs)
    db.executemany("DELETE FROM events WHERE target = ? AND seq = ?", erasure.events)
    db.executemany("DELETE FROM audit WHERE id = ?", [(id_,) for id_ in erasure.audited])
    if erasure.then is not None:
        db.execute(*erasure.then)


def redact(db: sqlite3.Connection, redaction: Redaction) -> None:
    """Delete one message or event, if the target has it."""
    for erasure in _matching(db, f"{_TARGET} AND seq = ?", redaction.target, redaction.seq):
        erase(db, erasure)


def forget_target(db: sqlite3.Connection, forgotten: Forgotten) -> None:
    """Let nobody find the history of a target any more, and delete what can be deleted at once."""
    kept = retention_of(db, forgotten.target)
    row = db.execute("SELECT id, closed FROM targets WHERE name = ?", (forgotten.target,)).fetchone()
    if row is not None:
        db.execute(_DOOM, row[:1])
        _forget_correspondents(db, row[0])
        begin_anew(db, forgotten.target, kept, row[1])
        _begin(db)


def retention_of(db: sqlite3.Connection, target: str) -> tuple[int | None, int | None]:
    """The days and the number of messages that a target keeps, where it has its own."""
    row = db.execute("SELECT keep_days, keep_messages FROM targets WHERE name = ?", (target,)).fetchone()
    return row or (None, None)


def begin_anew(db: sqlite3.Connection, name: str, kept: tuple[int | None, int | None], closed: int = 0) -> None:
    """The target of that name was put away: what is said under it from now on is kept as what was."""
    if closed or kept != (None, None):
        values = (name, closed, *kept)
        db.execute("INSERT INTO targets (name, closed, keep_days, keep_messages) VALUES (?, ?, ?, ?)", values)


def purge(db: sqlite3.Connection, purge: PurgeBefore) -> None:
    """Begin to delete what is before a seq, in one target or in all, and delete what can be deleted at once."""
    row: tuple[int] | None = (EVERY,)
    if purge.target:
        row = db.execute("SELECT id FROM targets WHERE name = ?", (purge.target,)).fetchone()
    if row is not None:
        db.execute(
            "INSERT INTO purges VALUES (?, ?) ON CONFLICT DO UPDATE SET before = max(before, excluded.before)",
            (row[0], purge.before),
        )
        _begin(db)


def forget_key(db: sqlite3.Connection, forgotten: KeyForgotten) -> None:
    """The same for all conversations of a key, and for what it said in rooms."""
    for (target,) in db.execute("SELECT target FROM correspondents WHERE key = ?", (forgotten.key,)).fetchall():
        db.execute(_DOOM, (target,))
        _forget_correspondents(db, target)
    newest = "SELECT max((SELECT coalesce(max(seq), 0) FROM messages), (SELECT coalesce(max(seq), 0) FROM events)) + 1"
    db.execute(f"INSERT OR REPLACE INTO forgotten VALUES (?, ({newest}))", (forgotten.key,))  # noqa: S608  # a constant
    _begin(db)


def expire_audit(db: sqlite3.Connection, expired: AuditExpired) -> None:
    """Begin to delete from the audit log what an entry of it says is deleted: what can be at once."""
    _begin_with(db, old_audits(db, expired.before))


def audit_expired(db: sqlite3.Connection) -> int:
    """Before which seq everything in the audit log is deleted, or being deleted, as its newest entry about that says.

    0: none says so.
    """
    row = db.execute(_EXPIRED).fetchone()
    return int(row[0]) if row is not None else 0


def old_audits(db: sqlite3.Connection, before: int) -> Iterator[Erasure]:
    """What in the audit log is before a seq, the oldest first.

    There is no index on times: they grow with the ids. A few may be out of order, as after a clock went back.
    """
    while ids := [id_ for id_, time in db.execute(_OLDEST, (SLICE,)) if time < before]:
        yield Erasure([], [], audited=ids)


def _forget_correspondents(db: sqlite3.Connection, target: int) -> None:
    db.execute("DELETE FROM correspondents WHERE target = ?", (target,))


def _begin(db: sqlite3.Connection) -> None:
    _begin_with(db, requested(db))


def _begin_with(db: sqlite3.Connection, erasures: Iterator[Erasure]) -> None:
    left = AT_ONCE
    for erasure in erasures:
        erase(db, erasure)
        left -= LOOK_COSTS + erasure.size
        if left <= 0:
            break


def requested(db: sqlite3.Connection) -> Iterator[Erasure]:
    """What is left of the requests: the messages of keys first, because they can still be seen."""
    return chain(_of_keys(db), _of_purges(db), _of_doomed_targets(db), old_audits(db, audit_expired(db)))


def overdue(db: sqlite3.Connection, keep: Keep, now: int) -> Iterator[Erasure]:
    """What is older than may be kept, or more. ``now`` is in microseconds since 1970."""
    own = db.execute("SELECT id, keep_days, keep_messages FROM targets").fetchall()
    if any(days is not None for _, days, _ in own):
        for target, days, _ in own:
            yield from _older(db, keep.days if days is None else days, now, target)
    else:
        yield from _older(db, keep.days, now)
    for target, _, messages in own:
        most = keep.messages if messages is None else messages
        if most:
            yield from _of_full_target(db, target, most)
    if keep.in_all:
        yield from _of_full_store(db, keep.in_all)


def _older(db: sqlite3.Connection, days: int, now: int, target: int = EVERY) -> Iterator[Erasure]:
    return _before(db, target, now - days * DAY) if days else iter(())


def noted(db: sqlite3.Connection, last: int) -> Iterator[Erasure]:
    """What the search index has forgotten, up to this entry of its list: the list itself."""
    for (first,) in iter(lambda: db.execute("SELECT min(id) FROM deletions").fetchone(), (None,)):
        if first > last:
            return
        yield Erasure([], [], ("DELETE FROM deletions WHERE id <= ?", (min(last, first + LOOK),)))


def _matching(db: sqlite3.Connection, where: str, *values: object) -> Iterator[Erasure]:
    """The messages and the events for which ``where`` holds, the oldest first."""
    tail = f"WHERE {where} ORDER BY seq LIMIT {SLICE}"
    while True:
        messages = [row[0] for row in db.execute(f"SELECT seq FROM messages {tail}", values)]  # noqa: S608  # constants
        events = db.execute(f"SELECT target, seq FROM events {tail}", values).fetchall()  # noqa: S608  # constants
        if not messages and not events:
            return
        yield Erasure(messages, events)


def _before(db: sqlite3.Connection, target: int, before: int) -> Iterator[Erasure]:
    """The same for what is before a seq, in one target or in all."""
    if target == EVERY:
        return _matching(db, "seq < ?", before)
    return _matching(db, "target = ? AND seq < ?", target, before)


def _of_full_target(db: sqlite3.Connection, target: int, keep: int) -> Iterator[Erasure]:
    oldest = db.execute(
        "SELECT seq FROM messages WHERE target = ? ORDER BY seq DESC LIMIT 1 OFFSET ?", (target, keep - 1)
    ).fetchone()
    if oldest is not None:
        yield from _before(db, target, oldest[0])


def _of_full_store(db: sqlite3.Connection, keep: int) -> Iterator[Erasure]:
    surplus = db.execute("SELECT count(*) FROM messages").fetchone()[0] - keep  # of an index: it is quick
    if surplus > 0:
        oldest = db.execute("SELECT seq FROM messages ORDER BY seq LIMIT 1 OFFSET ?", (surplus,)).fetchone()
        yield from _before(db, EVERY, oldest[0])


def _of_purges(db: sqlite3.Connection) -> Iterator[Erasure]:
    for target, before in db.execute("SELECT target, before FROM purges").fetchall():
        yield from _before(db, target, before)
        yield Erasure([], [], ("DELETE FROM purges WHERE target = ? AND before <= ?", (target, before)))


def _of_doomed_targets(db: sqlite3.Connection) -> Iterator[Erasure]:
    for (target,) in db.execute("SELECT id FROM targets WHERE doomed").fetchall():
        yield from _matching(db, "target = ?", target)
        yield Erasure([], [], ("DELETE FROM targets WHERE id = ?", (target,)))


def _of_keys(db: sqlite3.Connection) -> Iterator[Erasure]:
    for key, before in db.execute("SELECT key, before FROM forgotten").fetchall():
        yield from _of_key(db, key, before)


def _of_key(db: sqlite3.Connection, key: str, before: int) -> Iterator[Erasure]:
    # There is no index on senders: it would cost every message something, and this is rare.
    while before > FIRST:
        row = db.execute(
            "SELECT seq FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?", (before, LOOK - 1)
        ).fetchone()
        low = FIRST if row is None else row[0]
        where = "WHERE seq >= ? AND seq < ? AND +sender = ?"
        messages = [seq for (seq,) in db.execute(f"SELECT seq FROM messages {where}", (low, before, key))]  # noqa: S608  # constants
        events = db.execute(f"SELECT target, seq FROM events {where}", (low, before, key)).fetchall()  # noqa: S608  # constants
        yield Erasure(messages, events, _noted(key, low))
        before = low


def _noted(key: str, low: int) -> tuple[str, tuple[object, ...]]:
    if low == FIRST:
        return "DELETE FROM forgotten WHERE key = ?", (key,)
    return "UPDATE forgotten SET before = ? WHERE key = ?", (low, key)
