"""Carrying out the commands of the table: what they may need of the server, and how their functions are entered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from chatkit.control.overview import RATE_SECONDS, Rate
from chatkit.control.plan import Actor, Changed, Plan
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.requests import Reloaded
from chatkit.store.records import Entry, Query

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Health(msgspec.Struct, frozen=True):
    """How the server is. ``alive``: it still works things off. ``ready``: it takes newcomers and stores what they say.

    ``why`` are sentences about what is not as it should be.
    """

    alive: bool
    ready: bool
    why: tuple[str, ...] = ()


class Host(Protocol):
    """What the methods need of the server. None of it may be called under the state lock; ``ask`` on workers only."""

    stop_requested: threading.Event

    @property
    def connections(self) -> int:
        """Open connections, those to the control socket included."""

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Run ``function`` under the state lock and carry out what comes of it."""

    def commit(self, entries: Iterable[Entry]) -> None:
        """Store ``entries`` now, for what must not be undone by a full disk. Raises sqlite3.Error."""

    def ask(self, query: Query) -> Any:
        """The store's answer. Blocks while it looks."""

    def reload(self) -> Reloaded:
        """Read the settings again, and go on with them."""

    def submit(self, function: Callable[[], None]) -> None:
        """Have a worker run ``function``."""

    def drain(self, seconds: float | None) -> None:
        """Let nobody in any more, and stop when the last has gone, or after ``seconds``."""

    def backup(self, path: Path) -> int:
        """Write a copy of everything that is stored to ``path``. Returns its bytes. Raises OSError, sqlite3.Error."""

    def health(self) -> Health:
        """How the server is."""

    def queues(self) -> list[tuple[str, int]]:
        """Bytes that wait for each client, by its nick or its address."""


class Desk:
    """Where the methods do their work: the server, and what is known about it besides."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._rate = Rate(RATE_SECONDS)

    def note_rate(self) -> float:
        """Look at the message counter. Call every few seconds. Returns messages a second over the last minute."""
        return self.host.act(lambda ircd, now: self._rate.note(now.mono, ircd.messages))


class Function(msgspec.Struct, frozen=True):
    """What does a command: how it is called depends on its ``kind``, see ``reads``, ``plans`` and ``does``."""

    kind: Literal["reads", "plans", "does"]
    run: Callable[..., Any]


FUNCTIONS: dict[str, Function] = {}


def reads(name: str) -> Callable[[Callable[[Desk, Any], Any]], Callable[[Desk, Any], Any]]:
    """Enter what answers ``name`` and changes nothing."""
    return _entered(name, "reads")


def plans(name: str) -> Callable[[Callable[..., Plan]], Callable[..., Plan]]:
    """Enter what plans ``name``: ``(ircd, now, params, actor) -> Plan``, called under the state lock."""
    return _entered(name, "plans")


def does(name: str) -> Callable[[Callable[..., Changed]], Callable[..., Changed]]:
    """Enter what does ``name`` and takes its time: ``(desk, params, actor) -> Changed``, called without the lock."""
    return _entered(name, "does")


def _entered(name: str, kind: Literal["reads", "plans", "does"]) -> Callable[[F], F]:
    def enter(function: F) -> F:
        FUNCTIONS[name] = Function(kind, function)
        return function

    return enter


__all__ = ["FUNCTIONS", "Actor", "Desk", "Function", "Health", "Host", "does", "plans", "reads"]
