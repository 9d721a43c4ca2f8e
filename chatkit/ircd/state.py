"""Who is there and in which rooms. All of it is guarded by the server's state lock."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from chatkit.ircd.clock import Moment
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import PREFIXES

if TYPE_CHECKING:
    from chatkit.ircd.context import Context


class Link(Protocol):
    """The way out to one client. ``put`` and ``close`` never block."""

    def put(self, data: bytes) -> None:
        """Queue whole lines."""

    def close(self) -> None:
        """End the connection when all that is queued has gone."""


Group = tuple[int, tuple[Link, ...]]  # a wire profile and who has it


class Audience:
    """Who gets a frame, by wire profile. Never changes, so that it outlives a change of what it was made from."""

    __slots__ = ("_with_tags", "groups")

    def __init__(self, sessions: list[Session]) -> None:
        by_profile: dict[int, list[Link]] = {}
        for session in sessions:
            by_profile.setdefault(session.caps & cap.PROFILE, []).append(session.link)
        self.groups: tuple[Group, ...] = tuple((profile, tuple(links)) for profile, links in by_profile.items())
        self._with_tags: Audience | None = None

    def with_tags(self) -> Audience:
        """Those of them who negotiated message-tags: nobody else may get a TAGMSG."""
        if self._with_tags is None:
            self._with_tags = Audience([])
            self._with_tags.groups = tuple(group for group in self.groups if group[0] & cap.MESSAGE_TAGS)
        return self._with_tags


class Session:
    """One connection's place in the ircd."""

    __slots__ = (
        "address", "allowance", "busy", "cap_version", "caps", "client", "gone", "heard", "link",
        "negotiating", "nick", "opened", "password", "pending", "pinged", "real", "refilled", "user", "username",
    )  # fmt: skip

    def __init__(self, link: Link, address: str, now: Moment) -> None:
        self.link = link
        self.address = address
        self.opened = now
        self.user: User | None = None  # once it is registered
        self.gone = False
        # registration
        self.nick = ""
        self.username = ""
        self.real = ""
        self.password: str | None = None
        self.caps = 0  # bits of proto.capabilities
        self.cap_version = 301
        self.negotiating = False
        self.client = ""  # what the client says it is
        # input
        self.heard = now.mono
        self.pinged = False
        self.allowance = 0.0  # commands it may send at once
        self.refilled = now.mono
        self.pending: deque[bytes] | None = None  # lines that wait: it was too fast, or its last command is not done
        self.busy: Context | None = None  # the command that waits for an answer from outside

    def has(self, capability: int) -> bool:
        """Whether it negotiated ``capability``."""
        return bool(self.caps & capability)


class User:
    """A nick with one or more sessions."""

    __slots__ = (
        "address", "away", "channels", "host", "idle_since", "invites", "key", "modes", "nick", "real", "sessions",
        "signed_on", "username",
    )  # fmt: skip

    def __init__(self, nick: str, session: Session, key: str, now: Moment) -> None:
        self.nick = nick
        self.username = session.username
        self.host = session.address
        self.address = session.address
        self.real = session.real
        self.key = key  # whose messages these are in history: no later user of the nick has the same
        self.sessions = [session]
        self.channels: dict[str, Channel] = {}  # by casefolded name
        self.invites: dict[str, Channel] = {}  # by casefolded name
        self.modes = ""
        self.away: str | None = None
        self.signed_on = now.wall
        self.idle_since = now.mono

    @property
    def source(self) -> str:
        """nick!user@host"""
        return f"{self.nick}!{self.username}@{self.host}"

    @property
    def is_oper(self) -> bool:
        return "o" in self.modes

    def is_invited_to(self, channel: Channel) -> bool:
        """Whether the user was invited to this very room, not to one of the same name that is gone."""
        return self.invites.get(channel.id) is channel

    @property
    def reach(self) -> int:
        """How many members the user's rooms have, those counted twice who are in two of them."""
        return sum(len(channel.members) for channel in self.channels.values())

    def peers(self) -> list[User]:
        """Everyone who shares a room with this user, and the user."""
        found = {self: None}
        for channel in self.channels.values():
            found.update(dict.fromkeys(channel.members))
        return list(found)


class Member:
    """What a user is in a room: the letters of its prefix modes."""

    __slots__ = ("modes",)

    def __init__(self, modes: str = "") -> None:
        self.modes = modes

    @property
    def is_op(self) -> bool:
        return "o" in self.modes

    @property
    def has_voice(self) -> bool:
        """Whether the member may speak in a moderated room."""
        return bool(self.modes)

    def prefixes(self, every: bool) -> str:
        """``@+``, or the highest of them alone."""
        if not self.modes:
            return ""
        found = "".join(prefix for letter, prefix in PREFIXES.items() if letter in self.modes)
        return found if every else found[:1]


class BanEntry:
    """One entry of a room's list: the mask, who set it and when (in seconds since 1970)."""

    __slots__ = ("mask", "set_at", "setter")

    def __init__(self, mask: str, setter: str, set_at: int) -> None:
        self.mask = mask
        self.setter = setter
        self.set_at = set_at


class Topic:
    """A topic, who set it and when (in seconds since 1970)."""

    __slots__ = ("set_at", "setter", "text")

    def __init__(self, text: str, setter: str, set_at: int) -> None:
        self.text = text
        self.setter = setter
        self.set_at = set_at


class Channel:
    """A room. It exists while it has a member."""

    __slots__ = ("_audience", "created", "flags", "id", "key", "limit", "lists", "members", "name", "topic")

    def __init__(self, name: str, created: int) -> None:
        self.name = name
        self.id = casefold(name)
        self.created = created  # seconds since 1970
        self.members: dict[User, Member] = {}
        self.flags = ""  # letters of the modes without a parameter
        self.key: str | None = None
        self.limit: int | None = None
        self.lists: dict[str, dict[str, BanEntry]] = {"b": {}}  # by casefolded mask
        self.topic: Topic | None = None
        self._audience: Audience | None = None

    def audience(self) -> Audience:
        """All sessions of all members; made anew after ``members_changed``."""
        if self._audience is None:
            self._audience = Audience([session for user in self.members for session in user.sessions])
        return self._audience

    def members_changed(self) -> None:
        """Call after any change of members, their sessions or those sessions' capabilities."""
        self._audience = None

    @property
    def is_closed(self) -> bool:
        """Whether members have to be let in."""
        return self.key is not None or "i" in self.flags

    def is_visible_to(self, user: User) -> bool:
        """Whether ``user`` may know that the room exists."""
        return "s" not in self.flags or user in self.members or user.is_oper
