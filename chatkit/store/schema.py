"""The tables, version by version.

A database carries its version in ``user_version``. Each entry of MIGRATIONS leads from one version to the next, so an
older database is brought up to date when it is opened; a newer one is refused.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE targets (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,       -- history key: a casefolded room, or the two keys of a conversation
        closed INTEGER NOT NULL DEFAULT 0 -- whether only those may read it who are let in
    ) STRICT;
    CREATE TABLE correspondents (        -- which conversations a key takes part in
        key TEXT NOT NULL,
        target INTEGER NOT NULL REFERENCES targets (id),
        PRIMARY KEY (key, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE messages (
        seq INTEGER PRIMARY KEY,         -- order, time (microseconds since 1970) and id in one
        target INTEGER NOT NULL REFERENCES targets (id),
        command TEXT NOT NULL,
        source TEXT NOT NULL,            -- nick!user@host
        sender TEXT NOT NULL,            -- the sender's key
        recipient TEXT NOT NULL,         -- as it was addressed
        text TEXT NOT NULL,
        tags TEXT NOT NULL               -- client-only tags as on the wire
    ) STRICT;
    CREATE INDEX messages_by_target ON messages (target);  -- holds seq too, as every index does
    """,
)

VERSION = len(MIGRATIONS)
APPLICATION_ID = 0x63686B74  # "chkt"
