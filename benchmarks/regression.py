"""The small benchmark that continuous integration runs: has a message become dearer?

It counts no seconds: the processor time of a slice of a pipeline is divided by that of a slice of a fixed loop right
before it, so a slow or busy machine slows both. Beside it stand function calls, which are the same on every run.
``accepted.json`` keeps what was accepted last; what has changed by more than its noise is marked, and only calls past a
generous bound are a failure.
"""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import msgspec
from rich import box
from rich.table import Table

from benchmarks.pipelines import CASES, PHASES, Case, Pipeline

ACCEPTED = Path(__file__).with_name("accepted.json")
SLICES = 60  # of each case; its figures are medians of them
TURNS = 10_000  # of the loop, in a slice
PROCESSES = 5  # that are asked when new figures are accepted: what lies between them is the noise
LEAST_NOISE = 0.15  # what a shared machine and the place of things in memory make of it
BOUND = 1.5  # times the calls that were accepted


class Cost(msgspec.Struct, frozen=True):
    """What one message costs: turns of the loop, by phase, and function calls."""

    phases: dict[str, float]
    calls: float

    @property
    def turns(self) -> float:
        return sum(self.phases.values())


class Accepted(msgspec.Struct, frozen=True):
    """What was accepted last for one case. ``noise`` is a share of ``turns``."""

    turns: float
    noise: float
    calls: float


class Record(msgspec.Struct, frozen=True):
    """The file."""

    python: str
    machine: str
    cases: dict[str, Accepted]


def reference() -> float:
    """The processor time of TURNS of a loop that does a little of what Python programs do."""
    began, table, length = time.thread_time(), {}, 0
    for number in range(TURNS):
        table[number & 63] = text = str(number)
        length += len(text)
    return time.thread_time() - began


def measure(case: Case, slices: int = SLICES) -> Cost:
    """One case: medians over its slices, each beside one of the loop."""
    with tempfile.TemporaryDirectory(prefix="chatkit-check-") as name, closing(Pipeline(case, Path(name))) as pipeline:
        pipeline.slice()  # what is made once is made by this
        calls = pipeline.calls()
        shares: list[list[float]] = [[] for _ in PHASES]
        with _without_collector():
            for _ in range(slices):
                turn = reference() / TURNS
                for place, spent in enumerate(pipeline.slice()):
                    shares[place].append(spent / turn / case.messages)
    return Cost({phase: median(share) for phase, share in zip(PHASES, shares, strict=True)}, calls)


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()  # it would come by chance
    try:
        yield
    finally:
        gc.enable()


def measure_all() -> dict[str, Cost]:
    return {case.name: measure(case) for case in CASES}


def here() -> tuple[str, str]:
    """The version of Python and the kind of machine: on others the figures are others."""
    return ".".join(platform.python_version_tuple()[:2]), platform.machine()


def load(path: Path = ACCEPTED) -> Record:
    return msgspec.json.decode(path.read_bytes(), type=Record)


def accept(path: Path = ACCEPTED) -> Record:
    """Measure in several processes and keep what they say."""
    command = [sys.executable, "-m", "benchmarks", "check", "--json"]
    said = [subprocess.run(command, capture_output=True, check=True).stdout for _ in range(PROCESSES)]
    found = [msgspec.json.decode(text, type=dict[str, Cost]) for text in said]
    record = Record(*here(), {case.name: _accepted([costs[case.name] for costs in found]) for case in CASES})
    path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    return record


def _accepted(costs: list[Cost]) -> Accepted:
    turns = [cost.turns for cost in costs]
    noise = (max(turns) - min(turns)) / median(turns)
    return Accepted(round(median(turns), 1), round(max(noise, LEAST_NOISE), 3), costs[0].calls)


def verdict(cost: Cost, accepted: Accepted | None, comparable: bool) -> str:
    """In a word or two: what changed by more than the noise, and what is past its bound."""
    if accepted is None:
        return "new"
    if cost.calls > accepted.calls * BOUND:
        return "TOO MANY CALLS"
    changes = []
    if comparable and cost.calls != accepted.calls:
        changes.append("more calls" if cost.calls > accepted.calls else "fewer calls")
    change = cost.turns / accepted.turns - 1
    if abs(change) > accepted.noise:
        changes.append("dearer" if change > 0 else "cheaper")
    return ", ".join(changes)


def failures(costs: Mapping[str, Cost], record: Record) -> list[str]:
    """The cases whose calls are past their bound."""
    known = record.cases
    return [name for name, cost in costs.items() if name in known and cost.calls > known[name].calls * BOUND]


def table(costs: Mapping[str, Cost], record: Record) -> Table:
    """For people."""
    shown = Table("what one message costs", box=box.SIMPLE_HEAD)
    for name in ("calls", "accepted", *PHASES, "turns of the loop", "accepted", "noise", "change"):
        shown.add_column(name, justify="right")
    shown.add_column("")
    comparable = (record.python, record.machine) == here()
    for name, cost in costs.items():
        accepted = record.cases.get(name)
        parts = [f"{share:.1f}" for share in cost.phases.values()]
        kept = ("–", "–", "–", "–")
        if accepted is not None:
            change = cost.turns / accepted.turns - 1
            kept = (f"{accepted.calls:.1f}", f"{accepted.turns:.1f}", f"{accepted.noise:.0%}", f"{change:+.0%}")
        marks = verdict(cost, accepted, comparable)
        shown.add_row(name, f"{cost.calls:.1f}", kept[0], *parts, f"{cost.turns:.1f}", *kept[1:], marks)
    return shown


def note(record: Record) -> str:
    """What to know when reading the table."""
    python, machine = here()
    where = f"accepted with Python {record.python} on {record.machine}, this is {python} on {machine}"
    return f"{where}; only calls past {BOUND} times the accepted ones fail; 'check --accept' keeps new figures"
