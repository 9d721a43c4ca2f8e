"""Connecting to a server."""

from __future__ import annotations

import socket
import time

import msgspec

from chatkit.net.transport.filter import Fact, Filter, Stack

RECV_SIZE = 65536


class Untrusted(Exception):
    """The system does not trust the server's certificate. The text says why."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a server is, and what to speak with it."""

    host: str
    port: int
    tls: bool = False
    websocket_path: str | None = None  # None: no WebSocket
    certificate: str = ""  # a file with the certificate to show, and its key
    take_any: bool = False  # whether to go on with a certificate that the system does not trust


class Dialed(msgspec.Struct, frozen=True):
    """A connection that is there."""

    sock: socket.socket
    tunnel: Tunnel | None = None  # None where nothing lies between the socket and the lines
    fingerprint: str = ""  # SHA-256 of the server's certificate, in hexadecimal; empty: it showed none
    doubt: str = ""  # why the system does not trust it


class Tunnel(Stack):
    """What a client's connection goes through, every handshake done. ``early`` are lines that came with the last."""

    is_plain = False
    waiting = False

    def __init__(self, *filters: Filter, early: bytes) -> None:
        super().__init__(*filters)
        self._early = early

    def receive(self, data: bytes) -> bytes:
        early, self._early = self._early, b""
        return early + super().receive(data)

    def take_facts(self) -> tuple[Fact, ...]:
        return ()


def dial(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to ``host``, by name or address. Blocks for up to ``timeout`` seconds an address. Raises OSError."""
    sock = socket.create_connection((host, port), timeout)
    sock.setblocking(False)
    return sock


def connect(endpoint: Endpoint, timeout: float) -> Dialed:
    """Connect, and do what handshakes there are. Blocks, for up to ``timeout`` seconds an address and as long again for
    the handshakes. Raises OSError and Untrusted.

    Certificates are always checked. Only where that fails, and the endpoint takes any, there is another connection that
    goes on without: what nobody vouches for is then for the caller to judge.
    """
    try:
        return _connect(endpoint, timeout)
    except Untrusted as error:
        if not endpoint.take_any:
            raise
        return _connect(endpoint, timeout, doubt=str(error))


def _connect(endpoint: Endpoint, timeout: float, doubt: str = "") -> Dialed:
    sock = dial(endpoint.host, endpoint.port, timeout)
    try:
        return _dig(sock, endpoint, time.monotonic() + timeout, doubt)
    except BaseException:
        sock.close()
        raise


def _dig(sock: socket.socket, endpoint: Endpoint, deadline: float, doubt: str) -> Dialed:
    if not endpoint.tls and endpoint.websocket_path is None:
        return Dialed(sock)
    stack, early, fingerprint = Stack(), b"", ""
    if endpoint.tls:
        fingerprint = _secure(sock, stack, endpoint, deadline, verify=not doubt)
    if endpoint.websocket_path is not None:
        from chatkit.net.transport.websocket_client import ClientWebSocket  # late: most do without

        stack.filters.append(ClientWebSocket(_url(endpoint)))
        early = _shake_hands(sock, stack, deadline)
    sock.setblocking(False)
    return Dialed(sock, Tunnel(*stack.filters, early=early), fingerprint, doubt)


def _url(endpoint: Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{'wss' if endpoint.tls else 'ws'}://{host}:{endpoint.port}{endpoint.websocket_path or '/'}"


def _secure(sock: socket.socket, stack: Stack, endpoint: Endpoint, deadline: float, *, verify: bool) -> str:
    """Put TLS on. Returns the fingerprint of the server's certificate."""
    from chatkit.net.transport.tls_client import ClientTls  # late, as above

    tls = ClientTls(endpoint.host, verify=verify, certificate=endpoint.certificate)
    stack.filters.append(tls)
    try:
        _shake_hands(sock, stack, deadline)
    except OSError:
        if tls.untrusted is None:
            raise
        raise Untrusted(tls.untrusted) from None
    return tls.fingerprint


def _shake_hands(sock: socket.socket, stack: Stack, deadline: float) -> bytes:
    """Send and receive until ``stack`` is ready. Returns what has come after that. Raises OSError."""
    early = b""
    while True:
        sock.settimeout(max(deadline - time.monotonic(), 0.001))
        sock.sendall(stack.send(b""))
        if stack.ended is not None:
            raise ConnectionError(stack.ended)
        if stack.ready:
            return early
        data = sock.recv(RECV_SIZE)
        if not data:
            raise ConnectionError("it ended the connection during the handshake")
        early += stack.receive(data)
