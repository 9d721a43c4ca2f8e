"""Connecting to a server."""

from __future__ import annotations

import socket
import time

import msgspec

from chatkit.net.transport.filter import Fact, Filter, Stack
from chatkit.proto.addresses import is_loopback

RECV_SIZE = 65536


class Untrusted(Exception):
    """The server's certificate is not one to trust: a sentence that says why, and what to do."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a server is, and what to speak with it."""

    host: str
    port: int
    tls: bool = False
    websocket_path: str | None = None  # None: no WebSocket
    fingerprint: str = ""  # SHA-256 of the certificate that it must show; empty: one that the system trusts


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


def connect(endpoint: Endpoint, timeout: float) -> tuple[socket.socket, Tunnel | None]:
    """Connect, and do what handshakes there are; no tunnel where there are none. Blocks, for up to ``timeout`` seconds
    an address and as long again for the handshakes. Raises OSError and Untrusted."""
    sock = dial(endpoint.host, endpoint.port, timeout)
    try:
        return sock, _dig(sock, endpoint, time.monotonic() + timeout)
    except BaseException:
        sock.close()
        raise


def _dig(sock: socket.socket, endpoint: Endpoint, deadline: float) -> Tunnel | None:
    if not endpoint.tls and endpoint.websocket_path is None:
        return None
    stack, early = Stack(), b""
    if endpoint.tls:
        _secure(sock, stack, endpoint, deadline)
    if endpoint.websocket_path is not None:
        from chatkit.net.transport.websocket_client import ClientWebSocket  # late: most do without

        stack.filters.append(ClientWebSocket(_url(endpoint)))
        early = _shake_hands(sock, stack, deadline)
    sock.setblocking(False)
    return Tunnel(*stack.filters, early=early)


def _url(endpoint: Endpoint) -> str:
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{'wss' if endpoint.tls else 'ws'}://{host}:{endpoint.port}{endpoint.websocket_path or '/'}"


def _secure(sock: socket.socket, stack: Stack, endpoint: Endpoint, deadline: float) -> None:
    from chatkit.net.transport.tls_client import ClientTls  # late, as above

    tls = ClientTls(endpoint.host, verify=not endpoint.fingerprint)
    stack.filters.append(tls)
    try:
        _shake_hands(sock, stack, deadline)
    except OSError:
        if tls.untrusted is None:
            raise
        raise Untrusted(_how_to_trust(endpoint, tls.untrusted, deadline)) from None
    if endpoint.fingerprint and tls.fingerprint != endpoint.fingerprint:
        raise Untrusted(
            f"its certificate has the fingerprint {tls.fingerprint}, not the one that was given: "
            "either it has a new one, or somebody stands in between"
        )


def _how_to_trust(endpoint: Endpoint, why: str, deadline: float) -> str:
    # A refused certificate cannot be looked at, so there is another connection, which says nothing and only looks.
    from chatkit.net.transport.tls_client import ClientTls

    tls = ClientTls(endpoint.host, verify=False)
    with dial(endpoint.host, endpoint.port, max(deadline - time.monotonic(), 0.1)) as sock:
        _shake_hands(sock, Stack(tls), deadline)
    condition = "To trust it" if is_loopback(endpoint.host) else "If the server showed this fingerprint when it started"
    return (
        f"this computer does not trust its certificate ({why}). {condition}, join with --fingerprint {tls.fingerprint}"
    )


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
