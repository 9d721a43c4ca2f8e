"""What the commands of the family "order" take: bans, mutes, lockdown, invite codes, reports."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change, Lasting
from chatkit.control.row import Row

Kind = Literal["nick", "account", "mask", "address", "certificate"]
Level = Literal["open", "nobody-new", "accounts-only", "read-only"]


class Everything(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: all of them."""


class Ban(Lasting, kw_only=True):
    """Whom, and for how long. A mute is told the same way."""

    what: Annotated[
        str,
        Meta(
            description="A nick, an account, a mask, an address, a network or a certificate's fingerprint.",
            extra={"complete": "nick"},
        ),
    ]
    kind: Annotated[Kind | None, Meta(description="What that is, where it is not plain.")] = None
    whole: Annotated[
        bool,
        Meta(description="Of the nick of somebody who is here: its account, its addresses and its certificates."),
    ] = False


class Unban(Change, kw_only=True):
    """Which one is lifted."""

    what: Annotated[
        str, Meta(description="Its id, as bans shows it, or what is banned; or several.", extra={"complete": "ban"})
    ]
    kind: Annotated[Kind | None, Meta(description="What that is, where it is not plain.")] = None


class ChangeLockdown(Lasting, kw_only=True):
    """How far the server is closed."""

    level: Annotated[
        Level | None, Meta(description="How far to close it; open ends it. Without it: how it is now.")
    ] = None


class InviteCreate(Lasting, kw_only=True):
    """A new code."""

    uses: Annotated[int, Meta(ge=1, le=1000, description="For how many accounts it is good.")] = 1
    room: Annotated[
        str,
        Meta(
            description="Where whoever makes an account with it is put, though others may have to be let in there.",
            extra={"metavar": "ROOM", "complete": "room"},
        ),
    ] = ""


class InviteRevoke(Change, kw_only=True):
    """Which code."""

    id: Annotated[str, Meta(description="Its id, as invite list shows it.", extra={"complete": "invite"})]


ROWS: tuple[Row, ...] = (
    Row(
        "ban",
        Ban,
        "ban",
        "Keep somebody off the server. Whoever is here and is meant is removed at once; a nick, or a mask of nicks,"
        " cannot be taken any more either.",
        ("what",),
        'ban 203.0.113.0/24 --for 1h --reason "A flood comes from there"',
    ),
    Row(
        "unban",
        Unban,
        "ban",
        "Lift a ban.",
        ("what",),
        "unban 203.0.113.0/24",
    ),
    Row("bans", Everything, "ban", "Show the bans and mutes that hold.", example="bans", shows="table:bans"),
    Row(
        "mute",
        Ban,
        "ban",
        "Let somebody say nothing anywhere on the server. He may read on, talk to services, and report.",
        ("what",),
        'mute bob --for 30m --reason "Cool down"',
    ),
    Row("unmute", Unban, "ban", "Let somebody speak again.", ("what",), "unmute bob"),
    Row(
        "lockdown",
        ChangeLockdown,
        "lockdown",
        "Close the server to some, or to all. The level nobody-new lets in only further devices of those who are"
        " here, accounts-only whoever logs in; with read-only nobody but operators speaks or changes anything."
        " Everyone is told, and who is in stays in.",
        ("level",),
        'lockdown nobody-new --for 1h --reason "A raid"',
    ),
    Row(
        "invite.create",
        InviteCreate,
        "invites",
        'Make an invite code, for who is to make an account where accounts.registration is "invite". It is shown once.',
        example="invite create --uses 5 --for 7d --room '#garden'",
        shows="token",
    ),
    Row(
        "invite.list", Everything, "invites", "Show the invite codes that are good.", (), "invite list", "table:invites"
    ),
    Row(
        "invite.revoke",
        InviteRevoke,
        "invites",
        "Make an invite code worthless. Accounts that were made with it stay.",
        ("id",),
        "invite revoke 3f9a1c",
    ),
    Row(
        "reports",
        Everything,
        "reports",
        "Show what members reported, the latest last.",
        example="reports",
        shows="table:reports",
    ),
)
