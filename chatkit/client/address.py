"""Where a server is: ``host``, ``host:port``, ``[v6]:port``, ``irc://host:port/room``."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 55555
_NOT_YET = {
    "ircs": "encrypted connections (ircs://)",
    "ws": "WebSocket connections (ws://)",
    "wss": "WebSocket connections (wss://)",
}


class AddressError(ValueError):
    """What is wrong with an address, as a sentence for the one who typed it."""


class Address(msgspec.Struct, frozen=True):
    """A server's host and port, and the room that a link names."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    room: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


DEFAULT_ADDRESS = Address()


def parse_address(text: str) -> Address:
    """Raises AddressError."""
    scheme, separator, rest = text.strip().rpartition("://")
    if separator:
        _check_scheme(scheme.lower())
    place, _, path = rest.partition("/")
    host, port = _split_port(place)
    if not host or any(char.isspace() for char in host):
        raise AddressError(f"'{text}' is not an address: write host, host:port or irc://host:port/room")
    return Address(host, _parse_port(port), _room(path) if separator else "")


def _check_scheme(scheme: str) -> None:
    if scheme in _NOT_YET:
        raise AddressError(f"This version cannot speak {_NOT_YET[scheme]} yet; use irc://host:port")
    if scheme != "irc":
        raise AddressError(f"'{scheme}://' is not a chat address; use irc://host:port")


def _split_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, bracket, port = place[1:].partition("]")
        if not bracket or (port and port[0] != ":"):
            raise AddressError(f"'{place}' is not an address: an IPv6 address is written as [::1]:{DEFAULT_PORT}")
        return host, port[1:]
    if place.count(":") > 1:  # a bare IPv6 address
        return place, ""
    host, _, port = place.partition(":")
    return host, port


def _parse_port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    port = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 0 < port < 65536:
        raise AddressError(f"'{text}' is not a port: ports are numbers from 1 to 65535")
    return port


def _room(path: str) -> str:
    room = unquote(path.split("?")[0].split(",")[0])
    return room if not room or room[0] in "#&" else "#" + room
