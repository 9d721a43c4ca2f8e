"""What the commands of the family "general" take: telling everyone, seeing in, stopping, the audit log, tokens."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change, Lasting
from chatkit.control.row import Row

MAX_ID = 2**63 - 1  # more fits into no database


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of a command that has none."""


class Announce(Change, kw_only=True):
    """What, and to whom."""

    text: Annotated[str, Meta(description="What to say; every line becomes a message of its own.")]
    to: Annotated[
        str,
        Meta(description="Say it in this room alone, where it is kept.", extra={"metavar": "ROOM", "complete": "room"}),
    ] = ""


class Motd(Change, kw_only=True):
    """What everyone is told who comes."""

    text: Annotated[str, Meta(description="The new message; it may have several lines.")] = ""
    clear: Annotated[bool, Meta(description="Go back to the file that the settings name.")] = False


class Log(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which lines. ``after`` is the cursor of an earlier answer."""

    filter: Annotated[
        str, Meta(description="Lines with this word alone; case does not matter.", extra={"metavar": "WORD"})
    ] = ""
    level: Annotated[Literal["info", "warning", "error"], Meta(description="Lines of this level or above alone.")] = (
        "info"
    )
    limit: Annotated[int, Meta(ge=1, le=5000, description="At most so many, the newest.")] = 100
    after: Annotated[
        int, Meta(ge=0, description="What came after this cursor, which an answer has.", extra={"face": "program"})
    ] = 0
    follow: Annotated[bool, Meta(description="Go on showing what comes, until ^C.", extra={"face": "terminal"})] = False


class AuditList(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which entries."""

    who: Annotated[str, Meta(description="Of this one alone, as root or 'token ci'.")] = ""
    what: Annotated[str, Meta(description="Of this command alone, as ban.", extra={"metavar": "COMMAND"})] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="At most so many, the newest.")] = 50
    before: Annotated[int, Meta(ge=0, le=MAX_ID, description="Older than this id.", extra={"metavar": "ID"})] = 0


class UndoId(Change, kw_only=True):
    """Which entry of the audit log to take back."""

    id: Annotated[int, Meta(ge=1, le=MAX_ID, description="Its number in the audit log.", extra={"complete": "audit"})]


class TokenCreate(Lasting, kw_only=True):
    """A new token."""

    name: Annotated[str, Meta(description="Whose it is or what for, as it will stand in the audit log.")]
    scopes: Annotated[
        tuple[str, ...],
        Meta(description="What it may be used for: privileges with commas between, or all.", extra={"metavar": "A,B"}),
    ] = ()


class TokenRevoke(Change, kw_only=True):
    """Which token."""

    id: Annotated[str, Meta(description="Its id, as token list shows it.", extra={"complete": "token"})]


class Backup(Change, kw_only=True):
    """Where to."""

    file: Annotated[str, Meta(description="The file to write; it must not be there yet.", extra={"type": "file"})]


class Restore(Change, kw_only=True):
    """From where."""

    file: Annotated[str, Meta(description="A file that backup wrote.", extra={"type": "file"})]


class Complete(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody begins to type."""

    kind: Annotated[
        Literal["nick", "room", "account", "ban", "token", "invite", "audit"], Meta(description="What it may name.")
    ]
    prefix: Annotated[str, Meta(description="How it begins.")] = ""


ROWS: tuple[Row, ...] = (
    Row(
        "announce",
        Announce,
        "announce",
        "Say something to everyone who is here, or in one room. It comes from the server itself.",
        ("text",),
        'announce "Tea is ready" --to "#lobby"',
    ),
    Row(
        "motd",
        Motd,
        "announce",
        "Set the message of the day. Everyone gets it who comes; it is kept over a restart, and goes before the file"
        " that the settings name.",
        ("text",),
        'motd "Welcome! Please be kind."',
    ),
    Row(
        "log",
        Log,
        "log",
        "Show the newest lines of the server's log. What members say to each other is not in it.",
        example="log --level warning",
        shows="log",
        local="chatkit.admin.following:run",
    ),
    Row("stats", Nothing, "stats", "Show the server in figures.", example="stats", shows="facts:stats"),
    Row(
        "top",
        Nothing,
        "stats",
        "Watch the server at work. The screen shows figures, and the clients that are slow to take what they are sent.",
        example="top",
        shows="top",
        local="chatkit.admin.top:run",
    ),
    Row(
        "reload",
        Change,
        "rehash",
        "Read settings, certificates and message of the day again. Nobody is disconnected; it says what has changed and"
        " what waits for a restart.",
        example="reload",
        shows="reload",
    ),
    Row(
        "drain",
        Lasting,
        "stop",
        "Let nobody in any more, and stop when the last has gone. With --for it stops after that time at the latest.",
        example="drain --for 10m",
    ),
    Row("stop", Change, "stop", "Stop the server.", example='stop --reason "New disk"', shows="stop"),
    Row(
        "backup",
        Backup,
        "backup",
        "Write a copy of everything that is stored into one file. The server goes on meanwhile.",
        ("file",),
        "backup chat-backup.tar",
    ),
    Row(
        "restore",
        Restore,
        "",
        "Put back what a backup has. No server may run; what is there is put aside, not deleted.",
        ("file",),
        "restore chat-backup.tar",
        local="chatkit.restoring:run",
    ),
    Row(
        "doctor",
        Nothing,
        "",
        "Look for what is wrong with settings, disk, certificate, clock, database and ports. It says what to do.",
        example="doctor",
        shows="table:doctor",
        local="chatkit.doctor:run",
    ),
    Row(
        "audit",
        AuditList,
        "audit",
        "Show what was done by those who run the place: who, what, when and why. Nobody can change it.",
        example="audit --what ban",
        shows="table:audit",
    ),
    Row(
        "undo",
        UndoId,
        "",
        "Take back what the audit log has under a number, where that is possible. It takes the same privilege.",
        ("id",),
        "undo 1",
    ),
    Row(
        "token.create",
        TokenCreate,
        "tokens",
        "Make a token for running the server from elsewhere. It is shown once, and nobody can find it out again.",
        ("name",),
        "token create ci --scopes announce,stats --for 30d",
        shows="token",
    ),
    Row("token.list", Nothing, "tokens", "Show the tokens that are good.", example="token list", shows="table:tokens"),
    Row(
        "token.revoke",
        TokenRevoke,
        "tokens",
        "Make a token worthless, and those that were made with it. Connections that were opened with them are of no"
        " more use either.",
        ("id",),
        "token revoke ab3de",
    ),
    Row(
        "complete",
        Complete,
        "",
        "Say what may be meant by the beginning of a name. It takes the privilege of what lists such names.",
        ("kind", "prefix"),
        "complete nick al",
        shows="words",
        hidden=True,
    ),
)
