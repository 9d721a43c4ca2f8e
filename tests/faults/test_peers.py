"""Peers that behave as badly as peers do: they cost themselves something, and nobody else."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest

from chatkit.net.transport.identity import CERTIFICATE_NAME
from tests.faults.judge import FAITHFUL, judge, stored_in
from tests.faults.machine import reset, sockets
from tests.faults.people import CALM, Bystander
from tests.faults.scope import note, size
from tests.processes import ServerProcess
from tests.sockets import DEADLINE, RawClient
from tests.tls import client_context

BAD_PEERS = size(3, 100)  # of each kind
HANDSHAKE_SECONDS = 1.0
TRICKLE_SECONDS = 0.1  # between two bytes
CROWD = size(200, 2000)  # that connect at once
LONGEST_WAIT = 1.0  # seconds that a bystander waits for an echo, whatever happens
PROXY = """
[proxies]
trusted = ["127.0.0.1"]
[[listeners]]
address = "unix:{path}"
proxy = true
"""


@pytest.fixture
def server(start, tmp_path, monkeypatch) -> ServerProcess:
    """With a socket for proxies in ``tmp_path``."""
    monkeypatch.setenv("CHATKIT_LIMITS_HANDSHAKE_SECONDS", str(HANDSHAKE_SECONDS))
    monkeypatch.setenv("CHATKIT_LIMITS_REGISTRATION_SECONDS", "2")
    monkeypatch.setenv("CHATKIT_LIMITS_SENDQ_BYTES", "65536")
    # Without any flood control whoever sends 10,000 commands at once has them all answered at once.
    monkeypatch.setenv("CHATKIT_LIMITS_COMMANDS_PER_SECOND", "100")  # a bystander says 50
    settings = tmp_path / "chatkit.toml"
    settings.write_text(PROXY.format(path=tmp_path / "proxied"))
    return start("--config", str(settings))


Peer = Callable[[socket.socket], None]


def stops_before_anything(sock: socket.socket) -> None:
    """Connects, and that is all."""


def stops_reading(sock: socket.socket) -> None:
    """Asks for more than it may leave lying, and never reads it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.sendall(b"NICK n%d\r\nUSER u 0 * :u\r\n" % sock.getsockname()[1])
    with contextlib.suppress(OSError):  # it is dropped in the end
        for _ in range(200):
            sock.sendall(b"HELP\r\n" * 100)


def sends_half_a_line(sock: socket.socket) -> None:
    sock.sendall(b"NICK some")


def closes_one_half(sock: socket.socket) -> None:
    sock.sendall(b"NICK n%d\r\nUSER u 0 * :u\r\n" % sock.getsockname()[1])
    sock.shutdown(socket.SHUT_WR)


def resets(sock: socket.socket) -> None:
    sock.sendall(b"NICK n%d\r\nUSER u 0 * :u\r\nJOIN %b\r\n" % (sock.getsockname()[1], CALM.encode()))
    reset(sock)


def stops_after_its_hello(sock: socket.socket) -> None:
    """Sends a whole ClientHello, and never answers what the server says to it."""
    sock.sendall(_client_hello())


def stops_within_its_hello(sock: socket.socket) -> None:
    sock.sendall(_client_hello()[:60])


def breaks_its_hello(sock: socket.socket) -> None:
    hello = _client_hello()
    sock.sendall(hello[:5] + bytes(len(hello) - 5))


def stops_within_a_request(sock: socket.socket) -> None:
    sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso")


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def stops_within_a_proxy_header(sock: socket.socket) -> None:
    sock.sendall(b"PROXY TCP4 192.0.2.1 192.0.")


