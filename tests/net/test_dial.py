"""A client's connections: TLS that is trusted or pinned, WebSocket, and sentences for what goes wrong."""

from __future__ import annotations

import socket

import pytest

from chatkit.net.connection import Connection
from chatkit.net.dial import Endpoint, Untrusted, connect
from chatkit.net.listener import Listener, listen_tcp
from chatkit.net.transport.policy import Policy
from chatkit.net.transport.reception import Peer, Reception
from chatkit.net.transport.tls_client import OwnCertificateError
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
    dialed = connect(endpoint, DEADLINE)
    service = Recorder()
    connection = Connection(dialed.sock, service, pipe=dialed.tunnel)
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
def test_every_way_leads_to_the_same_port(io, port, tls, path):
    assert echoed(io, Endpoint("127.0.0.1", port, tls, path, take_any=True)) == [b"hello"]


def test_what_the_system_trusts_needs_no_fingerprint(io, port, own_directory, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(own_directory / "certificate.pem"))
    assert echoed(io, Endpoint("127.0.0.1", port, True)) == [b"hello"]


@pytest.mark.smoke
def test_a_certificate_that_the_system_does_not_trust_is_refused(port):
    with pytest.raises(Untrusted, match="self-signed certificate"):
        connect(Endpoint("127.0.0.1", port, True), DEADLINE)


def test_whoever_takes_any_certificate_is_told_which_it_is_and_what_is_wrong_with_it(port, identity):
    dialed = connect(Endpoint("127.0.0.1", port, True, take_any=True), DEADLINE)
    dialed.sock.close()
    assert (dialed.fingerprint, dialed.doubt) == (identity.fingerprint, "self-signed certificate")


def test_a_certificate_that_the_system_trusts_raises_no_doubt(port, identity, own_directory, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(own_directory / "certificate.pem"))
    dialed = connect(Endpoint("127.0.0.1", port, True, take_any=True), DEADLINE)
    dialed.sock.close()
    assert (dialed.fingerprint, dialed.doubt) == (identity.fingerprint, "")


@pytest.mark.parametrize(("content", "words"), [(None, "can't be read"), ("nothing", "is no certificate with its key")])
def test_an_own_certificate_that_can_not_be_used_is_named(port, tmp_path, content, words):
    file = tmp_path / "me.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(OwnCertificateError, match=f"me.pem {words}"):
        connect(Endpoint("127.0.0.1", port, True, certificate=str(file)), DEADLINE)


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
