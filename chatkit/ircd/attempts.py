"""How often one may try: failed log-ins, and accounts that are made, counted by the network they come from.

Whoever gets into his own account begins anew with that one only: else he could guess on at others' for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from chatkit import config

HOUR = 3600.0  # seconds
MAX_NETWORKS = 10_000  # that are remembered; past that the one is forgotten that did nothing for longest


class Rule(msgspec.Struct, frozen=True):
    """``free`` attempts, then ``pause`` seconds; the pause doubles with every further one until it is ``longest``.

    After so many seconds without one it ``forgets`` all.
    """

    free: int
    pause: float
    longest: float
    forgets: float = HOUR


class Attempts:
    """How often one from each network has tried. Times are in seconds, on a clock that never steps back."""

    __slots__ = ("_rule", "_seen")

    def __init__(self, rule: Callable[[], Rule]) -> None:
        """``rule`` is asked each time, as settings can change."""
        self._rule = rule
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and when the last was

    def wait(self, network: str, now: float) -> float:
        """For how long nobody from ``network`` may try; 0 where one may."""
        rule = self._rule()
        count, last = self._of(network, now)
        if count < rule.free:
            return 0
        pause = min(rule.longest, rule.pause * (1 << min(count - rule.free, 32)))
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
        return (0, now) if now - last > self._rule().forgets else (count, last)


class Limits:
    """What is limited so. Keys are networks; of ``logins``, networks with an account's key behind."""

    __slots__ = ("guesses", "logins", "opers", "registrations")

    def __init__(self, settings: Callable[[], config.Limits]) -> None:
        def attempts(free: Callable[[config.Limits], int]) -> Attempts:
            def rule() -> Rule:
                limits = settings()
                return Rule(free(limits), limits.pause_seconds, limits.longest_pause_seconds)

            return Attempts(rule)

        self.logins = attempts(lambda limits: limits.login_attempts)
        self.guesses = attempts(lambda limits: limits.guesses)  # at all accounts together
        self.opers = attempts(lambda limits: limits.oper_attempts)
        self.registrations = attempts(lambda limits: limits.accounts_per_address)
