"""Servers in the test's own process, with real sockets, threads and a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatkit.config import load_config
from chatkit.server import Server

Start = Callable[..., Server]


@contextmanager
def servers(directory: Path, **usual: object) -> Iterator[Start]:
    """Starts servers on free ports with their data in ``directory``, and stops them at the end.

    ``usual`` and what each is started with are settings by their names, with ``__`` for the dot of ``tls.mode``.
    """
    started: list[Server] = []

    def start(**settings: object) -> Server:
        given = {"port": 0, "data": str(directory / "data"), "name": "chat.test", **usual, **settings}
        server = Server(load_config(None, {}, {name.replace("__", "."): value for name, value in given.items()}))
        started.append(server)
        server.start()
        return server

    try:
        yield start
    finally:
        for server in started:
            server.stop()
