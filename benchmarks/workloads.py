"""What is measured, as a table: the generator's arguments, and which of its figures make a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.servers import BARE, CHATKIT, CHATKIT_POWER, INSPIRCD, NGIRCD, Server

TAGS = "message-tags server-time echo-message"
NO_LOBBY = {"CHATKIT_ROOMS_AUTOJOIN": ""}  # nobody else puts everyone into one room
PATIENCE = 20  # seconds for connecting and for what is still under way at the end
ALL = (CHATKIT, INSPIRCD, NGIRCD, BARE)
EVERY = (CHATKIT, CHATKIT_POWER, INSPIRCD, NGIRCD, BARE)


@dataclass(frozen=True)
class Figure:
    """One row: a field of the generator's output."""

    field: str
    unit: str
    scale: float = 1.0
    more_is_better: bool = True
    note: str = ""  # what tells it from the workload's other rows


RATE = Figure("rate", "deliveries/s")
REGISTRATIONS = Figure("registrations", "registrations/s")
P50 = Figure("p50", "ms", 1e3, more_is_better=False, note="p50")
P99 = Figure("p99", "ms", 1e3, more_is_better=False, note="p99")
MEMORY = Figure("memory_per_client", "KiB/client", more_is_better=False, note="memory")
IDLE_CPU = Figure("cpu_share", "% CPU", 100, more_is_better=False, note="processor")


@dataclass(frozen=True)
class Workload:
    """One run of the generator against each of ``servers``."""

    name: str
    arguments: tuple[str, ...]
    figures: tuple[Figure, ...] = (RATE,)
    servers: tuple[Server, ...] = ALL
    settings: Mapping[str, str] = field(default_factory=dict)  # chatkit's
    caps: str = ""
    seconds: float = 2.0
    quick: float = 0.5  # seconds in a quick run

    def command(self, quick: bool) -> list[str]:
        """The generator's arguments."""
        caps = ["--caps", self.caps] if self.caps else []
        seconds = self.quick if quick else self.seconds
        return [*self.arguments, *caps, "--seconds", str(seconds), "--limit", str(int(seconds) + PATIENCE)]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BESIDE = "latency --members 20 --rate 1000 --bytes 400"

WORKLOADS = (
    Workload("flood, 500 members", _words("flood --members 500"), servers=EVERY),
    Workload("flood, 100 members", _words("flood --members 100"), servers=EVERY),
    Workload("flood, 10 rooms of 10", _words("flood --members 10 --rooms 10"), servers=EVERY),
    Workload("one at a time, 100 members", _words("flood --members 100 --window 1"), servers=EVERY),
    Workload(
        "flood, 100 members, with tags",
        _words("flood --members 100"),
        servers=(CHATKIT, CHATKIT_POWER, INSPIRCD),
        caps=TAGS,
    ),
    Workload(
        "200 messages/s, 100 members", _words("latency --members 100 --rate 200"), (P50, P99), servers=EVERY, seconds=4
    ),
    Workload("1,000 messages/s, 20 members", _words(_BESIDE), (P50, P99), seconds=4),
    Workload(
        "the same, one of them stopped reading",
        _words(f"{_BESIDE} --stopped 1"),
        (P50, P99),
        servers=(CHATKIT, INSPIRCD, NGIRCD),
        seconds=15,  # until the stopped one's queue is full, and past that
        quick=1,
    ),
    Workload(
        "registration",
        _words("connect --clients 2000"),
        (REGISTRATIONS,),
        settings=NO_LOBBY,
    ),
    Workload("2,000 idle clients", _words("idle --clients 2000"), (MEMORY, IDLE_CPU), settings=NO_LOBBY),
)

FULL_WORKLOADS = (
    Workload(
        "10,000 idle clients",
        _words("idle --clients 10000"),
        (MEMORY, IDLE_CPU),
        servers=(CHATKIT, INSPIRCD, NGIRCD),
        settings=NO_LOBBY,
        seconds=60,  # connecting takes its time too
    ),
)
