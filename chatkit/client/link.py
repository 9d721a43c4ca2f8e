"""When to connect, when to try again, and when a silent link is lost."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

FIRST_DELAY = 1.0  # seconds before the second try; it doubles from try to try
MAX_DELAY = 60.0
STEADY = 20.0  # seconds online after which a lost link counts as the first failure
QUIET = 45.0  # seconds without a word from the server before the client asks
PATIENCE = 30.0  # seconds that the server has to answer, or to let the client in
FAREWELL = 2.0  # seconds that a server has to say good-bye


class Phase(Enum):
    """Where the link is."""

    WAITING = auto()  # until retry_at, or for good where that is None
    DIALING = auto()
    OPEN = auto()  # a socket is there
    LEAVING = auto()  # QUIT was sent
    OVER = auto()


class Link:
    """Exponential backoff with jitter, and the client's side of PING. ``jitter`` returns numbers from 0 to 1.

    Times are seconds on the monotonic clock.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self.phase = Phase.WAITING
        self.retry_at: float | None = 0.0
        self._jitter = jitter
        self._failures = 0
        self._online_since: float | None = None
        self._heard = 0.0
        self._asked: float | None = None  # when the PING was sent that is unanswered

    def dial(self) -> None:
        """A dial begins."""
        self.phase, self.retry_at = Phase.DIALING, None

    def dial_due(self, now: float) -> bool:
        """Whether it is time to dial."""
        return self.phase is Phase.WAITING and self.retry_at is not None and now >= self.retry_at

    def opened(self, now: float) -> None:
        """There is a socket. The server has PATIENCE seconds to say something."""
        self.phase, self._heard, self._asked = Phase.OPEN, now, now

    def online(self, now: float) -> None:
        """The server let us in."""
        self._online_since = now

    def heard(self, now: float) -> None:
        """The server said something."""
        self._heard, self._asked = now, None

    def ping_due(self, now: float) -> bool:
        """Whether to ask now whether the server is there; asking is noted."""
        if self.phase is not Phase.OPEN or self._asked is not None or now < self._heard + QUIET:
            return False
        self._asked = now
        return True

    def asked(self, now: float) -> None:
        """The server was asked something that it has to answer."""
        self._asked = now if self._asked is None else self._asked

    def silent(self, now: float) -> bool:
        """Whether the server has not answered in time."""
        if self.phase is Phase.LEAVING:
            return now >= self._heard + FAREWELL
        return self.phase is Phase.OPEN and self._asked is not None and now >= self._asked + PATIENCE

    def failed(self, now: float, *, again: bool) -> None:
        """There was no connection, or it was lost. ``again`` is whether to try again without being asked."""
        if self._online_since is not None and now - self._online_since >= STEADY:
            self._failures = 0
        self._online_since = None
        self.phase = Phase.WAITING
        delay = min(MAX_DELAY, FIRST_DELAY * 2 ** min(self._failures, 10))
        self._failures += 1
        self.retry_at = now + delay * (0.5 + self._jitter() / 2) if again else None

    def retry(self, now: float) -> None:
        """Try again now."""
        if self.phase is Phase.WAITING:
            self.retry_at = now

    def redial(self, now: float) -> None:
        """This connection will not do, and there is a better one to be had at once."""
        self.phase, self.retry_at = Phase.WAITING, now

    def leave(self, now: float) -> None:
        """QUIT was sent."""
        self.phase, self._heard = Phase.LEAVING, now

    def over(self) -> None:
        """No more connections."""
        self.phase, self.retry_at = Phase.OVER, None

    def deadline(self) -> float | None:
        """When something of the above becomes true, if nothing happens before."""
        if self.phase is Phase.WAITING:
            return self.retry_at
        if self.phase is Phase.LEAVING:
            return self._heard + FAREWELL
        if self.phase is Phase.OPEN:
            return self._heard + QUIET if self._asked is None else self._asked + PATIENCE
        return None
