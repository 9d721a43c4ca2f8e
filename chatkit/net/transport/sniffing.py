"""Which protocol a connection speaks, told by its first bytes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from chatkit.net.transport.proxy import SIGNATURE_V1, SIGNATURE_V2


class Opening(Enum):
    """How a connection can begin."""

    PROXY = auto()
    TLS = auto()
    HTTP = auto()
    LINES = auto()


# Every method of HTTP, not only GET: a web page can make a browser POST lines of IRC to any port.
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")

_FIRST_BYTES: dict[Opening, tuple[bytes, ...]] = {
    Opening.PROXY: (SIGNATURE_V1, SIGNATURE_V2),
    Opening.TLS: (b"\x16\x03",),
    Opening.HTTP: tuple(f"{method} ".encode() for method in _METHODS),
}


def sniff(data: bytes, expected: Iterable[Opening]) -> Opening | None:
    """Which of ``expected`` the bytes ``data`` begin, LINES if it is no other; None as long as that is open."""
    undecided = False
    for opening in expected:
        for first in _FIRST_BYTES.get(opening, ()):
            if data.startswith(first):
                return opening
            undecided = undecided or first.startswith(data)
    return None if undecided else Opening.LINES
