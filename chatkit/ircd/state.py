"""Who is there and in which rooms. All of it is guarded by the server's state lock."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from chatkit.ircd.clock import Moment
from chatkit.ircd.roster import Roster
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import PREFIXES, RANKS

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.bans import Matcher
    from chatkit.ircd.batches import ClientBatch
    from chatkit.ircd.bursts import Spoken
    from chatkit.ircd.context import Context
    from chatkit.ircd.opers import OperClass
    from chatkit.ircd.paces import Bucket
    from chatkit.ircd.registrations import Registration
    from chatkit.ircd.sasl import Exchange


class Link(Protocol):
    """The way out to one client. ``put`` and ``close`` never block."""

    queued: int  # bytes that wait for the client

    def put(self, data: bytes) -> None:
        """Queue whole lines."""

    def close(self) -> None:
        """End the connection when all that is queued has gone."""


Group = tuple[int, tuple[Link, ...]]  # a wire profile and who has it


class Audience:
    """Who gets a frame, by wire profile. Never changes, so that it outlives a change of what it was made from."""

    __slots__ = ("_but", "groups")

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._but: tuple[Link, list[Sequence[Link]]] | None = None  # the last one who was left out, and the others
        by_profile: dict[int, list[Link]] = {}
        for session in sessions:
            by_profile.setdefault(session.caps & cap.PROFILE, []).append(session.link)
        self.groups: tuple[Group, ...] = tuple((profile, tuple(links)) for profile, links in by_profile.items())

    def and_also(self, sessions: Iterable[Session]) -> Audience:
        """This one and ``sessions``, which are not in it."""
        groups, grown = dict(self.groups), Audience(())
        for profile, links in Audience(sessions).groups:
            groups[profile] = groups.get(profile, ()) + links
        grown.groups = tuple(groups.items())
        return grown

    def but(self, skips: Collection[Link]) -> list[Sequence[Link]]:
        """Of each group those who are not in ``skips``. For one thread at a time."""
        if len(skips) != 1:
            return self._without(skips) if skips else [links for _, links in self.groups]
        (skip,) = skips
        if self._but is None or self._but[0] is not skip:  # the usual case is one who talks on
            if not any(skip in links for _, links in self.groups):  # who is no member is not to be kept by it
                return [links for _, links in self.groups]
            self._but = skip, self._without(skips)
        return self._but[1]

    def _without(self, skips: Collection[Link]) -> list[Sequence[Link]]:
        return [[link for link in links if link not in skips] for _, links in self.groups]

    def without(self, sessions: Iterable[Session]) -> Audience:
        """This one, but for ``sessions``."""
        gone, rest = {session.link for session in sessions}, Audience(())
        groups = ((profile, tuple([link for link in links if link not in gone])) for profile, links in self.groups)
        rest.groups = tuple(group for group in groups if group[1])
        return rest


class Session:
    """One connection's place in the ircd."""

    __slots__ = (
        "account", "address", "allowance", "away", "away_seq", "batch", "busy", "cap_version", "caps", "certfp",
        "client", "cloak", "former", "gone", "heard", "heard_bytes", "heard_lines", "host", "isupport_sent", "link",
        "metadata", "metadata_pace", "monitored", "negotiating", "nick", "opened", "password", "pending", "pinged",
        "real", "refilled", "sasl", "secure", "spoken", "subscriptions", "user", "username",
    )  # fmt: skip

    def __init__(self, link: Link, address: str, now: Moment) -> None:
        self.link = link
        self.address = address  # where it comes from
        self.cloak = address  # what members may know of that: see cloaks
        self.host = address  # what others see: that, or what it was given besides
        self.secure = False  # whether nobody on the way can read along
        self.certfp: str | None = None  # SHA-256 of the client's certificate, in hexadecimal
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
        self.account: Account | None = None  # the one it is logged in to: see ``become``
        self.former: frozenset[str] = frozenset()  # names of those that it was logged in to before: bans go by name
        self.sasl: Exchange | None = None  # the log-in that is under way
        self.isupport_sent = False
        self.metadata: dict[str, str] | None = None  # set before there is a user that could have it
        # what it wants to hear of
        self.away: str | None = None  # its own message: a user of several devices is away when all of them are
        self.away_seq = 0  # when it said so: of several messages the latest counts
        self.monitored: dict[str, str] = {}  # nicks as they were given, by casefolded nick
        self.subscriptions: dict[str, None] = {}  # keys of metadata
        self.metadata_pace: Bucket | None = None  # of its changes of metadata
        # input
        self.heard = now.mono
        self.heard_lines = self.heard_bytes = 0  # how much that was in all
        self.pinged = False
        self.allowance = 0.0  # commands it may send at once
        self.refilled = now.mono
        self.pending: deque[bytes] | None = None  # lines that wait: it was too fast, or its last command is not done
        self.busy: Context | None = None  # the command that waits for an answer from outside
        self.batch: ClientBatch | None = None  # what it is sending in pieces
        self.spoken: Spoken | None = None  # what it said in a room last, see bursts

    def become(self, account: Account | None) -> None:
        """It is logged in to ``account`` from now on, or to none. The one before is not forgotten: see ban_index."""
        if self.account is not None and self.account is not account:
            self.former |= {self.account.name}
        self.account = account

    def has(self, capability: int) -> bool:
        """Whether it negotiated ``capability``; of several bits, any of them."""
        return bool(self.caps & capability)

    def has_all(self, capabilities: int) -> bool:
        """Whether it negotiated all of ``capabilities``."""
        return self.caps & capabilities == capabilities


