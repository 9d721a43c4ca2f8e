"""Where a server is: ``host``, ``host:port``, ``[v6]:port``, ``irc://host:port/room``, ``wss://host/path``.

Without a scheme TLS is tried first; ``irc://`` is in the clear and ``ircs://`` encrypted, come what may.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec

from chatkit.proto import addresses

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 55555
PORTS = {
    "auto": DEFAULT_PORT,
    "irc": DEFAULT_PORT,
    "ircs": DEFAULT_PORT,
    "ws": 80,
    "wss": 443,
}  # by scheme; ws and wss as in every URL
ENCRYPTED = ("ircs", "wss")
WEBSOCKET = ("ws", "wss")
PRIVATE_ENDINGS = (".local", ".localdomain", ".lan", ".home", ".internal", ".intranet", ".home.arpa", ".test")


class AddressError(ValueError):
    """What is wrong with an address, as a sentence for the one who typed it."""


class Address(msgspec.Struct, frozen=True):
    """A server's host and port, the room that a link names, and how to reach it."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    room: str = ""
    scheme: str = "auto"
    path: str = ""  # of a WebSocket
    fingerprint: str = ""  # SHA-256 of the certificate that it must show; not a part of what is written
    any_port: bool = False  # whether it is a name of the Internet without a port: the usual ones are tried

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = host if self.any_port else f"{host}:{self.port}{self.path}"
        return place if self.scheme == "auto" else f"{self.scheme}://{place}"


DEFAULT_ADDRESS = Address()


def parse_address(text: str) -> Address:
    """Raises AddressError."""
    before, separator, rest = text.strip().partition("://")
    scheme = before.lower() if separator else "auto"
    if scheme not in PORTS or (separator and scheme == "auto"):
        raise AddressError(f"'{before}://' is not a chat address; use irc://, ircs://, ws:// or wss://")
    place, slash, path = (rest if separator else before).partition("/")
    host, port = _split_port(place)
    if not host or any(char.isspace() for char in host):
        raise AddressError(f"'{text}' is not an address: write host, host:port or irc://host:port/room")
    number = _parse_port(port, PORTS[scheme])
    if scheme in WEBSOCKET:
        return Address(host, number, scheme=scheme, path=_check_path(slash + path))
    any_port = scheme not in WEBSOCKET and not port and is_public_name(host)
    return Address(host, number, _room(path) if separator else "", scheme, any_port=any_port)


def pin(address: Address, fingerprint: str) -> Address:
    """``address`` with the one certificate that it must show: SHA-256 in hexadecimal, with colons, blanks or neither;
    nothing for none.

    Raises AddressError.
    """
    found = fingerprint.replace(":", "").replace(" ", "").lower()
    if found and re.fullmatch("[0-9a-f]{64}", found) is None:
        raise AddressError(f"'{fingerprint}' is not a fingerprint: it has 64 hexadecimal digits (SHA-256)")
    if found and address.scheme not in ("auto", *ENCRYPTED):
        place = str(address).partition("://")[2]
        raise AddressError(f"A fingerprint needs an encrypted connection: write ircs://{place} or wss://{place}")
    return msgspec.structs.replace(address, fingerprint=found)


def is_public_name(host: str) -> bool:
    """Whether ``host`` is a name of the whole Internet, as opposed to an address or a machine nearby."""
    name = host.lower().rstrip(".")
    return "." in name and addresses.parse_address(host) is None and not name.endswith(PRIVATE_ENDINGS)


def _check_path(path: str) -> str:
    if not path.isascii() or not path.isprintable() or " " in path:
        raise AddressError(f"'{path}' is not a path: what is not plain ASCII is written as %20 and the like")
    return path


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


def _parse_port(text: str, default: int) -> int:
    if not text:
        return default
    port = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 0 < port < 65536:
        raise AddressError(f"'{text}' is not a port: ports are numbers from 1 to 65535")
    return port


def _room(path: str) -> str:
    room = unquote(path.split("?")[0].split(",")[0])
    return room if not room or room[0] in "#&" else "#" + room
