"""How answers look as text: which columns a table has and what stands in a cell. For every face that shows them.

``Row.shows`` names the look: "changed" and its kind are a sentence, "table:users" is a table, "facts:user" a list of
what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chatkit.control.cells import (
    as_usual,
    clock,
    count,
    day,
    end,
    kept,
    listed,
    lockdown,
    minute,
    number_or_none,
    pairs,
    rate,
    reason,
    size,
    span,
    text,
    text_until,
    troubles,
    until,
    words,
    yes_no,
)
from chatkit.control.cells import modes as letters
from chatkit.proto.formatting import plain

CHANGES = ("changed", "reload", "stop", "token")  # what answers with what was done, a ``plan.Changed``

Form = Callable[[Any], str]


class Column(msgspec.Struct, frozen=True):
    """A column, or a line of facts: its title, the key of its value, and how that is written.

    ``long`` is what may be too long for a column where room is short.
    """

    title: str
    key: str
    form: Form
    long: bool = False


class Sheet(msgspec.Struct, frozen=True):
    """Cells, safe for any screen. Without ``titles`` the first of each row is what the others are about.

    ``below`` are the columns that may stand below their rows where room is short, by their places. ``lacking`` are the
    titles of what the answer does not tell: it comes from another version.
    """

    titles: tuple[str, ...]
    rows: list[tuple[str, ...]]
    empty: str = ""  # the sentence that stands for no rows
    below: tuple[int, ...] = ()
    lacking: tuple[str, ...] = ()


def lay_out(shows: str, result: Any) -> Sheet:
    """The table or the facts of an answer, which is plain data. What it does not tell is left out."""
    look, _, name = shows.partition(":")
    if look == "facts":
        columns, lacking = _told(FACTS[name], [result])
        return Sheet((), [(column.title, _cell(column, result)) for column in columns], lacking=lacking)
    columns, empty = TABLES[name]
    columns, lacking = _told(columns, result)
    rows = [tuple(_cell(column, row) for column in columns) for row in result]
    below = tuple(place for place, column in enumerate(columns) if column.long)
    return Sheet(tuple(column.title for column in columns), rows, empty, below, lacking)


def is_known(shows: str) -> bool:
    """Whether there is a look of that name."""
    look, _, name = shows.partition(":")
    return shows in CHANGES or (look == "table" and name in TABLES) or (look == "facts" and name in FACTS)


def _told(columns: tuple[Column, ...], rows: Any) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Those columns that every row has something for, and the titles of the others."""
    told = tuple(column for column in columns if all(column.key in row for row in rows))
    return told, tuple(column.title for column in columns if column not in told)


def _cell(column: Column, row: Any) -> str:
    return plain(column.form(row[column.key]))


def _columns(*columns: tuple[str, str, Form], long: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(title, key, form, key in long) for title, key, form in columns)


# The tables, each with the sentence for none.

