"""What a core is made of."""

from __future__ import annotations

from typing import Protocol

from chatkit.client.model import Room


class Part(Protocol):
    """A part of the client with things of its own to do in time."""

    def advance(self, now: float) -> None:
        """It is ``now`` on the monotonic clock: do what is due."""

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""

    def connection_lost(self) -> None:
        """What was asked will not be answered any more."""

    def forget(self, room: Room) -> None:
        """The room is gone."""
