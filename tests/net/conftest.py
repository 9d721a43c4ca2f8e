"""An I/O thread, a service that keeps what it is told, and connections over socket pairs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatkit.net.connection import Connection, Input
from chatkit.net.io_thread import IOThread
from chatkit.net.transport.identity import Identity
from tests.tls import make_identity

DEADLINE = 20.0  # seconds: nothing waits for it but a failure


class Recorder:
    """A service that keeps its ticks."""

    def __init__(self) -> None:
        self.ticks: list[list[Input]] = []
        self._changed = threading.Condition()

    def on_tick(self, inputs: list[Input]) -> None:
        with self._changed:
            self.ticks.append(list(inputs))
            self._changed.notify_all()

    def lines(self, connection: Connection | None = None) -> list[bytes]:
        return [line for item in self._of(connection) for line in item.lines]

    def closed(self, connection: Connection | None = None) -> list[str]:
        """The reasons it was given for connections that ended."""
        return [item.closed for item in self._of(connection) if item.closed is not None]

    def _of(self, connection: Connection | None) -> list[Input]:
        return [item for tick in self.ticks for item in tick if connection is None or item.connection is connection]

    def wait_until(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, DEADLINE), self.ticks


def barrier(io: IOThread) -> None:
    """Wait until the thread has done what it was asked so far, and a whole tick after it."""
    for _ in range(2):
        passed = threading.Event()
        io.call(passed.set)
        assert passed.wait(DEADLINE)


@pytest.fixture
def io() -> Iterator[IOThread]:
    thread = IOThread("test-io")
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def service() -> Recorder:
    return Recorder()


@pytest.fixture
def connect(io, service):
    """A connection that the I/O thread serves, and the other end of its socket."""
    peers = []

    def make(**options) -> tuple[Connection, socket.socket]:
        near, far = socket.socketpair()
        far.settimeout(DEADLINE)
        peers.append(far)
        connection = Connection(near, options.pop("service", service), **options)
        io.adopt(connection)
        return connection, far

    yield make
    for peer in peers:
        peer.close()


@pytest.fixture(scope="session")
def own_directory(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def identity(own_directory) -> Identity:
    """The server's certificate, made by itself in ``own_directory``."""
    return make_identity(own_directory)


@pytest.fixture(scope="session")
def client_directory(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="session")
def client_identity(client_directory) -> Identity:
    """A client's certificate, in ``client_directory``."""
    return make_identity(client_directory, "alice")


def read_all(peer: socket.socket) -> bytes:
    """Everything up to the end of the stream."""
    found = bytearray()
    while data := peer.recv(65536):
        found += data
    return bytes(found)


def read_exactly(peer: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        data = peer.recv(size - len(found))
        assert data, f"the stream ended after {len(found)} bytes"
        found += data
    return bytes(found)
