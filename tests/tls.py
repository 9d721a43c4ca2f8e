"""Certificates for tests, and sockets that use them."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import msgspec

from chatkit.config import Config
from chatkit.net.transport.identity import CERTIFICATE_NAME, KEY_NAME, Identity, load_identity
from tests.sockets import DEADLINE


def make_identity(directory: Path, name: str = "chat.test") -> Identity:
    """A certificate of one's own in ``directory``, as a server makes it on its first start."""
    found = load_identity(msgspec.convert({"data": str(directory), "name": name}, Config))
    assert found is not None
    return found


def client_context(trusted: Path, own: Path | None = None) -> ssl.SSLContext:
    """For a client that trusts the certificate in the directory ``trusted``, and shows the one in ``own``."""
    context = ssl.create_default_context(cafile=trusted / CERTIFICATE_NAME)
    if own is not None:
        context.load_cert_chain(own / CERTIFICATE_NAME, own / KEY_NAME)
    return context


def secure(sock: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """TLS over ``sock``, the handshake done."""
    sock.settimeout(DEADLINE)
    return context.wrap_socket(sock, server_hostname="localhost")
