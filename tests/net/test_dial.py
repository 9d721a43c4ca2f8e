"""A client's connections: TLS that is trusted or pinned, WebSocket, and sentences for what goes wrong."""

from __future__ import annotations

import socket

import pytest

from chatkit.net.connection import Connection
from chatkit.net.dial import Endpoint, Untrusted, connect
from chatkit.net.listener import Listener, listen_tcp
from chatkit.net.transport.policy import Policy
from chatkit.net.transport.reception import Peer, Reception
from tests.net.conftest import DEADLINE, Recorder, barrier


@pytest.fixture
def port(io, identity):
    """Where a server listens that echoes every line, and says hello before it is asked anything."""

    class Echo(Recorder):
        def on_tick(self, inputs):
            for item in inputs:
                for line in item.lines:
                    item.connection.put(line + b"\r\n")

    echo = Echo()

    def accept(sock: socket.socket, address: str) -> None:
        io.adopt(Connection(sock, echo, pipe=Reception(Policy(identity=identity), Peer(address))))

    sock = listen_tcp("127.0.0.1", 0)
    listener = Listener(sock, io, accept)
    listener.open()
    yield sock.getsockname()[1]
    listener.close()
    barrier(io)


def echoed(io, endpoint: Endpoint) -> list[bytes]:
    """What comes back for a line."""
    sock, tunnel = connect(endpoint, DEADLINE)
    service = Recorder()
    connection = Connection(sock, service, pipe=tunnel)
    io.adopt(connection)
    connection.put(b"hello\r\n")
    io.wake()
    service.wait_until(service.lines)
    connection.close()
    io.wake()
    return service.lines()


@pytest.mark.smoke
@pytest.mark.parametrize("path", [None, "/", "/chat?x=1"])
@pytest.mark.parametrize("tls", [False, True])
def test_every_way_leads_to_the_same_port(io, port, identity, tls, path):
    endpoint = Endpoint("127.0.0.1", port, tls, path, identity.fingerprint if tls else "")
    assert echoed(io, endpoint) == [b"hello"]


def test_what_the_system_trusts_needs_no_fingerprint(io, port, own_directory, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(own_directory / "certificate.pem"))
    assert echoed(io, Endpoint("127.0.0.1", port, True)) == [b"hello"]


@pytest.mark.smoke
def test_a_certificate_that_is_not_trusted_is_named_and_how_to_pin_it_said(port, identity):
    with pytest.raises(Untrusted) as caught:
        connect(Endpoint("127.0.0.1", port, True), DEADLINE)
    assert str(caught.value) == (
        "this computer does not trust its certificate (self-signed certificate). "
        f"To trust it, join with --fingerprint {identity.fingerprint}"
    )


def test_another_certificate_than_the_pinned_one_is_refused(port, identity):
    with pytest.raises(Untrusted, match=f"has the fingerprint {identity.fingerprint}, not the one that was given"):
        connect(Endpoint("127.0.0.1", port, True, fingerprint="0" * 64), DEADLINE)


@pytest.mark.parametrize(
    ("said", "endpoint", "reason"),
    [
        (b"NOTICE * :hello\r\n", {"tls": True}, "TLS error: wrong version number"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", {"websocket_path": "/"}, "no WebSocket there"),
        (b"", {"tls": True}, "it ended the connection during the handshake"),
        (b"", {"websocket_path": "/"}, "it ended the connection during the handshake"),
    ],
)
def test_a_server_that_speaks_something_else_is_an_error(io, said, endpoint, reason):
    peers = []

    def accept(sock: socket.socket, address: str) -> None:
        connection = Connection(sock, Recorder())
        connection.put(said)
        connection.close()
        io.adopt(connection)
        peers.append(connection)

    sock = listen_tcp("127.0.0.1", 0)
    listener = Listener(sock, io, accept)
    listener.open()
    with pytest.raises(ConnectionError, match=reason):
        connect(Endpoint("127.0.0.1", sock.getsockname()[1], **endpoint), DEADLINE)
    listener.close()
    barrier(io)


def test_a_server_that_says_nothing_is_given_up():
    with listen_tcp("127.0.0.1", 0) as sock, pytest.raises(TimeoutError):
        connect(Endpoint("127.0.0.1", sock.getsockname()[1], True), 0.05)
