"""What a connection's bytes go through on their way from the socket to the lines, and back."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Secured(msgspec.Struct, frozen=True):
    """Nobody on the way can read along. ``certfp`` is the SHA-256 of the client's certificate, in hexadecimal."""

    certfp: str | None = None


class Readdressed(msgspec.Struct, frozen=True):
    """A proxy that is trusted says that the client comes from ``address``."""

    address: str


Fact = Secured | Readdressed


class Filter(Protocol):
    """One protocol's state for one connection. Everything belongs to the I/O thread that owns the connection."""

    @property
    def ready(self) -> bool:
        """Whether data may be sent: the handshake is done."""

    @property
    def ended(self) -> str | None:
        """Why the peer's stream is over, or None. What it is still to be told waits in ``send``."""

    def receive(self, data: bytes) -> bytes:
        """What the peer means by the bytes ``data``."""

    def send(self, data: bytes) -> bytes:
        """What the peer is to be sent for ``data``, after what the protocol itself has to say.

        ``data`` is whole lines where the filter is the innermost, and nothing until it is ``ready``.
        """

    def finish(self) -> bytes:
        """The protocol's last words; nothing may be sent after them."""


class Pipe(Filter, Protocol):
    """What lies between a socket and its lines, until it turns out that there is nothing."""

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing: the bytes are the lines."""

    @property
    def waiting(self) -> bool:
        """Whether a handshake has begun and is not done."""

    def take_facts(self) -> tuple[Fact, ...]:
        """What has become known of the peer since the last call."""


class Stack:
    """Filters on top of each other, the one next to the socket first. Itself a filter."""

    def __init__(self, *filters: Filter) -> None:
        self.filters = list(filters)

    @property
    def ready(self) -> bool:
        return all(item.ready for item in self.filters)

    @property
    def ended(self) -> str | None:
        return next((item.ended for item in self.filters if item.ended is not None), None)

    def receive(self, data: bytes) -> bytes:
        for item in self.filters:
            data = item.receive(data)
        return data

    def send(self, data: bytes) -> bytes:
        for item in reversed(self.filters):
            data = item.send(data)
        return data

    def finish(self) -> bytes:
        data = b""
        for item in reversed(self.filters):
            data = item.send(data) + item.finish()
        return data