TABLES: dict[str, tuple[tuple[Column, ...], str]] = {
    "users": (
        _columns(
            ("Nick", "nick", text),
            ("Rooms", "rooms", words),
            ("Idle", "idle", span),
            ("Address", "address", text),
            ("Client", "client", text),
            ("Away", "away", reason),
            long=("rooms", "away"),
        ),
        "Nobody is here.",
    ),
    "rooms": (
        _columns(
            ("Room", "name", text),
            ("Users", "users", count),
            ("State", "state", text),
            ("Modes", "modes", letters),
            ("Topic", "topic", text),
            long=("topic",),
        ),
        "There are no rooms.",
    ),
    "audit": (
        _columns(
            ("Id", "id", str),
            ("When", "time", minute),
            ("Who", "who", text),
            ("What", "said", text),
            ("Why", "reason", text),
            ("Undone by", "undone_by", number_or_none),
            long=("reason",),
        ),
        "There is nothing to show in the audit log.",
    ),
    "tokens": (
        _columns(
            ("Id", "id", text),
            ("Name", "name", text),
            ("Scopes", "scopes", listed),
            ("Made by", "made_by", text),
            ("Until", "until", text_until),
            long=("scopes",),
        ),
        "There are no tokens.",
    ),
    "accounts": (
        _columns(
            ("Account", "name", text),
            ("Since", "created", day),
            ("E-mail", "email", text),
            ("Verified", "verified", yes_no),
            ("Rooms", "rooms", words),
            ("Here as", "here", words),
            ("Suspended", "suspended", reason),
            long=("email", "rooms", "here", "suspended"),
        ),
        "There are no accounts.",
    ),
    "bans": (
        _columns(
            ("Id", "id", text),
            ("Effect", "effect", text),
            ("Kind", "kind", text),
            ("What", "name", text),
            ("Why", "reason", text),
            ("By", "who", text),
            ("Until", "until", until),
            long=("reason",),
        ),
        "Nobody is banned or muted.",
    ),
    "invites": (
        _columns(
            ("Id", "id", text),
            ("Accounts left", "uses", count),
            ("Room", "room", text),
            ("By", "who", text),
            ("Until", "until", until),
        ),
        "There are no invite codes.",
    ),
    "reports": (
        _columns(
            ("When", "made", minute),
            ("By", "who", text),
            ("About", "target", text),
            ("Why", "why", text),
            ("Said by", "said_by", text),
            ("What was said", "said", text),
            long=("why", "said_by", "said"),
        ),
        "Nobody has reported anything.",
    ),
    "sessions": (
        _columns(
            ("Nick", "nick", text),
            ("Address", "address", text),
            ("Since", "since", minute),
            ("Idle", "idle", span),
            ("TLS", "secure", yes_no),
            ("Account", "account", text),
            ("Client", "client", text),
            ("Waiting", "waiting", count),
        ),
        "Nobody is connected.",
    ),
    "messages": (
        _columns(
            ("When", "time", minute),
            ("Room", "room", text),
            ("Who", "nick", text),
            ("What", "text", text),
            ("Message id", "msgid", text),
            long=("text",),
        ),
        "Nothing was found.",
    ),
    "doctor": (
        _columns(("Verdict", "level", text), ("What", "what", text), ("What to do", "do", text), long=("do",)),
        "Nothing was looked at.",
    ),
    "slow": (_columns(("Client", "name", text), ("Waits for it", "queued", size)), "No client is slow."),
}

FACTS: dict[str, tuple[Column, ...]] = {
    "account": _columns(
        ("Account", "name", text),
        ("Since", "created", minute),
        ("E-mail", "email", text),
        ("Verified", "verified", yes_no),
        ("Certificates", "certificates", words),
        ("Stays without a device", "always_on", as_usual),
        ("Rooms of its own", "rooms", words),
        ("Here as", "here", words),
        ("Suspended", "suspended", reason),
        ("Suspended until", "suspended_until", end),
    ),
    "user": _columns(
        ("Nick", "nick", text),
        ("Seen as", "source", text),
        ("Real name", "real", text),
        ("Account", "account", text),
        ("Addresses", "addresses", words),
        ("Certificates", "certificates", words),
        ("Clients", "clients", text),
        ("Devices", "devices", count),
        ("TLS", "secure", yes_no),
        ("Modes", "modes", letters),
        ("Operator of class", "oper", text),
        ("Rooms", "rooms", words),
        ("Away", "away", reason),
        ("Muted", "muted", text),
        ("Idle", "idle", span),
        ("Here since", "since", minute),
        ("Without a device since", "left", minute),
        ("Says of itself", "metadata", listed),
        ("Monitored by", "monitored_by", count),
    ),
    "room": _columns(
        ("Room", "name", text),
        ("Users", "users", words),
        ("Since", "created", minute),
        ("Topic", "topic", text),
        ("Set by", "topic_by", text),
        ("Set", "topic_at", minute),
        ("Modes", "modes", text),
        ("Bans", "bans", words),
        ("Exceptions", "exceptions", words),
        ("Invitations", "invited", words),
        ("Metadata", "metadata", pairs),
        ("Owner", "owner", text),
        ("Access", "access", listed),
        ("Members read back", "history", text),
        ("Guarded", "guard", yes_no),
        ("Closed", "closed", reason),
        ("Archived", "archived", reason),
        ("Days kept", "keep_days", kept),
        ("Messages kept", "keep_messages", kept),
        ("Messages stored", "messages", count),
        ("Events stored", "events", count),
    ),
    "stats": _columns(
        ("Version", "version", text),
        ("Uptime", "uptime", clock),
        ("Users", "users", count),
        ("Clients", "sessions", count),
        ("Most users at once", "peak", count),
        ("Rooms", "rooms", count),
        ("Messages since the start", "messages", count),
        ("Messages a second, last minute", "messages_per_second", rate),
        ("Connections", "connections", count),
        ("Clients held back", "throttled", count),
        ("Waiting for slow clients", "queued", size),
        ("Memory", "memory", size),
        ("Threads", "threads", count),
        ("Open files", "descriptors", count),
        ("Closed", "lockdown", lockdown),
        ("Trouble", "why", troubles),
    ),
}
