"""Peers without sockets."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.tls import client_context


class TlsPeer:
    """A client of TLS by the standard library, from bytes to bytes."""

    def __init__(self, context: ssl.SSLContext, name: str = "localhost") -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = context.wrap_bio(self._in, self._out, server_hostname=name)
        self.ready = False

    def hears(self, data: bytes) -> bytes:
        """What it understands of ``data``."""
        self._in.write(data)
        found = b""
        try:
            if not self.ready:
                self.ssl.do_handshake()
                self.ready = True
            while piece := self.ssl.read(1 << 14):
                found += piece
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        return found

    def says(self, data: bytes = b"") -> bytes:
        """Its bytes on the wire for ``data``."""
        if data:
            self.ssl.write(data)
        return self._out.read()


@pytest.fixture
def tls_peer(own_directory):
    """Make a client that trusts the server's certificate, and shows the one in the directory ``own``."""

    def make(own: Path | None = None, version: ssl.TLSVersion | None = None) -> TlsPeer:
        context = client_context(own_directory, own)
        if version is not None:
            context.maximum_version = version
        return TlsPeer(context)

    return make


def shake_hands(peer: TlsPeer, server) -> bytes:
    """Carry bytes between the two until nobody has more to say. Returns what the server's side understood."""
    understood, heard = b"", b""
    peer.hears(b"")
    while said := peer.says():
        understood += server.receive(said)
        heard += peer.hears(server.send(b""))
    assert heard == b""
    return understood