class User:
    """A nick with one or more sessions; with none, where its account is always on."""

    __slots__ = (
        "account", "address", "away", "channels", "cleared", "cloak", "guest_metadata", "host", "idle_since", "invites",
        "key", "knocked", "left", "listed", "markers", "modes", "muted", "nick", "oper", "paces", "real", "sessions",
        "signed_on", "talked", "username",
    )  # fmt: skip

    def __init__(self, nick: str, key: str, account: Account | None, now: Moment) -> None:
        self.nick = nick
        self.username = ""
        self.host = ""
        self.address = ""
        self.cloak = ""  # what members may know of the address
        self.real = ""
        self.muted: str | None = None  # why it may say nothing anywhere; None: it may
        self.paces: dict[str, Bucket] | None = None  # how often it did what has a pace, see paces
        self.talked: OrderedDict[str, None] | None = None  # keys of those written to lately
        self.key = key  # whose messages these are in history: no later user of the nick has the same, but its account
        self.account = account
        self.listed = ""  # the key of the account that Presences has it under
        self.oper: OperClass | None = None
        self.sessions: list[Session] = []
        self.left: int | None = None  # the seq of the event that took its last session, while it has none
        self.markers: dict[str, int] = {}  # what it has read, see ircd.markers; its account's users share one
        self.cleared: dict[str, int] = {}  # the seq from which on ZNC's playback plays to it, by history key
        self.channels: dict[str, Channel] = {}  # by casefolded name
        self.invites: dict[str, Channel] = {}  # by casefolded name
        self.knocked: float | None = None  # when it knocked last, by the clock that measures time
        self.guest_metadata: dict[str, str] = {}
        self.modes = ""
        self.away: str | None = None
        self.signed_on = now.wall
        self.idle_since = now.mono

    @property
    def source(self) -> str:
        """nick!user@host"""
        return f"{self.nick}!{self.username}@{self.host}"

    @property
    def account_name(self) -> str:
        """The account that it is logged in to, or nothing."""
        return self.account.name if self.account is not None else ""

    @property
    def metadata(self) -> dict[str, str]:
        """What it says of itself, by key: its account's, which lasts, or a guest's."""
        return self.account.metadata if self.account is not None else self.guest_metadata

    @property
    def is_oper(self) -> bool:
        return self.oper is not None

    def may(self, privilege: str) -> bool:
        """Whether the user is an operator with ``privilege``, see ``proto.privileges``."""
        return self.oper is not None and privilege in self.oper.privileges

    @property
    def is_bot(self) -> bool:
        return "B" in self.modes

    def is_invited_to(self, channel: Channel) -> bool:
        """Whether the user was invited to this very room, not to one of the same name that is gone."""
        room = self.invites.get(channel.id)
        return room is channel or (room is not None and room.is_same_registered(channel))

    @property
    def reach(self) -> int:
        """How many members the user's rooms have, those counted twice who are in two of them."""
        return sum(len(channel.members) for channel in self.channels.values())

    def peers(self) -> list[User]:
        """Everyone who shares a room with this user and was told of it, and the user."""
        found = {self: None}
        for channel in self.channels.values():
            found.update(dict.fromkeys(channel.witnesses(self)))
        return list(found)


class Member:
    """What a user is in a room: the letters of its prefix modes, and the seq of the event that made it a member.

    One who is ``hidden`` has joined an auditorium, and members without a prefix were not told of it.
    """

    __slots__ = ("hidden", "joined", "modes", "spoke")

    def __init__(self, modes: str = "", joined: int = 0, *, hidden: bool = False) -> None:
        self.modes = modes
        self.joined = joined
        self.hidden = hidden
        self.spoke = 0.0  # when it spoke last in a room with slow mode, by the clock that measures time

    @property
    def rank(self) -> int:
        """How much the member may do: 0 with no prefix, the more the higher its highest prefix is."""
        return max((RANKS[letter] for letter in self.modes), default=0)

    @property
    def is_op(self) -> bool:
        """Whether the member runs the room: operator or above."""
        return bool(self.modes) and self.rank >= RANKS["o"]

    @property
    def is_halfop(self) -> bool:
        """Whether the member keeps order in the room: half operator or above."""
        return bool(self.modes) and self.rank >= RANKS["h"]

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

    def named(self, user: User, every: bool, whole: bool) -> str:
        """How ``user``, who is this member, stands among the names: see ``Channel.roster``."""
        return self.prefixes(every) + (user.source if whole else user.nick)


