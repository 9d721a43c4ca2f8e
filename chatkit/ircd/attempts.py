"""How often one may try: failed log-ins, and accounts that are made, counted by the network they come from.

Whoever gets into his own account begins anew with that one only: else he could guess on at others' for ever.
"""

from __future__ import annotations

from collections import OrderedDict

MAX_NETWORKS = 10_000  # that are remembered; past that the one is forgotten that did nothing for longest


class Attempts:
    """A few attempts at once, then a pause that doubles with every further one; after a while all is forgotten.

    Times are in seconds, on a clock that never steps back.
    """

    __slots__ = ("_forgets", "_free", "_longest", "_pause", "_seen")

    def __init__(self, free: int, pause: float, longest: float, forgets: float) -> None:
        """``pause`` follows the first attempt past the ``free`` ones, ``longest`` is where it stops growing."""
        self._free, self._pause, self._longest, self._forgets = free, pause, longest, forgets
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and when the last was

    def wait(self, network: str, now: float) -> float:
        """For how long nobody from ``network`` may try; 0 where one may."""
        count, last = self._of(network, now)
        if count < self._free:
            return 0
        pause = min(self._longest, self._pause * (1 << min(count - self._free, 32)))
        return max(0.0, last + pause - now)

    def note(self, network: str, now: float) -> None:
        """Somebody from ``network`` has tried."""
        count, _ = self._of(network, now)
        self._seen[network] = (count + 1, now)
        self._seen.move_to_end(network)
        if len(self._seen) > MAX_NETWORKS:
            self._seen.popitem(last=False)

    def forgive(self, network: str) -> None:
        """Begin anew with ``network``."""
        self._seen.pop(network, None)

    def _of(self, network: str, now: float) -> tuple[int, float]:
        count, last = self._seen.get(network, (0, now))
        return (0, now) if now - last > self._forgets else (count, last)


class Limits:
    """What is limited so. Keys are networks; of ``logins``, networks with an account's key behind."""

    __slots__ = ("guesses", "logins", "opers", "registrations")

    def __init__(self) -> None:
        self.logins = Attempts(free=8, pause=1, longest=300, forgets=3600)
        self.guesses = Attempts(free=60, pause=1, longest=60, forgets=3600)  # at all accounts together
        self.opers = Attempts(free=5, pause=2, longest=300, forgets=3600)
        self.registrations = Attempts(free=20, pause=15, longest=600, forgets=3600)
