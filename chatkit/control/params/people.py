"""What the commands of the family "people" take: who is here, and removing somebody."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change
from chatkit.control.row import Row

Nick = Annotated[str, Meta(description="A nick.", extra={"complete": "nick"})]


class Everyone(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: all of them."""


class Somebody(msgspec.Struct, forbid_unknown_fields=True):
    """Whom."""

    name: Nick


class Sessions(msgspec.Struct, forbid_unknown_fields=True):
    """Whose; everybody's without a nick."""

    nick: Annotated[str, Meta(description="Of this one alone.", extra={"complete": "nick"})] = ""


class Kick(Change, kw_only=True):
    """Whom."""

    nick: Annotated[str, Meta(description="A nick, or a mask with * and ?.", extra={"complete": "nick"})]


ROWS: tuple[Row, ...] = (
    Row("users", Everyone, "look", "Show who is here.", example="users", shows="table:users"),
    Row(
        "user",
        Somebody,
        "look",
        "Show everything that is known of somebody who is here.",
        ("name",),
        "user alice",
        shows="facts:user",
    ),
    Row(
        "sessions",
        Sessions,
        "look",
        "Show the connections of everybody, or of one user. Connections that have not said who they are are shown too.",
        ("nick",),
        "sessions alice",
        shows="table:sessions",
    ),
    Row(
        "kick",
        Kick,
        "kill",
        "Remove somebody from the server, with all devices. A mask means everybody who fits it; nobody is kept from"
        " coming back, which is what ban is for.",
        ("nick",),
        "kick bob --reason Spam",
    ),
)
