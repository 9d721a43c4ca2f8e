"""What the curves share: what they get, what they give, and how a line's growth is told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.generator import BenchError, Sample, drive
from benchmarks.picture import Point
from benchmarks.running import running
from benchmarks.servers import Server
from benchmarks.workloads import NO_LOBBY

FLOOD = ("flood", "--window", "200", "--seconds", "1")
FULL_RUNS = 3  # for each point of a full run


@dataclass(frozen=True)
class Scene:
    """Where and how much to measure. ``note`` is told what is being measured."""

    directory: Path
    full: bool
    note: Callable[[str], None]

    def cost(self, server: Server, field: str, *arguments: str) -> float:
        """Microseconds that a field of the generator's output says, each time of a fresh server: the median.

        Raises BenchError.
        """
        runs = FULL_RUNS if self.full else 1
        return median(microseconds(getattr(self._sample(server, arguments), field)) for _ in range(runs))

    def _sample(self, server: Server, arguments: Sequence[str]) -> Sample:
        with running(server, self.directory / "server", NO_LOBBY) as started:
            call = [*arguments, "--parallel", str(server.parallel), "--limit", "120"]
            return drive(self.directory, started.port, started.pid, call)


@dataclass(frozen=True)
class Drawn:
    """A curve: the SVG, and what it says in words, a line each."""

    svg: str
    facts: list[str] = field(default_factory=list)


def microseconds(seconds: float | None) -> float:
    if seconds is None:
        raise BenchError("the generator sent nothing")
    return seconds * 1e6


def growth(what: str, of_what: str, line: Sequence[Point]) -> str:
    """From the first point of ``line`` to the last."""
    (first_x, first), (last_x, last) = line[0], line[-1]
    return f"{what}: {first_x:,.0f} to {last_x:,.0f} {of_what}: {first:,.0f} to {last:,.0f} µs, × {last / first:.2f}"
