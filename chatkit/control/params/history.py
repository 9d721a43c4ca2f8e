"""What the commands of the family "history" take."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change
from chatkit.control.row import Row

_ROOM = {"metavar": "ROOM", "complete": "room"}


class HistorySearch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to look for. Everything that is given must fit."""

    words: Annotated[str, Meta(description='Words that must all occur, and "phrases".')] = ""
    room: Annotated[str, Meta(description="Only in this room.", extra={**_ROOM, "option": "--in"})] = ""
    nick: Annotated[
        str,
        Meta(
            description="Only what this person said.",
            extra={"option": "--from", "metavar": "NICK", "complete": "nick"},
        ),
    ] = ""
    since: Annotated[str, Meta(description="Only what was said since.", extra={"type": "time"})] = ""
    until: Annotated[str, Meta(description="Only what was said before.", extra={"type": "time"})] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="At most so many, the newest.")] = 50


class HistoryRedact(Change, kw_only=True):
    """Which message is taken back."""

    room: Annotated[str, Meta(description="Where it was said.", extra=_ROOM)]
    msgid: Annotated[str, Meta(description="Its id, as history search shows it.", extra={"metavar": "MSGID"})]


class HistoryPurge(Change, kw_only=True):
    """What is deleted: of a room, of a person, or of everybody what is older."""

    room: Annotated[str, Meta(description="All that was said in this room.", extra=_ROOM)] = ""
    person: Annotated[
        str,
        Meta(
            description="All that this account ever said, in rooms and to people.",
            extra={"metavar": "NAME", "complete": "account"},
        ),
    ] = ""
    before: Annotated[str, Meta(description="Only what was said before.", extra={"type": "time"})] = ""


ROWS: tuple[Row, ...] = (
    Row(
        "history.search",
        HistorySearch,
        "history",
        "Search what was said in rooms, also in those that nobody is in any more. What people say to each other alone"
        " is not searched.",
        ("words",),
        'history search tea --in "#lobby" --since 2d',
        shows="table:messages",
    ),
    Row(
        "history.redact",
        HistoryRedact,
        "moderate",
        "Take a message back. It is deleted from the history and from the screens of clients that know how.",
        ("room", "msgid"),
        'history redact "#lobby" 6578a1b2c3d40 --reason "Somebody\'s address"',
    ),
    Row(
        "history.purge",
        HistoryPurge,
        "history",
        "Delete history for good: of a room, of a person, or with --before alone whatever is older. The files keep"
        " nothing of it.",
        ("room",),
        'history purge "#lobby" --before 90d',
    ),
)
