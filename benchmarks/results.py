"""What a run found: samples by workload, server and round, and what is made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.generator import Sample
from benchmarks.servers import CHATKIT, CHATKIT_POWER, INSPIRCD, Server
from benchmarks.workloads import (
    ALONE,
    BUSY,
    BUSY_STALLED,
    FLOOD_100,
    FLOOD_500,
    GROWN,
    P99,
    PER_DELIVERY,
    RATE,
    REAL,
    SMALL_ROOMS,
    STEADY,
    TAGGED,
    Figure,
    Workload,
)

LEAST = 1e-9  # what is less counts as nothing, and a ratio to nothing says nothing


@dataclass(frozen=True)
class Comparison:
    """A figure of one run less, or divided by, that of another in the same round, which had the same weather."""

    label: str
    figure: Figure
    over: Workload
    under: Workload
    servers: tuple[Server, ...]
    is_ratio: bool = True
    under_server: Server | None = None  # where it is not the same one

    @property
    def unit(self) -> str:
        return "times" if self.is_ratio else self.figure.unit


def _power(workload: Workload, figure: Figure) -> Comparison:
    note = f" {figure.note}" if figure.note else ""
    label = f"{workload.name}{note}: with an fsync to without"
    return Comparison(label, figure, workload, workload, (CHATKIT_POWER,), under_server=CHATKIT)


TAGS_COST = Comparison(
    "processor time for a delivery, with tags to without",
    PER_DELIVERY,
    TAGGED,
    FLOOD_100,
    (CHATKIT, CHATKIT_POWER, INSPIRCD),
)
STALL_DELAY = Comparison(
    "p99 beside one that reads nothing and one little, less p99 without", P99, BUSY_STALLED, BUSY, REAL, is_ratio=False
)
STALL_MEMORY = Comparison("memory for the two, at most", GROWN, BUSY_STALLED, BUSY, REAL, is_ratio=False)
COMPARISONS = (
    TAGS_COST,
    STALL_DELAY,
    STALL_MEMORY,
    *(_power(workload, RATE) for workload in (FLOOD_500, FLOOD_100, SMALL_ROOMS, ALONE)),
    _power(STEADY, P99),
)


class Results:
    """Filled by one run."""

    def __init__(self) -> None:
        self._samples: defaultdict[tuple[str, Server], dict[int, Sample]] = defaultdict(dict)

    def add(self, workload: Workload, server: Server, number: int, sample: Sample) -> None:
        """``number`` is the round's."""
        self._samples[workload.name, server][number] = sample

    def samples(self, workload: Workload, server: Server) -> list[Sample]:
        return list(self._samples.get((workload.name, server), {}).values())

    def values(self, workload: Workload, server: Server, figure: Figure) -> list[float]:
        """One for each round in which it was measured, in the figure's unit."""
        return list(self._by_round(workload, server, figure).values())

    def median(self, workload: Workload, server: Server, figure: Figure) -> float | None:
        return middle(self.values(workload, server, figure))

    def compared(self, comparison: Comparison, server: Server) -> list[float]:
        """One for each round in which both were measured."""
        over = self._by_round(comparison.over, server, comparison.figure)
        under = self._by_round(comparison.under, comparison.under_server or server, comparison.figure)
        pairs = [(over[number], under[number]) for number in over if number in under]
        if comparison.is_ratio:
            return [one / other for one, other in pairs if other > LEAST]
        return [one - other for one, other in pairs]

    def _by_round(self, workload: Workload, server: Server, figure: Figure) -> dict[int, float]:
        samples = self._samples.get((workload.name, server), {})
        known = {number: getattr(sample, figure.field) for number, sample in samples.items()}
        return {number: value * figure.scale for number, value in known.items() if value is not None}

    def each(self, wanted: Callable[[Sample], bool]) -> list[tuple[str, Server, Sample]]:
        """The samples of all rounds that are ``wanted``, with their workloads' names."""
        return [
            (name, server, sample)
            for (name, server), rounds in self._samples.items()
            for sample in rounds.values()
            if wanted(sample)
        ]


def middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def spread(values: Sequence[float]) -> float | None:
    """Half of the way from the least to the greatest; None where one value says nothing of it."""
    return (max(values) - min(values)) / 2 if len(values) > 1 else None


def ratio(ours: float | None, peers: Sequence[float | None], more_is_better: bool) -> float | None:
    """How many times as good as the best of ``peers``: 2.0 is twice the rate, or half the delay."""
    known = [peer for peer in peers if peer is not None]
    if ours is None or not known:
        return None
    better, worse = (ours, max(known)) if more_is_better else (min(known), ours)
    return better / worse if worse > LEAST and better > LEAST else None
