"""How many connections there are, and how many of them come from one network."""

from __future__ import annotations

from collections import Counter


class Crowds:
    """Counts connections by network. Every ``enter`` is followed by one ``leave``."""

    __slots__ = ("_by_network", "total")

    def __init__(self) -> None:
        self._by_network: Counter[str] = Counter()
        self.total = 0

    def of(self, network: str) -> int:
        """How many there are from ``network``."""
        return self._by_network.get(network, 0)

    def enter(self, network: str) -> None:
        """One more from ``network``."""
        self._by_network[network] += 1
        self.total += 1

    def leave(self, network: str) -> None:
        """One less."""
        self.total -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]  # else every address that ever came would stay in memory
