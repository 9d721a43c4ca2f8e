"""What a front end draws: rooms, the people in them and the lines said there.

The UI thread owns all of it. Only ``chatkit.client`` writes it; a front end reads. Every text in it came through
``chatkit.proto.formatting.plain``: it is safe for any screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.proto.casemapping import casefold, fold_of

if TYPE_CHECKING:
    from chatkit.proto.styles import Span

# What a hostile server says beyond these is dropped.
MAX_LINES = 100_000  # kept in one room; older ones can be loaded again where the server has history
MAX_ROOMS = 1_000  # of one network
MAX_PEOPLE = 50_000  # in one room

Kind = Literal[
    "message", "action", "notice",  # said by someone: nick and text
    "join", "part", "quit", "kick", "nick", "topic", "mode", "invite", "away",  # what happened: a whole sentence
    "redacted",  # what was said and taken back, where nothing but that is known
    "info", "error",  # the server's or this program's words to the user alone: a whole sentence
]  # fmt: skip
State = Literal["sent", "pending", "failed"]
RoomKind = Literal["channel", "direct", "server"]
LinkState = Literal["connecting", "online", "offline"]
Ability = Literal[
    "history", "search", "reply", "react", "redact", "edit", "typing", "markers", "multiline",
    "login", "register", "formatting",
]  # fmt: skip
Security = Literal["", "pinned", "vouched", "local"]  # "" is in the clear; "local" never leaves the machine
AlertLevel = Literal["all", "mentions", "none"]

TALK: frozenset[Kind] = frozenset({"message", "action", "notice"})
QUIET: frozenset[Kind] = frozenset({"join", "part", "quit", "nick", "mode", "away"})  # to be shown dimly, or folded


class Reaction(msgspec.Struct, frozen=True):
    """One kind of reaction to a line."""

    text: str
    nicks: tuple[str, ...]
    mine: bool = False


class Quote(msgspec.Struct, frozen=True):
    """What a line answers. ``nick`` and ``text`` are empty while the line isn't here."""

    msgid: str
    nick: str = ""
    text: str = ""  # one line, at most 200 characters
    line_id: int | None = None


class Line(msgspec.Struct, frozen=True):
    """One line of a room. When it changes, another Line with the same ``id`` takes its place."""

    id: int  # unique within this client
    kind: Kind
    room: str  # the name of its room
    nick: str  # who said or did it; empty where nobody did
    text: str  # with "\n" between the lines of a message that has several
    time_ms: int  # milliseconds since 1970
    msgid: str = ""  # the server's name for it; empty where it has none
    mine: bool = False
    state: State = "sent"  # other than "sent" only for own talk
    highlight: bool = False  # it names the user, or speaks to the user alone
    reason: str = ""  # of "failed": why, to show beside it
    spans: tuple[Span, ...] = ()  # styles over ``text``
    raw: str = ""  # as it came or went over the wire, CTCP taken off; empty where equal to ``text``
    reply: Quote | None = None
    reactions: tuple[Reaction, ...] = ()
    edited: bool = False
    redacted: str = ""  # "Bob deleted this: spam"; ``text`` and ``spans`` are empty then
    bot: bool = False  # whether a program said it, by its own word

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
    account: str = ""  # logged in as; empty: as nobody, or not known

    @property
    def sort_key(self) -> tuple[int, str]:
        """Operators first, then by name."""
        return self.rank, casefold(self.nick)


class Composing(msgspec.Struct, frozen=True):
    """What the next message of a room is: an answer to a line, or its new wording."""

    kind: Literal["reply", "edit"]
    line: Line