class ListEntry:
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
    """A room. It exists while it has a member; what outlives that is its ``registration``."""

    __slots__ = (
        "_audience", "_audiences", "_rosters", "archived", "created", "flags", "forward", "id", "key", "knocked",
        "limit", "lists", "matchers", "members", "metadata", "name", "registration", "slow", "topic",
    )  # fmt: skip

    def __init__(self, name: str, created: int) -> None:
        self.name = name
        self.id = casefold(name)
        self.created = created  # seconds since 1970
        self.members: dict[User, Member] = {}
        self.flags = ""  # letters of the modes without a parameter
        self.key: str | None = None
        self.limit: int | None = None
        self.forward: str | None = None  # the room that those are sent to who may not enter
        self.slow: int | None = None  # seconds between two messages of a member without a prefix
        self.archived = False  # whether nobody may speak any more
        self.lists: dict[str, dict[str, ListEntry]] = {"b": {}, "e": {}, "I": {}}  # by letter and Extban.key
        self.matchers: dict[tuple[str, bool], Matcher] = {}  # see bans; to be emptied when a list changes
        self.knocked: float | None = None  # when somebody knocked last, by the clock that measures time
        self.topic: Topic | None = None
        self.metadata: dict[str, str] = {}
        self.registration: Registration | None = None
        self._audience: Audience | None = None
        self._audiences: dict[int, Audience] = {}  # by the rank that its members have at least
        self._rosters: dict[tuple[bool, bool], Roster] = {}  # by whether they have every prefix, and addresses

    def is_same_registered(self, other: Channel) -> bool:
        """Whether both are the same registered room, which was empty in between."""
        return self.registration is not None and self.registration is other.registration

    def audience(self) -> Audience:
        """All sessions of all members; made anew after ``members_changed``."""
        if self._audience is None:
            self._audience = Audience([session for user in self.members for session in user.sessions])
        return self._audience

    def audience_from(self, rank: int) -> Audience:
        """The sessions of those members whose rank is at least ``rank``."""
        found = self._audiences.get(rank)
        if found is None:
            users = (user for user, member in self.members.items() if member.rank >= rank)
            found = self._audiences[rank] = Audience([session for user in users for session in user.sessions])
        return found

    def witnesses(self, user: User) -> Iterable[User]:
        """The members who were told that ``user`` is one: they hear of what it does."""
        if not self.members[user].hidden:
            return self.members
        return [other for other, member in self.members.items() if member.modes or other is user]

    def audience_of(self, user: User) -> Audience:
        """The sessions of the ``witnesses``."""
        if not self.members[user].hidden:
            return self.audience()
        return Audience([session for witness in self.witnesses(user) for session in witness.sessions])

    def admit(self, user: User, member: Member) -> None:
        """``user`` comes in. What was made of the others is added to, not made anew: thousands may come at once."""
        self.members[user] = member
        self._audiences.clear()
        if self._audience is not None:
            self._audience = self._audience.and_also(user.sessions)
        for (every, whole), roster in self._rosters.items():
            roster.add(member.named(user, every, whole))

    def dismiss(self, user: User) -> None:
        """``user`` goes."""
        del self.members[user]
        audience = self._audience
        self.members_changed()
        if audience is not None:
            self._audience = audience.without(user.sessions)

    def members_changed(self) -> None:
        """Call after any other change of members, their ranks, their sessions or those sessions' capabilities."""
        self._audience = None
        self._audiences.clear()
        self._rosters.clear()

    def names_changed(self) -> None:
        """Call after a change of a member's nick, or of what else stands in a source."""
        self._rosters.clear()

    def roster(self, every: bool, whole: bool) -> Roster:
        """The names of all members: with ``every`` prefix or the highest, with the ``whole`` source or the nick."""
        found = self._rosters.get((every, whole))
        if found is None:
            words = (member.named(user, every, whole) for user, member in self.members.items())
            found = self._rosters[every, whole] = Roster(self.name, words)
        return found

    @property
    def is_closed(self) -> bool:
        """Whether members have to be let in."""
        return self.key is not None or "i" in self.flags

    def is_visible_to(self, user: User) -> bool:
        """Whether ``user`` may know that the room exists."""
        return "s" not in self.flags or user in self.members or user.may("see-secret")
