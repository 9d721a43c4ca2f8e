"""The server in figures, as Prometheus reads them.

Spec: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from chatkit.control import figures
from chatkit.control.overview import Rate

if TYPE_CHECKING:
    from chatkit.control.web import Watched

KIND = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "chatkit_"

# name, of ``Stats``, and what it is.
GAUGES = (
    ("uptime_seconds", "uptime", "Seconds since the server started."),
    ("users", "users", "Users that are there."),
    ("sessions", "sessions", "Connections of clients, registered or not."),
    ("users_peak", "peak", "The most users that were there at once since the start."),
    ("rooms", "rooms", "Rooms that are open."),
    ("connections", "connections", "Open connections, those of whoever runs the server included."),
    ("throttled_sessions", "throttled", "Sessions whose lines wait because they came too fast."),
    ("queued_bytes", "queued", "Bytes that wait for clients which are slow to take them."),
    ("resident_memory_bytes", "memory", "Memory that the process takes."),
    ("threads", "threads", "Threads of the process."),
    ("open_fds", "descriptors", "Open file descriptors of the process."),
)


class Figures(Collector):
    """Looks at the server whenever it is asked."""

    def __init__(self, host: Watched, rate: Rate) -> None:
        self._host = host
        self._rate = rate

    def collect(self) -> Iterator[Metric]:
        """All metrics. Takes the state lock for a moment."""
        stats = figures.measure(self._host, self._rate)
        began = time.monotonic()
        used, turned_away, got = self._host.act(
            lambda ircd, now: (dict(ircd.used), dict(ircd.door.turned_away), now.mono)
        )
        yield InfoMetricFamily(PREFIX + "build", "Which server this is.", {"version": stats.version})
        for name, field, text in GAUGES:
            yield _gauge(name, text, attrgetter(field)(stats))
        yield _gauge("ready", "Whether it takes newcomers and stores what they say.", not stats.why)
        yield _counter("messages", "Messages since the start.", stats.messages)
        yield _gauge("state_lock_wait_seconds", "Seconds that this very look waited for the state lock.", got - began)
        yield _labelled(CounterMetricFamily, "turned_away", "Connections that were not let in.", "reason", turned_away)
        yield _labelled(GaugeMetricFamily, "store_bytes", "Bytes of the store's files.", "file", self._host.files())
        yield _labelled(CounterMetricFamily, "commands", "Commands of clients.", "command", used)


def make_registry(host: Watched, rate: Rate) -> CollectorRegistry:
    """All that there is to tell."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(host, rate))
    return registry


def written(registry: CollectorRegistry) -> tuple[str, str]:
    """The metrics as text, and its kind."""
    return generate_latest(registry).decode(), KIND


def _gauge(name: str, text: str, value: Any) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, float(value))


def _labelled(
    kind: type[CounterMetricFamily | GaugeMetricFamily], name: str, text: str, label: str, values: Mapping[str, int]
) -> Metric:
    family = kind(PREFIX + name, text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, text, value)
