"""What is looked up in the history. Each function takes a connection to the database and blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store.erasing import audit_expired, old_audits, retention_of
from chatkit.store.records import (
    EXPIRY,
    FIRST,
    AroundQuery,
    Audited,
    AuditQuery,
    ConversationQuery,
    CountQuery,
    DocumentQuery,
    HistoryQuery,
    OldAuditQuery,
    Record,
    RecordQuery,
    Retention,
    RetentionQuery,
    TargetNamesQuery,
    TargetsQuery,
)

MAX_CONVERSATIONS = 1000  # that one TARGETS looks through

_COLUMNS = "m.seq, t.name, m.command, m.source, m.sender, m.recipient, m.text, m.tags, m.account, m.bot"
_SELECT = "SELECT " + _COLUMNS + " FROM {table} m JOIN targets t ON t.id = m.target "  # noqa: S608  # constants
_WITHIN = "WHERE m.target = (SELECT id FROM targets WHERE name = :target) AND m.seq > :after AND m.seq < :before "
_NEWEST, _OLDEST = "ORDER BY m.seq DESC LIMIT :limit", "ORDER BY m.seq ASC LIMIT :limit"


def _of_messages(order: str) -> str:
    return _SELECT.format(table="messages") + _WITHIN + order


def _of_both(order: str) -> str:
    # Each half has its limit, or all of it would be read and sorted.
    tables = (("messages", ""), ("events", "AND instr(:without, ' ' || m.command || ' ') = 0 "))
    halves = (f"SELECT * FROM ({_SELECT.format(table=name) + _WITHIN + only + order})" for name, only in tables)  # noqa: S608  # constants
    return " UNION ALL ".join(halves) + order.replace("m.seq", "seq")


# By whether events are wanted, and whether the newest are.
_HISTORY = {
    (False, True): _of_messages(_NEWEST),
    (False, False): _of_messages(_OLDEST),
    (True, True): _of_both(_NEWEST),
    (True, False): _of_both(_OLDEST),
}
_BY_SEQ = _SELECT.format(table="messages") + "WHERE m.seq = ?"
_CONVERSATIONS = (
    "SELECT t.name FROM correspondents c JOIN targets t ON t.id = c.target WHERE c.key = ? ORDER BY t.id DESC LIMIT ?"
)
_AUDIT = (
    "SELECT id, time, who, what, params, reason, hits, said, undo, undoes FROM audit WHERE id < :before "
    "AND (:who = '' OR who = :who) AND (:what = '' OR what = :what) AND {} ORDER BY id DESC LIMIT :limit"
)
_LATEST_AUDITED, _ONE_AUDITED = _AUDIT.format("1"), _AUDIT.format("(id = :id OR undoes = :id)")
_NAMES = """
    SELECT name FROM targets t WHERE NOT doomed AND (
        EXISTS (SELECT 1 FROM messages WHERE target = t.id) OR EXISTS (SELECT 1 FROM events WHERE target = t.id)
    ) ORDER BY id
