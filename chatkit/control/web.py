"""How the server is, over HTTP: /metrics for Prometheus, /healthz and /readyz for whoever keeps it running.

It has a port and an I/O thread of its own, so it answers whatever holds up the others. That thread may block: nobody
waits for it but who asks. A request has no body that matters, so its first line is all that is read; each connection
gets one answer.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Protocol

from chatkit.control.overview import RATE_SECONDS, Rate
from chatkit.control.runner import Host
from chatkit.net.connection import Connection, Input
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import Listener
from chatkit.net.transport import http

log = logging.getLogger("chatkit.control")

MAX_CONNECTIONS = 100
MAX_LINE = 1024  # bytes of a request's first line
MAX_QUEUE = 4 << 20
PATIENCE = 10.0  # seconds until the first line must be there

Answer = tuple[HTTPStatus, str, str]  # what it says, and of which kind that is


class Watched(Host, Protocol):
    """The server, with what only its metrics tell."""

    def files(self) -> dict[str, int]:
        """The bytes of the store's files."""


class WebService:
    """Answers those who connect to ``sock``, which listens."""

    def __init__(self, host: Watched, sock: socket.socket) -> None:
        from chatkit.control.metrics import make_registry, written  # late: the library is for those who want metrics

        self._host = host
        self._written = partial(written, make_registry(host, Rate(RATE_SECONDS)))
        self._paths: dict[str, Callable[[], Answer]] = {
            "/metrics": self._metrics,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
        }
        self._open: dict[Connection, None] = {}  # that have no answer yet, the oldest first; its thread's
        self._thread = IOThread("chatkit-web")
        self._listener = Listener(sock, self._thread, self._accept)

    def start(self) -> None:
        """Let them in."""
        self._thread.start()
        self._listener.open()

    def stop(self) -> None:
        """Close everything. Blocks."""
        self._listener.close()
        self._thread.stop()

    # On its own thread.

    def _accept(self, sock: socket.socket, address: str) -> None:
        if len(self._thread.connections) >= 2 * MAX_CONNECTIONS:  # those that take their last lines included
            sock.close()
            return
        if len(self._open) >= MAX_CONNECTIONS:  # whoever asks does so at once: those who have waited longest do not
            self._end(next(iter(self._open)))
        connection = Connection(sock, self, max_line=MAX_LINE, max_queue=MAX_QUEUE)
        self._open[connection] = None
        self._thread.adopt(connection)
        self._thread.call_at(time.monotonic() + PATIENCE, partial(self._end, connection))

    def on_tick(self, inputs: list[Input]) -> None:
        """See to the first line of each."""
        for item in inputs:
            connection = item.connection
            if item.lines and connection in self._open:
                connection.put(self._answer(item.lines[0]))
                self._end(connection)
            elif item.closed is not None:
                self._open.pop(connection, None)

    def _end(self, connection: Connection) -> None:
        if connection in self._open:
            del self._open[connection]
            connection.close()

    def _answer(self, line: bytes) -> bytes:
        try:
            return self._respond(line.decode("latin-1").split(" "))
        except Exception:
            log.exception("a request for the server's state failed")
            return http.answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Something is wrong: see the log.\n")

    def _respond(self, words: list[str]) -> bytes:
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            return http.answer(HTTPStatus.BAD_REQUEST, "This is HTTP.\n")
        if words[0] not in ("GET", "HEAD"):
            return http.answer(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
        path = self._paths.get(words[1].partition("?")[0])
        answer = (
            (HTTPStatus.NOT_FOUND, f"There are {', '.join(self._paths)}.\n", http.PLAIN) if path is None else path()
        )
        return http.answer(*answer, bare=words[0] == "HEAD")

    def _metrics(self) -> Answer:
        health = self._host.health()
        return (HTTPStatus.OK, *self._written()) if health.alive else _report(False, health.why)

    def _healthz(self) -> Answer:
        health = self._host.health()
        return _report(health.alive, health.why)

    def _readyz(self) -> Answer:
        health = self._host.health()
        return _report(health.ready, health.why)


def _report(well: bool, why: tuple[str, ...]) -> Answer:
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return status, "".join(f"{line}\n" for line in (("ok" if well else "not ok"), *why)), http.PLAIN
