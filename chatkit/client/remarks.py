"""What the program says of itself and nobody needs for long, as "The theme is light now."."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core

STAYS = 30.0  # seconds


class Remarks:
    """A remark is a quiet line. It goes when there is another, when the user says something, or by and by."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._last: tuple[Room, int, float] | None = None  # where, which line, and until when

    def say(self, room: Room, text: str) -> None:
        """Tell the user something in ``room``, for a while."""
        self.over()
        line = self._core.make_line(room, "info", text)
        self._core.journal.add(room, line)
        self._last = (room, line.id, self._core.now + STAYS)

    def over(self) -> None:
        """What was said has been read."""
        if self._last is not None:
            room, line_id, _ = self._last
            self._last = None
            self._core.journal.remove(room, line_id)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        if self._last is not None and self._last[0] is room:
            self._last = None

    def connection_lost(self) -> None:
        """It is not about the connection."""

    def advance(self, now: float) -> None:
        """It is ``now`` on the monotonic clock."""
        if self._last is not None and now >= self._last[2]:
            self.over()

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return None if self._last is None else self._last[2]
