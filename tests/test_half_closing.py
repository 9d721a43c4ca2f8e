"""Peers that say all they have and close their side of the socket: gone for the others, they read to the end."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from chatkit.config import load_config
from chatkit.server import Server
from tests.sockets import DEADLINE, RawClient
from tests.tls import client_context, secure

Half = Callable[[bytes], list[bytes]]  # sends lines, closes its side, and returns all lines that come then
ASKS = 200  # each is answered by a hundred lines and more


@pytest.fixture
def server(tmp_path):
    options = {"port": 0, "data": str(tmp_path / "data"), "limits.commands_per_second": 0.0}
    found = Server(load_config(None, {}, options))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def dialed(server):
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as sock:
        sock.settimeout(DEADLINE)
        yield sock


@pytest.fixture(params=["plain", "tls", "websocket"])
def half(request, dialed, tmp_path) -> Half:
    return {"plain": by_lines, "tls": lambda sock: by_tls(sock, tmp_path / "data"), "websocket": by_websocket}[
        request.param
    ](dialed)


def by_lines(sock: socket.socket) -> Half:
    def say(lines: bytes) -> list[bytes]:
        sock.sendall(lines)
        socket.socket.shutdown(sock, socket.SHUT_WR)  # of TLS the socket alone: its own would forget the keys
        found = b""
        while data := sock.recv(65536):
            found += data
        return found.split(b"\r\n")[:-1]

    return say


def by_tls(sock: socket.socket, directory) -> Half:
    return by_lines(secure(sock, client_context(directory)))


def by_websocket(sock: socket.socket) -> Half:
    protocol = ClientProtocol(parse_uri("ws://localhost/"), max_size=None)
    protocol.send_request(protocol.connect())

    def say(lines: bytes) -> list[bytes]:
        sock.sendall(b"".join(protocol.data_to_send()))
        while not protocol.events_received():
            protocol.receive_data(sock.recv(1))
        for line in lines.split(b"\r\n")[:-1]:
            protocol.send_text(line)
        sock.sendall(b"".join(protocol.data_to_send()))
        sock.shutdown(socket.SHUT_WR)
        while data := sock.recv(65536):
            protocol.receive_data(data)
        frames = [event for event in protocol.events_received() if isinstance(event, Frame)]
        return [bytes(frame.data) for frame in frames if frame.opcode in (1, 2)]

    return say


def test_before_registration_the_server_hangs_up(server, half):
    half(b"NICK Bob\r\n")
    assert not server.act(lambda ircd, now: ircd.sessions)


@pytest.mark.parametrize("asks", [0, ASKS], ids=["idle", "queued"])
def test_the_others_see_it_leave_and_it_reads_to_the_end(server, half, asks):
    with RawClient(server.port) as alice:
        alice.register("Alice")
        heard = half(b"NICK Bob\r\nUSER u 0 * :u\r\n" + b"HELP INDEX\r\nVERSION\r\n" * asks + b"PING last\r\n")
        seen = alice.until(lambda line: " QUIT " in line)
    assert seen[-1].startswith(":Bob!")
    assert seen[-1].endswith(" QUIT :Connection closed")
    assert heard[-1].endswith(b" :last")
    assert sum(b" 351 " in line for line in heard) == asks
    assert not server.act(lambda ircd, now: [session for session in ircd.sessions if session.nick == "Bob"])
