"""The PROXY protocol, versions 1 and 2: a header in front of a connection, in which a proxy says whose it is.

Spec: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
"""

from __future__ import annotations

import struct
from ipaddress import ip_address

import msgspec

SIGNATURE_V1 = b"PROXY "
SIGNATURE_V2 = b"\r\n\r\n\0\r\nQUIT\n"

MAX_V1 = 107  # "a 107-byte buffer is always enough to store all the line"
MAX_V2 = 4096  # bytes after the fixed part: what proxies send is far below
_FIXED = struct.Struct("!12sBBH")  # signature, version and command, family, length of the rest
_LOCAL, _PROXY = 0x20, 0x21
_ADDRESS_SIZES = {0x1: 4, 0x2: 16}  # by address family: IPv4, IPv6
_PORTS_SIZE = 4
_SKIPPED_SIZES = {0x0: 0, 0x3: 216}  # unspecified, Unix: no address that tells anything
_TYPE_SSL = 0x20
_CLIENT_SSL = 0x01  # "the client connected over SSL/TLS"


class ProxyError(Exception):
    """What is wrong with a header, in a few words."""


class Header(msgspec.Struct, frozen=True):
    """What a proxy says. ``address`` is None where it speaks for itself, or does not know."""

    address: str | None = None
    secure: bool = False  # whether the client reached it over TLS


def parse(data: bytes) -> tuple[Header, bytes] | None:
    """The header at the start of ``data`` and what follows it, or None while it is not whole. Raises ProxyError."""
    if data.startswith(SIGNATURE_V2):
        return _parse_v2(data)
    if data.startswith(SIGNATURE_V1):
        return _parse_v1(data)
    if SIGNATURE_V1.startswith(data) or SIGNATURE_V2.startswith(data):
        return None
    raise ProxyError("no PROXY header")


def _parse_v1(data: bytes) -> tuple[Header, bytes] | None:
    # PROXY TCP4 192.0.2.1 192.0.2.9 56324 6697
    line, end, _ = data[:MAX_V1].partition(b"\r\n")
    if not end:
        if len(data) >= MAX_V1:
            raise ProxyError("a PROXY header that does not end")
        return None
    words = line.decode("ascii", "replace").split(" ")
    if words[1] == "UNKNOWN":
        return Header(), data[len(line) + 2 :]
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise ProxyError("a PROXY header that is none")
    return Header(_address(words[2], 4 if words[1] == "TCP4" else 6)), data[len(line) + 2 :]


def _address(text: str, version: int) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ProxyError("a PROXY header without an address") from None
    if address.version != version:
        raise ProxyError("a PROXY header with an address of the other family")
    return str(address)


def _parse_v2(data: bytes) -> tuple[Header, bytes] | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, size = _FIXED.unpack_from(data)
    if command not in (_LOCAL, _PROXY) or size > MAX_V2:
        raise ProxyError("a PROXY header of a kind that is not known")
    end = _FIXED.size + size
    if len(data) < end:
        return None
    body, rest = data[_FIXED.size : end], data[end:]
    return (Header() if command == _LOCAL else _read_body(family >> 4, body)), rest


def _read_body(family: int, body: bytes) -> Header:
    size = _ADDRESS_SIZES.get(family)
    if size is None:
        return Header(None, _says_tls(body[_SKIPPED_SIZES.get(family, len(body)) :]))
    taken = 2 * size + _PORTS_SIZE
    if len(body) < taken:
        raise ProxyError("a PROXY header that is cut off")
    return Header(str(ip_address(body[:size])), _says_tls(body[taken:]))


def _says_tls(values: bytes) -> bool:
    # A row of values: one byte of type, two of length.
    while len(values) >= 3:
        kind, size = struct.unpack_from("!BH", values)
        if kind == _TYPE_SSL and size >= 1:
            return bool(values[3] & _CLIENT_SSL) if len(values) > 3 else False
        values = values[3 + size :]
    return False
