"""How far the user has read: told to the server for the user's other devices, and heard from them.

Spec: https://ircv3.net/specs/extensions/read-marker
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client.model import Line, Room
from chatkit.proto.timestamps import format_time, parse_time

if TYPE_CHECKING:
    from chatkit.client.core import Core

CAPABILITY = "draft/read-marker"
DELAY = 1.0  # seconds that what was read waits for more
PREFIX = "timestamp="


class Markers:
    """The read markers of one connection. They only ever move forward."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: dict[int, tuple[Room, float]] = {}  # by room id: when its marker is to be told
        self._told: dict[int, int] = {}  # by room id: what the server knows, as far as this connection has heard
        core.journal.on_read = self.read

    def ask(self, room: Room) -> None:
        """Ask how far a direct talk was read: of channels the server says it unasked."""
        if self.are_kept:
            self._core.send("MARKREAD", room.name)

    def received(self, target: str, timestamp: str) -> None:
        """The server says how far the user has read ``target``: ``timestamp=...``, or ``*`` for not at all."""
        room, time_ms = self._core.chat.find(target), _parse(timestamp)
        if room is None:
            self._core.history.marker_came(target, time_ms)
            return
        refused = self._told.get(room.id, 0) >= room.read_ms
        self._told[room.id] = max(time_ms, self._told.get(room.id, 0))
        if time_ms > room.read_ms:
            room.read_ms = time_ms
            self._core.journal.read_until(room, time_ms)
        elif time_ms < room.read_ms and not refused:
            self._wait(room)

    def read(self, room: Room) -> None:
        """The user has seen all that is in ``room``."""
        last = next((line for line in reversed(room.lines) if _has_server_time(line)), None)
        if last is not None and last.time_ms > room.read_ms:
            room.read_ms = last.time_ms
            self._wait(room)

    def connection_lost(self) -> None:
        """What was to be told waits for the server to say what it knows, when the room is entered again."""
        self._waiting.clear()
        self._told.clear()

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._waiting.pop(room.id, None)
        self._told.pop(room.id, None)

    def advance(self, now: float) -> None:
        """Tell what is due."""
        for room, due in list(self._waiting.values()):
            if now >= due:
                del self._waiting[room.id]
                self._tell(room)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return min((due for _, due in self._waiting.values()), default=None)

    @property
    def are_kept(self) -> bool:
        """Whether the server keeps markers, and can be asked for them now."""
        return self._core.session.welcomed and CAPABILITY in self._core.session.enabled

    def _wait(self, room: Room) -> None:
        core = self._core
        tells = core.taste.read_markers and not core.options.quiet  # without a screen nobody has read anything
        if tells and self.are_kept and room.kind != "server":
            self._waiting.setdefault(room.id, (room, core.now + DELAY))

    def _tell(self, room: Room) -> None:
        """MARKREAD <target> timestamp=<time>"""
        if room.read_ms > self._told.get(room.id, 0):
            self._told[room.id] = room.read_ms
            self._core.send("MARKREAD", room.name, PREFIX + format_time(room.read_ms))


def _parse(timestamp: str) -> int:
    """Milliseconds since 1970; 0 where nothing was read, or nobody knows."""
    try:
        return parse_time(timestamp.removeprefix(PREFIX))
    except ValueError:
        return 0


def _has_server_time(line: Line) -> bool:
    return line.is_talk and line.state == "sent"
