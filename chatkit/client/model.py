"""What a front end draws: rooms, the people in them and the lines said there.

The UI thread owns all of it. Only ``chatkit.client`` writes it; a front end reads. Every text in it came through
``chatkit.proto.formatting.plain``: it is safe for any screen.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from chatkit.proto.casemapping import casefold

MAX_LINES = 20_000  # kept in one room; older ones can be loaded again where the server has history

Kind = Literal[
    "message", "action", "notice",  # said by someone: nick and text
    "join", "part", "quit", "kick", "nick", "topic", "mode", "invite",  # what happened: text is the whole sentence
    "info", "error",  # the server's or this program's words to the user alone: a whole sentence
]  # fmt: skip
State = Literal["sent", "pending", "failed"]
RoomKind = Literal["channel", "direct", "server"]
LinkState = Literal["connecting", "online", "offline"]

TALK: frozenset[Kind] = frozenset({"message", "action", "notice"})
QUIET: frozenset[Kind] = frozenset({"join", "part", "quit", "nick", "mode"})  # to be shown dimly, or folded


class Line(msgspec.Struct, frozen=True):
    """One line of a room. When it changes, another Line with the same ``id`` takes its place."""

    id: int  # unique within this client
    kind: Kind
    room: str  # the name of its room
    nick: str  # who said or did it; empty where nobody did
    text: str  # one line without line breaks
    time_ms: int  # milliseconds since 1970
    msgid: str = ""  # the server's name for it; empty where it has none
    mine: bool = False
    state: State = "sent"  # other than "sent" only for own talk
    highlight: bool = False  # it names the user, or speaks to the user alone
    reason: str = ""  # of "failed": why, to show beside it

    @property
    def is_talk(self) -> bool:
        """Whether somebody said it, as opposed to what happened."""
        return self.kind in TALK


class Person(msgspec.Struct, frozen=True):
    """Somebody in a room."""

    nick: str
    prefix: str = ""  # every status held there, highest first: "@+"; show the first one
    away: bool = False
    rank: int = 99  # 0 is the highest status; 99 is none

    @property
    def sort_key(self) -> tuple[int, str]:
        """Operators first, then by name."""
        return self.rank, casefold(self.nick)


class Room:
    """A channel, a talk with one person, or the place for the server's own words.

    ``id`` never changes; ``name`` does when the other side of a direct talk takes another name.
    """

    def __init__(self, room_id: int, name: str, kind: RoomKind) -> None:
        self.id = room_id
        self.name = name
        self.kind: RoomKind = kind
        self.topic = ""
        self.joined = kind != "channel"  # False as well while the connection is lost
        self.unread = 0  # talk since it was last in focus
        self.mentions = 0  # those of them that are highlights
        self.exhausted = False  # whether the server has nothing older than the first line
        self.loading = False  # whether history is on its way
        self.lines: list[Line] = []  # oldest first, pending ones last
        self.members: dict[str, Person] = {}  # by folded nick
        self._sorted: list[Person] | None = None

    @property
    def key(self) -> str:
        """The folded name: two rooms of one key are one room."""
        return casefold(self.name)

    @property
    def is_direct(self) -> bool:
        """Whether it is a talk with one person."""
        return self.kind == "direct"

    @property
    def people(self) -> list[Person]:
        """Who is here: by rank, then by name."""
        if self._sorted is None:
            self._sorted = sorted(self.members.values(), key=lambda person: person.sort_key)
        return self._sorted

    def forget_order(self) -> None:
        """To be called after a change of ``members``."""
        self._sorted = None

    def person(self, nick: str) -> Person | None:
        """Who is called ``nick`` here, in any case."""
        return self.members.get(casefold(nick))


class Status(msgspec.Struct, frozen=True):
    """How the connection is. ``text`` is a sentence to show; ``retry_at`` is on the monotonic clock, None for never."""

    state: LinkState
    text: str
    retry_at: float | None = None


class Chat:
    """The whole of it. ``rooms`` is in the order to list them; the first is the server's own."""

    def __init__(self, nick: str, server: Room) -> None:
        self.nick = nick
        self.network = server.name  # what the server calls its network, once known
        self.status = Status("connecting", "Connecting…")
        self.server = server
        self.rooms: list[Room] = [server]
        self.focus: Room = server  # the room that the user looks at

    def find(self, name: str) -> Room | None:
        """The room called ``name``, in any case."""
        key = casefold(name)
        return next((room for room in self.rooms if room.key == key and room.kind != "server"), None)
