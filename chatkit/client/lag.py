"""How long the server takes to answer: until the line is there, not until somebody has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import events
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core

PREFIX = "lag-"  # what the PINGs begin with
OFTEN, SELDOM = 30.0, 120.0  # seconds between two of them, while the user looks and while not
LATE = 5.0  # seconds after which the time that went by is the lag
FIRST = 15.0  # seconds after the start: joining rooms keeps the server busy, and would be measured
NOTABLE = 0.2  # as a part of the old value: a smaller change isn't told


class Lag:
    """Asks now and then. A program without a screen has no use for it, so it never asks there."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._asked: float | None = None  # when, by the monotonic clock, where the answer is still to come
        self._next: float | None = None  # when to ask again

    def begin(self) -> None:
        """The server let us in."""
        self._asked = None
        self._next = None if self._core.options.quiet else self._core.now + FIRST

    def answered(self, token: str) -> None:
        """PONG: one with our token is the answer."""
        if self._asked is None or token != _token(self._asked):
            return
        elapsed, self._asked = self._core.heard_at - self._asked, None
        self._tell(elapsed)
        self._next = self._core.now + (OFTEN if self._core.chat.watched else SELDOM)

    def advance(self, now: float) -> None:
        """Ask, or see that there was no answer for long."""
        if self._asked is not None:
            if now >= self._asked + LATE:
                self._tell(now - self._asked)
        elif self._next is not None and now >= self._next:
            self._asked = now
            self._core.link.asked(now)
            self._core.send("PING", _token(now))

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        if self._asked is None:
            return self._next
        late = self._core.now - self._asked
        return self._asked + LATE if late < LATE else self._core.now + LATE

    def connection_lost(self) -> None:
        """No answer will come any more."""
        self._asked = self._next = None
        self._set(None)

    def forget(self, room: Room) -> None:
        """Nothing of it is about rooms."""

    def _tell(self, seconds: float) -> None:
        lag_ms = max(1, round(seconds * 1000))  # 0 would look as if nothing was measured
        before = self._core.chat.lag_ms
        if before is None or abs(lag_ms - before) > NOTABLE * before:
            self._set(lag_ms)

    def _set(self, lag_ms: int | None) -> None:
        if lag_ms != self._core.chat.lag_ms:
            self._core.chat.lag_ms = lag_ms
            self._core.emit(events.LagChanged(self._core.chat))


def _token(when: float) -> str:
    return f"{PREFIX}{round(when * 1000)}"