class Room:
    """A channel, a talk with one person, or the place for the server's own words.

    ``id`` never changes, and no room of another network has it; ``name`` changes when the other side of a direct talk
    takes another name. ``chat`` may be left out for a network's own room: its Chat sets it.
    """

    chat: Chat  # its network

    def __init__(self, room_id: int, name: str, kind: RoomKind, chat: Chat | None = None) -> None:
        if chat is not None:
            self.chat = chat
        self.id = room_id
        self.name = name
        self.kind: RoomKind = kind
        self.topic = ""
        self.joined = kind != "channel"  # False as well while the connection is lost
        self.unread = 0  # talk since it was last in sight
        self.mentions = 0  # those of them that are highlights
        self.exhausted = False  # whether the server has nothing older than the first line
        self.loading = False  # whether history is on its way
        self.lines: list[Line] = []  # oldest first, pending ones last
        self.members: dict[str, Person] = {}  # by folded nick
        self.read_ms = 0  # read up to this server time, here or on another device; 0: not known
        self.unread_from: int | None = None  # the first line not seen: what is new begins there until the room is left
        self.typing: tuple[str, ...] = ()  # who is typing
        self.draft = ""  # what is typed and not sent
        self.composing: Composing | None = None
        self.plain_only = False  # whether it takes no message with colours or styles
        self.away = ""  # of a direct talk: why the other is away; empty: is here, or not known
        self.alerts: AlertLevel = "mentions"  # what the user wants to be told; a direct talk always counts as a mention
        self.pinned = False  # whether it stands first in the list
        self._sorted: list[Person] | None = None
        self._key: tuple[str, str] | None = None  # asked for with every message, and made anew only for another name

    @property
    def key(self) -> str:
        """The folded name: two rooms of one key are one room."""
        if self._key is None or self._key[0] is not self.name:
            self._key = (self.name, self.chat.fold(self.name))
        return self._key[1]

    @property
    def title(self) -> str:
        """What it is called on the screen; the server's own as the user calls the network, or as that does itself."""
        if self.kind != "server":
            return self.name
        return self.chat.network if self.chat.label == self.name else self.chat.label

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

    def fold_again(self) -> None:
        """To be called where the network folds names in another way."""
        self._key = None
        self.members = {self.chat.fold(person.nick): person for person in self.members.values()}

    def person(self, nick: str) -> Person | None:
        """Who is called ``nick`` here, in any case."""
        return self.members.get(self.chat.fold(nick))


class Status(msgspec.Struct, frozen=True):
    """How the connection is. ``text`` is a sentence to show; ``retry_at`` is on the monotonic clock, None for never."""

    state: LinkState
    text: str
    retry_at: float | None = None


class Chat:
    """One network. ``rooms`` is in the order to list them; the first is the server's own."""

    def __init__(self, nick: str, server: Room) -> None:
        server.chat = self
        self.nick = nick
        self.label = server.name  # its key in the settings; no other network has it
        self.network = server.name  # what the server calls its network, once known
        self.status = Status("connecting", "Connecting…")
        self.server = server
        self.rooms: list[Room] = [server]
        self.focus: Room = server  # the room that the user looks at, if at any of this network
        self.watched = True  # whether ``focus`` is on the screen, and the window has the keyboard
        self.account = ""  # logged in as; empty: as nobody
        self.away = ""  # why the user is away; empty: is here
        self.lag_ms: int | None = None  # from a line to its answer; None: not known
        self.can: frozenset[Ability] = frozenset()  # what this server makes possible; nothing else is offered
        self.security: Security = ""
        self.fold = fold_of("")  # the form in which two of its names that are equal are equal

    def set_casemapping(self, name: str) -> bool:
        """Fold names as ISUPPORT says. Returns whether that is another way than before."""
        before, self.fold = self.fold, fold_of(name)
        if self.fold is before:
            return False
        for room in self.rooms:
            room.fold_again()
        return True

    def in_sight(self, room: Room) -> bool:
        """Whether the user sees what is said in ``room`` at this moment, and so has read it."""
        return self.watched and room is self.focus

    @property
    def is_full(self) -> bool:
        """Whether there are so many rooms that no server can mean it well."""
        return len(self.rooms) >= MAX_ROOMS

    def find(self, name: str) -> Room | None:
        """The room called ``name``, in any case."""
        key = self.fold(name)
        return next((room for room in self.rooms if room.key == key and room.kind != "server"), None)
