"""Commands of the table without sockets: an ircd that types and reads, and a desk at which it is run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from chatkit.control.methods import load_methods
from chatkit.control.plan import Actor
from chatkit.control.runner import Desk, Health, NotStored, call
from chatkit.control.typed import run_line
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.requests import Reloaded, RunCommand
from chatkit.store.records import Entry, Query
from tests.ircd.conftest import Net, alice, bob, make_net, net, no_command_failed

__all__ = ["ROOT", "NetHost", "alice", "bob", "make_net", "net", "no_command_failed"]

ROOT = Actor("root")

load_methods()


class NetHost:
    """What the commands need of a server, on an ircd that has none."""

    connections = 0

    def __init__(self, net: Net) -> None:
        self.net = net
        self.stop_requested = threading.Event()
        self.reloaded = Reloaded()
        self.drained: list[float | None] = []
        self.waiting: list[tuple[str, int]] = []
        self.why: tuple[str, ...] = ()

    def act(self, function: Callable[[Ircd, Any], Any]) -> Any:
        audits = self.net.ircd.audits
        result = function(self.net.ircd, self.net.now)
        self.net.settle()
        if self.net.broken and self.net.ircd.audits != audits:
            raise NotStored(result)
        return result

    def commit(self, entries: Iterable[Entry]) -> None:
        self.net.store.append(list(entries))

    def ask(self, query: Query) -> Any:
        return self.net.store.answer(query)

    def reload(self) -> Reloaded:
        return self.reloaded

    def submit(self, function: Callable[[], None]) -> None:
        function()

    def drain(self, seconds: float | None) -> None:
        self.drained.append(seconds)

    def backup(self, path: Path) -> int:
        path.write_bytes(b"copy")
        return 4

    def health(self) -> Health:
        return Health(alive=True, ready=not self.why, why=self.why)

    def queues(self) -> list[tuple[str, int]]:
        return self.waiting

    # For tests.

    def run(self, name: str, params: Any = None, actor: Actor = ROOT) -> Any:
        """The answer to a command, as the control service gets it."""
        desk = Desk(self)
        answer = call(desk, name, params or {}, actor)
        desk.finish()
        return answer

    def run_line(self, request: RunCommand) -> tuple[str, ...]:
        """What OperServ answers."""
        return run_line(Desk(self), request.line, Actor(request.who, request.privileges))


@pytest.fixture
def host(net: Net) -> NetHost:
    return NetHost(net)
