"""What must hold, as a table, and whether it did in this run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results import STALL_DELAY, STALL_MEMORY, TAGS_COST, Comparison, Results, middle, ratio
from benchmarks.servers import CHATKIT, INSPIRCD, PEERS, Server
from benchmarks.workloads import (
    ALONE,
    BUSY,
    BUSY_STALLED,
    CLOSED,
    FLOOD_100,
    FLOOD_500,
    IDLE,
    IDLE_CPU,
    MEMORY,
    P50,
    P99,
    RATE,
    REGISTERING,
    REGISTRATIONS,
    SMALL_ROOMS,
    STEADY,
    Figure,
    Workload,
)
from chatkit.config import Limits

STALLED = 2  # readers
SENDQ_MIB = Limits().sendq_bytes / (1 << 20)
SLACK_MIB = 1.0  # that the allocator keeps, and what the history's cache takes meanwhile
NOT_MEASURED = "not measured"
IDLE_SHARE = 1.0  # % of a processor, which is called idle

Value = Callable[[Results], float | None]


@dataclass(frozen=True)
class Goal:
    """One thing that must hold of chatkit."""

    text: str
    value: Value
    limit: Value
    at_least: bool = True

    def judge(self, results: Results) -> str:
        """In a word."""
        value, limit = self.value(results), self.limit(results)
        if value is None or limit is None:
            return NOT_MEASURED
        return "yes" if (value >= limit if self.at_least else value <= limit) else "NO"


def _fixed(number: float) -> Value:
    return lambda results: number


def _own(workload: Workload, figure: Figure) -> Value:
    return lambda results: results.median(workload, CHATKIT, figure)


def _to(peers: tuple[Server, ...], workload: Workload, figure: Figure) -> Value:
    def value(results: Results) -> float | None:
        theirs = [results.median(workload, peer, figure) for peer in peers]
        return ratio(results.median(workload, CHATKIT, figure), theirs, figure.more_is_better)

    return value


def _compared(comparison: Comparison) -> Value:
    return lambda results: middle(results.compared(comparison, CHATKIT))


def _noise(workload: Workload, figure: Figure) -> Value:
    """From the least to the greatest of the rounds."""

    def value(results: Results) -> float | None:
        values = results.values(workload, CHATKIT, figure)
        return max(values) - min(values) if len(values) > 1 else None

    return value


INSPIRCD_ONLY = (INSPIRCD,)
GOALS = (
    Goal("flood, 500 members: times InspIRCd's", _to(INSPIRCD_ONLY, FLOOD_500, RATE), _fixed(2)),
    Goal("flood, 100 members: times InspIRCd's", _to(INSPIRCD_ONLY, FLOOD_100, RATE), _fixed(1.5)),
    Goal("flood, 10 rooms of 10: times InspIRCd's", _to(INSPIRCD_ONLY, SMALL_ROOMS, RATE), _fixed(0.5)),
    Goal("one at a time: times the best peer's", _to(PEERS, ALONE, RATE), _fixed(1)),
    Goal("200 messages/s, p50: times as good as the best peer's", _to(PEERS, STEADY, P50), _fixed(1)),
    Goal("200 messages/s, p99: times as good as the best peer's", _to(PEERS, STEADY, P99), _fixed(1)),
    Goal("registrations/s", _own(REGISTERING, REGISTRATIONS), _fixed(2000)),
    Goal("10,000 idle clients: KiB for each", _own(IDLE, MEMORY), _fixed(8), at_least=False),
    Goal("10,000 idle clients: % of a processor", _own(IDLE, IDLE_CPU), _fixed(IDLE_SHARE), at_least=False),
    Goal("tags: times the processor time for a delivery", _compared(TAGS_COST), _fixed(1.5), at_least=False),
    Goal("stalled readers: ms more at others' p99; noise", _compared(STALL_DELAY), _noise(BUSY, P99), at_least=False),
    Goal("stalled readers: disconnected", _own(BUSY_STALLED, CLOSED), _fixed(STALLED)),
    Goal(
        "stalled readers: MiB that they cost, at most",
        _compared(STALL_MEMORY),
        _fixed(STALLED * SENDQ_MIB + SLACK_MIB),
        at_least=False,
    ),
)
