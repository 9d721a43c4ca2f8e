"""Connecting to a server."""

from __future__ import annotations

import socket


def dial(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to ``host``, by name or address. Blocks for up to ``timeout`` seconds an address. Raises OSError."""
    sock = socket.create_connection((host, port), timeout)
    sock.setblocking(False)
    return sock
