"""What the commands of the family "rooms" take."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change, Lasting
from chatkit.control.row import Row

_Days = Annotated[int, Meta(ge=0, le=36_600)]
_Messages = Annotated[int, Meta(ge=0, le=1_000_000_000)]
RoomName = Annotated[str, Meta(description="Which room.", extra={"metavar": "ROOM", "complete": "room"})]


class Rooms(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: all of them."""


class Room(msgspec.Struct, forbid_unknown_fields=True):
    """Which room."""

    name: RoomName


class RoomClose(Lasting, kw_only=True):
    """Which room is closed, or becomes an archive."""

    name: RoomName


class RoomOpen(Change, kw_only=True):
    """Which room is open again."""

    name: RoomName
    only: Annotated[
        Literal["closed", "archived"] | None,
        Meta(description="Take back this alone; without it, whatever keeps the room from being as any other."),
    ] = None


class RoomOwner(Change, kw_only=True):
    """Who owns a room from now on."""

    name: RoomName
    account: Annotated[str, Meta(description="The account that is to own it.", extra={"complete": "account"})] = ""
    nobody: Annotated[bool, Meta(description="Nobody owns it: it is not kept any more when it is empty.")] = False


class RoomTopic(Change, kw_only=True):
    """A room's topic."""

    name: RoomName
    text: Annotated[str, Meta(description="The new topic.")] = ""
    clear: Annotated[bool, Meta(description="Have none.")] = False


class RoomModes(Change, kw_only=True):
    """Changes of a room's modes."""

    name: RoomName
    modes: Annotated[str, Meta(description="As MODE takes them: '+mk-t key'.", extra={"noted": False})]


class RoomRetention(Change, kw_only=True):
    """How much of a room's history is kept."""

    name: RoomName
    days: Annotated[_Days | None, Meta(description="Messages of so many days; 0 is all.")] = None
    messages: Annotated[_Messages | None, Meta(description="So many messages, the newest; 0 is all.")] = None
    usual: Annotated[bool, Meta(description="As the settings say, as in every other room.")] = False


ROWS: tuple[Row, ...] = (
    Row("rooms", Rooms, "look", "Show which rooms there are, the fullest first.", example="rooms", shows="table:rooms"),
    Row(
        "room",
        Room,
        "look",
        "Show everything that is known of a room: who is in it, who owns it, its modes and lists, and how much of its"
        " history is kept.",
        ("name",),
        'room "#lobby"',
        shows="facts:room",
    ),
    Row(
        "room.close",
        RoomClose,
        "rooms",
        "Close a room. Whoever is in it is removed from it, and nobody can enter it until it is opened again.",
        ("name",),
        'room close "#lobby" --for 1h --reason "Cleaning up"',
    ),
    Row(
        "room.archive",
        RoomClose,
        "rooms",
        "Make an archive of a room. Everybody may enter it and read, and nobody can say anything there.",
        ("name",),
        'room archive "#lobby" --reason "We have moved to #garden"',
    ),
    Row(
        "room.open",
        RoomOpen,
        "rooms",
        "Open a room again that was closed, or that is an archive.",
        ("name",),
        'room open "#lobby"',
    ),
    Row(
        "room.owner",
        RoomOwner,
        "rooms",
        "Give a room to an account. It is registered by that, if it was not; with --nobody it is registered no more.",
        ("name", "account"),
        'room owner "#garden" alice',
    ),
    Row(
        "room.topic",
        RoomTopic,
        "rooms",
        "Set the topic of a room. Nobody need be in it, if an account owns it.",
        ("name", "text"),
        'room topic "#garden" What grows here',
    ),
    Row(
        "room.modes",
        RoomModes,
        "rooms",
        "Change the modes of a room, as MODE does, but without being in it.",
        ("name", "modes"),
        'room modes "#garden" +mv alice',
    ),
    Row(
        "room.retention",
        RoomRetention,
        "rooms",
        "Say how much of a room's history is kept. What is older, or more, is deleted within minutes.",
        ("name",),
        'room retention "#garden" --days 30',
    ),
)