def stops_within_a_binary_proxy_header(sock: socket.socket) -> None:
    sock.sendall(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0")


PEERS: tuple[Peer, ...] = (
    stops_before_anything,
    stops_reading,
    sends_half_a_line,
    closes_one_half,
    resets,
    stops_after_its_hello,
    stops_within_its_hello,
    breaks_its_hello,
    stops_within_a_request,
)
PROXIED: tuple[Peer, ...] = (stops_within_a_proxy_header, stops_within_a_binary_proxy_header)


def test_peers_that_stop_or_break_off_are_dropped_and_hold_up_nobody(server, data, tmp_path):
    with Bystander(server.port) as bystander:
        bystander.goes_on()
        before = sockets(server)
        with contextlib.ExitStack() as stack:
            for peer in PEERS * BAD_PEERS:
                peer(stack.enter_context(socket.create_connection(("127.0.0.1", server.port), DEADLINE)))
            for peer in PROXIED * BAD_PEERS:
                sock = stack.enter_context(socket.socket(socket.AF_UNIX))
                sock.connect(str(tmp_path / "proxied"))
                peer(sock)
            bystander.goes_on()
            deadline = time.monotonic() + DEADLINE
            while sockets(server) > before:
                assert time.monotonic() < deadline, f"{sockets(server) - before} were not dropped"
                bystander.goes_on(1)
        bystander.goes_on()
    assert server.stop() == 0
    verdict = judge([bystander.seen], stored_in(data, CALM))
    injected = (len(PEERS) + len(PROXIED)) * BAD_PEERS
    note("bad peers", injected=injected, longest_wait=bystander.longest, seen=len(bystander.seen), **verdict._asdict())
    assert verdict == FAITHFUL
    assert bystander.longest < LONGEST_WAIT
    assert not [line for line in server.lines if "Traceback" in line or "unexpected" in line]


def test_peers_that_trickle_are_served_byte_by_byte(start):
    server = start()
    lines = b"NICK t%d\r\nUSER u 0 * :u\r\n"
    with Bystander(server.port) as bystander, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(RawClient(server.port)) for _ in range(BAD_PEERS)]
        for place in range(len(lines)):
            for number, client in enumerate(clients):
                client.sock.sendall((lines % number)[place : place + 1])
            bystander.goes_on(1)
        for client in clients:
            assert any(" 001 " in line for line in client.sync())
    assert bystander.longest < LONGEST_WAIT


# All at once.


class Crowd:
    """Many who connect at once, register and go into the same room: non-blocking, in one thread."""

    HELLO = "NICK c{0}\r\nUSER u 0 * :u\r\nJOIN #crowd\r\nPING in\r\n"

    def __init__(self, port: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._tails: dict[socket.socket, bytes] = {}
        self.sockets: list[socket.socket] = []
        self.inside = 0
        for number in range(count):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
            self.sockets.append(sock)
            self._selector.register(sock, selectors.EVENT_WRITE, self.HELLO.format(number).encode())

    def come_in(self, seconds: float) -> None:
        """Until everybody has the answer to their PING."""
        deadline = time.monotonic() + seconds
        while self.inside < len(self.sockets):
            assert time.monotonic() < deadline, f"only {self.inside} of {len(self.sockets)} are in"
            for key, _ in self._selector.select(1):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if key.data is None:
                    self._read(sock)
                else:
                    sock.send(key.data)
                    self._selector.modify(sock, selectors.EVENT_READ)

    def _read(self, sock: socket.socket) -> None:
        data = sock.recv(1 << 18)
        assert data, "somebody was turned away"
        seen = self._tails.get(sock, b"") + data
        self._tails[sock] = seen[-20:]
        if b" PONG " in seen and b" :in\r\n" in seen and self._tails[sock] is not None:
            self.inside += 1
            self._selector.unregister(sock)

    def close(self) -> None:
        self._selector.close()
        for sock in self.sockets:
            sock.close()


@pytest.mark.timeout(240)
def test_a_whole_crowd_that_comes_back_at_once_is_in_soon_and_nobody_waits_for_it(start, data):
    server = start()
    with Bystander(server.port) as bystander:
        bystander.goes_on()
        took = []
        for _ in range(2):  # they come, are cut off, and come back
            began = time.monotonic()
            with contextlib.closing(Crowd(server.port, CROWD)) as crowd:
                crowd.come_in(60)
                took.append(time.monotonic() - began)
        bystander.goes_on()
    assert server.stop() == 0
    verdict = judge([bystander.seen], stored_in(data, CALM))
    note("reconnect", injected=CROWD, seconds=max(took), longest_wait=bystander.longest, **verdict._asdict())
    assert verdict == FAITHFUL
    assert bystander.longest < LONGEST_WAIT


def test_handshakes_of_a_crowd_hold_up_nobody(start, data):
    """A TLS handshake is what costs a server most of all that a stranger can ask for."""
    server = start()
    context = client_context(data)
    over = threading.Event()

    def knock() -> None:
        while not over.is_set():
            with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as sock:
                context.wrap_socket(sock, server_hostname="localhost").close()

    threads = [threading.Thread(target=knock) for _ in range(4)]
    with Bystander(server.port) as bystander:
        assert (data / CERTIFICATE_NAME).exists()
        for thread in threads:
            thread.start()
        bystander.goes_on(40)
        over.set()
        for thread in threads:
            thread.join()
    assert bystander.longest < LONGEST_WAIT
