"""The tables, version by version.

A database carries its version in ``user_version``. Each entry of MIGRATIONS leads from one version to the next, so an
older database is brought up to date when it is opened; a newer one is refused.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE targets (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given again: the search index knows targets by it
        name TEXT NOT NULL UNIQUE,        -- history key: a casefolded room, or the two keys of a conversation
        closed INTEGER NOT NULL DEFAULT 0, -- whether only those may read it who are let in
        doomed INTEGER NOT NULL DEFAULT 0 -- whether it is being deleted; nobody finds it by its name any more
    ) STRICT;
    CREATE TABLE correspondents (         -- which conversations a key takes part in
        key TEXT NOT NULL,
        target INTEGER NOT NULL REFERENCES targets (id),
        PRIMARY KEY (key, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE messages (
        seq INTEGER PRIMARY KEY,          -- order, time (microseconds since 1970) and id in one
        target INTEGER NOT NULL REFERENCES targets (id),
        command TEXT NOT NULL,
        source TEXT NOT NULL,             -- nick!user@host
        sender TEXT NOT NULL,             -- the sender's key
        recipient TEXT NOT NULL,          -- as it was addressed
        text TEXT NOT NULL,
        tags TEXT NOT NULL,               -- client-only tags as on the wire
        account TEXT NOT NULL,            -- the sender's, as shown
        bot INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_target ON messages (target);  -- holds seq too, as every index does
    CREATE TABLE events (                 -- what else happened; columns as above
        target INTEGER NOT NULL REFERENCES targets (id),
        seq INTEGER NOT NULL,
        command TEXT NOT NULL,
        source TEXT NOT NULL,
        sender TEXT NOT NULL,
        recipient TEXT NOT NULL,
        text TEXT NOT NULL,               -- everything after the command
        tags TEXT NOT NULL,
        account TEXT NOT NULL,
        bot INTEGER NOT NULL,
        PRIMARY KEY (target, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX events_by_seq ON events (seq);
    CREATE TABLE documents (              -- accounts, registered rooms and the like
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE forgotten (              -- whose messages are being deleted
        key TEXT PRIMARY KEY,
        before INTEGER NOT NULL           -- what is left of them is older than this seq
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE deletions (              -- messages that the search index has yet to forget
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        seq INTEGER NOT NULL
    ) STRICT;
    INSERT INTO documents VALUES ('store', 'identity', randomblob(16));  -- whose search index it is
    """,
    """
    ALTER TABLE targets ADD COLUMN keep_days INTEGER;      -- instead of what holds for all; NULL: as for all
    ALTER TABLE targets ADD COLUMN keep_messages INTEGER;  -- 0: everything
    CREATE TABLE purges (                 -- of which targets everything before a seq is being deleted
        target INTEGER PRIMARY KEY,       -- 0: of all
        before INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE audit (                  -- what was done by those who run the place
        id INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,            -- a seq
        who TEXT NOT NULL,
        what TEXT NOT NULL,               -- the command
        params BLOB NOT NULL,             -- JSON
        reason TEXT NOT NULL,
        hits BLOB NOT NULL,               -- JSON: a list of names
        said TEXT NOT NULL,
        undo BLOB NOT NULL,               -- JSON of what takes it back, or empty
        undoes INTEGER NOT NULL           -- the id of what it took back, or 0
    ) STRICT;
    CREATE INDEX audit_by_undone ON audit (undoes) WHERE undoes;
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    """,
    # What is older than the last entry about that says is deleted: so nothing goes without such an entry.
    """
    CREATE INDEX audit_by_expiry ON audit (id) WHERE what = 'audit.expire';
    DROP TRIGGER audit_is_not_deleted;
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
        WHEN OLD.time >= coalesce((SELECT CAST(params AS TEXT) ->> 'before' FROM audit WHERE what = 'audit.expire'
            ORDER BY id DESC LIMIT 1), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    """,
)

VERSION = len(MIGRATIONS)
APPLICATION_ID = 0x63686B74  # "chkt"