"""


def as_record(row: tuple[Any, ...]) -> Record:
    """A row of _COLUMNS."""
    seq, target, command, source, sender, recipient, text, tags, account, bot = row
    return Record(seq, target, command, source, sender, recipient, text, tags, account, bool(bot))


def last_seq(db: sqlite3.Connection) -> int:
    """The highest seq that is stored."""
    row = db.execute("SELECT (SELECT max(seq) FROM messages), (SELECT max(seq) FROM events)").fetchone()
    return max(row[0] or FIRST, row[1] or FIRST)


def history(db: sqlite3.Connection, query: HistoryQuery) -> list[Record]:
    """The records, the oldest first."""
    values = {
        "target": query.target,
        "after": max(query.after, query.since - 1),
        "before": query.before,
        "limit": query.limit,
        "without": " ".join(["", *query.without, ""]),
    }
    records = list(map(as_record, db.execute(_HISTORY[query.events, query.newest], values)))
    return records[::-1] if query.newest else records


def around(db: sqlite3.Connection, query: AroundQuery) -> list[Record]:
    """Half of them before the place; where there are fewer, the rest of the limit goes to those at it and after it."""
    all_of_it = HistoryQuery(query.target, query.limit, events=query.events, since=query.since, without=query.without)
    before = history(db, replace(all_of_it, limit=query.limit // 2, before=query.seq))
    left = query.limit - len(before)
    return before + history(db, replace(all_of_it, limit=left, after=query.seq - 1, newest=False))


def record(db: sqlite3.Connection, query: RecordQuery) -> Record | None:
    """The one, or None."""
    found = history(db, HistoryQuery(query.target, 1, query.seq - 1, query.seq + 1, events=True))
    return found[0] if found else None


def messages(db: sqlite3.Connection, seqs: Iterable[int]) -> list[Record]:
    """Those of the messages that there still are."""
    rows = (db.execute(_BY_SEQ, (seq,)).fetchone() for seq in seqs)
    return [as_record(row) for row in rows if row is not None]


def latest_of_targets(db: sqlite3.Connection, query: TargetsQuery) -> list[Record]:
    """The latest message of each that had it in between, the oldest first."""
    latest = [*_latest(db, query.targets, query.since), *_by_peer(db, query.key).values()]
    records = [record for record in latest if query.after < record.seq < query.before]
    records.sort(key=lambda record: record.seq)
    return records[-query.limit :] if query.newest else records[: query.limit]


def conversation(db: sqlite3.Connection, query: ConversationQuery) -> str | None:
    """The target, or None."""
    found = _by_peer(db, query.key).get(query.nick)
    return None if found is None else found.target


def conversations(db: sqlite3.Connection, key: str) -> list[str]:
    """The targets of what ``key`` said to others and they to it: the newest MAX_CONVERSATIONS."""
    return [row[0] for row in db.execute(_CONVERSATIONS, (key, MAX_CONVERSATIONS))]


def document(db: sqlite3.Connection, query: DocumentQuery) -> bytes | None:
    """The body, or None."""
    row = db.execute("SELECT body FROM documents WHERE kind = ? AND key = ?", (query.kind, query.key)).fetchone()
    return None if row is None else row[0]


def audited(db: sqlite3.Connection, query: AuditQuery) -> list[Audited]:
    """What was done, newest first."""
    values = {field: getattr(query, field) for field in query.__struct_fields__}
    return [
        Audited(id_, time, who, what, params, reason, _names(hits), said, undo, undoes)
        for id_, time, who, what, params, reason, hits, said, undo, undoes in db.execute(
            _ONE_AUDITED if query.id else _LATEST_AUDITED, values
        )
    ]


_names = msgspec.json.Decoder(tuple[str, ...]).decode


def _old_audits(db: sqlite3.Connection, query: OldAuditQuery) -> int:
    # It is asked again and again, and all of the log is looked through to count: only if there is something to delete.
    if query.before <= audit_expired(db) or next(old_audits(db, query.before), None) is None:
        return 0
    found = db.execute("SELECT count(*) FROM audit WHERE time < ? AND what <> ?", (query.before, EXPIRY))
    return int(found.fetchone()[0])


def last_audit(db: sqlite3.Connection) -> int:
    """The highest id in the audit log, or 0."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM audit").fetchone()[0])


def target_names(db: sqlite3.Connection, query: TargetNamesQuery) -> tuple[str, ...]:
    """The history keys."""
    return tuple(name for (name,) in db.execute(_NAMES))


def count(db: sqlite3.Connection, query: CountQuery) -> tuple[int, int]:
    """Messages and events."""
    row = db.execute("SELECT id FROM targets WHERE name = ?", (query.target,)).fetchone()
    if row is None:
        return 0, 0
    messages_ = db.execute("SELECT count(*) FROM messages WHERE target = ?", row).fetchone()[0]
    return messages_, db.execute("SELECT count(*) FROM events WHERE target = ?", row).fetchone()[0]


def retention(db: sqlite3.Connection, query: RetentionQuery) -> Retention:
    """As it was set; as for all, where nothing was."""
    return Retention(query.target, *retention_of(db, query.target))


def _latest(db: sqlite3.Connection, targets: Sequence[str], since: Sequence[int] = ()) -> list[Record]:
    places = zip(targets, since or (FIRST,) * len(targets), strict=True)
    return [found for target, start in places for found in history(db, HistoryQuery(target, 1, since=start))]


def _by_peer(db: sqlite3.Connection, key: str) -> dict[str, Record]:
    """The latest message of each conversation of ``key``, by the nick (casefolded) that the other had in it.

    Two people who had the same nick are told apart by nobody who names it: the later is meant.
    """
    latest = sorted(_latest(db, conversations(db, key)), key=lambda record: record.seq)
    return {_peer(record, key): record for record in latest}


def _peer(record: Record, key: str) -> str:
    return casefold(record.recipient if record.sender == key else split_source(record.source).nick)


ANSWERS: dict[type, Callable[[sqlite3.Connection, Any], Any]] = {
    HistoryQuery: history,
    AroundQuery: around,
    TargetsQuery: latest_of_targets,
    ConversationQuery: conversation,
    RecordQuery: record,
    DocumentQuery: document,
    AuditQuery: audited,
    OldAuditQuery: _old_audits,
    TargetNamesQuery: target_names,
    CountQuery: count,
    RetentionQuery: retention,
}
