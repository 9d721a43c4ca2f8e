"""What is measured, as a table: the generator's arguments, and which of its figures make a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.servers import BARE, CHATKIT, CHATKIT_POWER, INSPIRCD, NGIRCD, Server

TAGS = "message-tags server-time echo-message account-tag"  # what today's clients ask for
NO_LOBBY = {"CHATKIT_ROOMS_AUTOJOIN": ""}  # nobody else puts everyone into one room
PATIENCE = 20  # seconds for connecting and for what is still under way at the end
SPARE_FILES = 200  # descriptors, beside those of the clients
ALL = (CHATKIT, INSPIRCD, NGIRCD, BARE)
EVERY = (CHATKIT, CHATKIT_POWER, INSPIRCD, NGIRCD, BARE)
REAL = (CHATKIT, INSPIRCD, NGIRCD)


@dataclass(frozen=True)
class Figure:
    """One row: a field of the generator's output."""

    field: str
    unit: str
    scale: float = 1.0
    more_is_better: bool = True
    note: str = ""  # what tells it from the workload's other rows
    is_compared: bool = True  # with the peers'


RATE = Figure("rate", "deliveries/s")
REGISTRATIONS = Figure("registrations", "registrations/s")
PER_CLIENT = Figure("per_client", "ms", 1e3, more_is_better=False, note="processor time for each")
P50 = Figure("p50", "ms", 1e3, more_is_better=False, note="p50")
P99 = Figure("p99", "ms", 1e3, more_is_better=False, note="p99")
MEMORY = Figure("memory_per_client", "KiB/client", more_is_better=False, note="memory")
IDLE_CPU = Figure("cpu_share", "% CPU", 100, more_is_better=False, note="processor")
GROWN = Figure("grown", "MiB", 1 / 1024, more_is_better=False, note="memory, at most", is_compared=False)
CLOSED = Figure("closed", "readers", note="disconnected", is_compared=False)
PER_DELIVERY = Figure("per_delivery", "µs", 1e6, more_is_better=False)


@dataclass(frozen=True, eq=False)
class Workload:
    """One run of the generator against each of ``servers``."""

    name: str
    arguments: tuple[str, ...]
    figures: tuple[Figure, ...] = (RATE,)
    servers: tuple[Server, ...] = ALL
    settings: Mapping[str, str] = field(default_factory=dict)  # chatkit's
    caps: str = ""
    login: bool = False  # whether senders have accounts, where the server has some
    tls: bool = False
    seconds: float = 2.0
    quick: float = 0.5  # seconds in a quick run
    patience: int = PATIENCE
    clients: int = 0  # that it needs descriptors for, if they are many

    def command(self, server: Server, quick: bool) -> list[str]:
        """The generator's arguments."""
        seconds = self.quick if quick else self.seconds
        return [
            *self.arguments,
            *(["--caps", self.caps] if self.caps else []),
            *(["--login", "1"] if self.login and server.has_accounts else []),
            *(["--tls", "1"] if self.tls else []),
            *["--seconds", str(seconds), "--limit", str(int(seconds) + self.patience)],
            *["--parallel", str(server.parallel)],
        ]

    @property
    def files(self) -> int:
        """The descriptors that a server of it, and the generator, may need."""
        return self.clients + SPARE_FILES


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BUSY = "latency --members 10 --rate 2000 --bytes 400"

FLOOD_500 = Workload("flood, 500 members", _words("flood --members 500"), servers=EVERY)
FLOOD_100 = Workload("flood, 100 members", _words("flood --members 100"), servers=EVERY)
SMALL_ROOMS = Workload("flood, 10 rooms of 10", _words("flood --members 10 --rooms 10"), servers=EVERY)
ALONE = Workload("one at a time, 100 members", _words("flood --members 100 --window 1"), servers=EVERY)
TAGGED = Workload(
    "flood, 100 members, with tags",
    _words("flood --members 100"),
    servers=(CHATKIT, CHATKIT_POWER, INSPIRCD),
    caps=TAGS,
    login=True,
)
STEADY = Workload(
    "200 messages/s, 100 members", _words("latency --members 100 --rate 200"), (P50, P99), servers=EVERY, seconds=4
)
# Long enough for the queues of those that read little or nothing to be full, and past that.
BUSY = Workload("2,000 messages/s, 10 members", _words(_BUSY), (P50, P99, GROWN), REAL, seconds=15, quick=1)
BUSY_STALLED = Workload(
    "the same, one reads nothing and one little",
    _words(f"{_BUSY} --stopped 1 --slow 1"),
    (P50, P99, GROWN, CLOSED),
    REAL,
    seconds=15,
    quick=1,
)
REGISTERING = Workload("registration", _words("connect --clients 2000"), (REGISTRATIONS, PER_CLIENT), settings=NO_LOBBY)
REGISTERING_TLS = Workload(
    "registration with TLS",
    _words("connect --clients 1000"),
    (REGISTRATIONS, PER_CLIENT),
    REAL,
    settings=NO_LOBBY,
    tls=True,
)
IDLE = Workload(
    "10,000 idle clients",
    _words("idle --clients 10000"),
    (MEMORY, IDLE_CPU),
    settings=NO_LOBBY,
    seconds=5,
    patience=60,  # connecting takes its time
    clients=10_000,
)

WORKLOADS = (
    FLOOD_500,
    FLOOD_100,
    SMALL_ROOMS,
    ALONE,
    TAGGED,
    STEADY,
    BUSY,
    BUSY_STALLED,
    REGISTERING,
    REGISTERING_TLS,
    IDLE,
)
