"""What is going on in a server, as plain data for those who run it.

The functions read the ircd, so they are called under the state lock; what they return may go anywhere.
"""

from __future__ import annotations

import heapq
from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.ban_index import Effect
from chatkit.ircd.clock import Moment
from chatkit.ircd.state import Channel, Session, User
from chatkit.proto.timestamps import format_time

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

RATE_SECONDS = 60.0  # that "messages a second" looks back on
ROOM_STATES: dict[Effect, str] = {"ban": "closed", "mute": "archived"}  # the one that counts first
MAX_NOTES = 60  # that a rate keeps, however often it is asked


class UserRow(msgspec.Struct, frozen=True):
    """A user. ``idle`` is in seconds, ``since`` a time in UTC, ``away`` the message or None."""

    nick: str
    rooms: tuple[str, ...]
    idle: int
    address: str
    client: str
    away: str | None
    since: str


class RoomRow(msgspec.Struct, frozen=True):
    """A room. ``modes`` are letters, ``since`` is a time in UTC, empty for what is but closed or an archive.

    ``state`` is "open", "closed" or "archived".
    """

    name: str
    users: int
    modes: str
    topic: str
    since: str
    state: str = "open"


class Stats(msgspec.Struct, frozen=True):
    """The server in figures: ``uptime`` in seconds, ``memory`` and ``queued`` in bytes.

    ``lockdown`` is how far it is closed, in a sentence; empty where it is open. ``connections`` are all that are open,
    those of administrators included; ``queued`` waits for clients that are slow.
    """

    version: str
    uptime: int
    users: int
    sessions: int
    peak: int
    rooms: int
    messages: int
    messages_per_second: float
    connections: int
    throttled: int
    queued: int
    memory: int
    threads: int
    descriptors: int
    lockdown: str = ""
    why: tuple[str, ...] = ()  # it is not as well as it should be


class Waiting(msgspec.Struct, frozen=True):
    """A client for which bytes wait, by its nick or its address."""

    name: str
    queued: int


class Top(msgspec.Struct, frozen=True):
    """What a screen shows that is looked at all the time: figures, and the clients that are slow, the slowest first."""

    stats: Stats
    slow: tuple[Waiting, ...]


class Snapshot(msgspec.Struct, frozen=True):
    """What a screen shows: how many there are of everything, and the users that were active last, by nick."""

    users: int
    rooms: int
    messages: int
    shown: tuple[UserRow, ...]


class Rate:
    """How fast a counter grows: between now and ``window`` seconds ago, or the first note if that is later."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._notes: deque[tuple[float, int]] = deque()

    def note(self, mono: float, count: int) -> float:
        """The counter reads ``count`` at ``mono`` on the monotonic clock. Returns the growth a second."""
        if not self._notes or mono - self._notes[-1][0] >= self._window / MAX_NOTES:
            self._notes.append((mono, count))
        while len(self._notes) > 1 and mono - self._notes[1][0] >= self._window:
            self._notes.popleft()
        then, before = self._notes[0]
        return (count - before) / (mono - then) if mono > then else 0.0


def users(ircd: Ircd, now: Moment) -> list[UserRow]:
    """Every user, by nick."""
    return [_user_row(ircd.users[key], now) for key in sorted(ircd.users)]


def rooms(ircd: Ircd) -> list[RoomRow]:
    """Every room, the fullest first.

    Those that accounts own, or that are closed or archived, are there also while nobody is in them. A pattern that
    closes rooms stands for those that nobody is in.
    """
    empty = [registration.make() for key, registration in ircd.registrations.items() if key not in ircd.channels]
    rows = {channel.id: _room_row(ircd, channel) for channel in (*ircd.channels.values(), *empty)}
    ruled = (ban for ban in ircd.bans.by_id.values() if ban.kind == "room" and ban.pattern not in rows)
    rows |= {ban.pattern: RoomRow(ban.written, 0, "", "", "", _state(ircd, ban.pattern)) for ban in ruled}
    return sorted(rows.values(), key=lambda row: (-row.users, row.name))


def snapshot(ircd: Ircd, now: Moment, limit: int) -> Snapshot:
    """What is going on, with at most ``limit`` users: the lock is not held for a list that no screen can show."""
    latest = heapq.nlargest(limit, ircd.users.items(), key=lambda item: item[1].idle_since)
    shown = tuple(_user_row(user, now) for _key, user in sorted(latest))
    return Snapshot(len(ircd.users), len(ircd.channels), ircd.messages, shown)


def client_of(sessions: list[Session]) -> str:
    """What a user's devices say they are, or which protocol they speak."""
    return ", ".join(dict.fromkeys(s.client or ("IRCv3" if s.caps else "IRC") for s in sessions))


def _user_row(user: User, now: Moment) -> UserRow:
    return UserRow(
        nick=user.nick,
        rooms=tuple(map(attrgetter("name"), user.channels.values())),
        idle=max(0, int(now.mono - user.idle_since)),
        address=user.address,
        client=client_of(user.sessions),
        away=user.away,
        since=format_time(user.signed_on // 1000),
    )


def _room_row(ircd: Ircd, channel: Channel) -> RoomRow:
    modes = channel.flags + ("k" if channel.key is not None else "") + ("l" if channel.limit is not None else "")
    topic = channel.topic.text if channel.topic is not None else ""
    since, state = format_time(channel.created * 1000), _state(ircd, channel.id)
    return RoomRow(channel.name, len(channel.members), modes, topic, since, state)


def _state(ircd: Ircd, key: str) -> str:
    """What was made of the room with this casefolded name. A closed archive is closed."""
    return next((state for effect, state in ROOM_STATES.items() if ircd.bans.on_room(key, effect) is not None), "open")
