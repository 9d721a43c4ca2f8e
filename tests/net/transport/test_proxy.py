"""The PROXY protocol. Spec: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt"""

from __future__ import annotations

import contextlib
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.net.transport.proxy import MAX_V1, SIGNATURE_V2, Header, ProxyError, parse


def v2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE_V2 + struct.pack("!BBH", command, family, len(body)) + body


def v4(source: str) -> bytes:
    return socket.inet_aton(source) + socket.inet_aton("192.0.2.9") + struct.pack("!HH", 56324, 6697)


def v6(source: str) -> bytes:
    ends = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    return b"".join(ends) + struct.pack("!HH", 56324, 6697)


SSL_VALUE = struct.pack("!BHBI", 0x20, 5, 0x01, 0)
PLAIN_VALUE = struct.pack("!BHBI", 0x20, 5, 0x00, 0)
OTHER_VALUE = struct.pack("!BH", 0x04, 3) + b"noo"

GOOD = [
    (b"PROXY TCP4 192.0.2.1 192.0.2.9 56324 6697\r\n", Header("192.0.2.1")),
    (b"PROXY TCP6 2001:db8::1 2001:db8::9 56324 6697\r\n", Header("2001:db8::1")),
    (b"PROXY UNKNOWN\r\n", Header()),
    (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", Header()),
    (v2(0x21, 0x11, v4("192.0.2.1")), Header("192.0.2.1")),
    (v2(0x21, 0x21, v6("2001:db8::1")), Header("2001:db8::1")),
    (v2(0x20, 0x00, b""), Header()),
    (v2(0x20, 0x11, v4("192.0.2.1")), Header()),  # LOCAL: "must discard the protocol block"
    (v2(0x21, 0x00, b""), Header()),
    (v2(0x21, 0x31, bytes(216)), Header()),
    (v2(0x21, 0x11, v4("192.0.2.1") + OTHER_VALUE + SSL_VALUE), Header("192.0.2.1", secure=True)),
    (v2(0x21, 0x11, v4("192.0.2.1") + PLAIN_VALUE), Header("192.0.2.1")),
    (v2(0x21, 0x11, v4("192.0.2.1") + SSL_VALUE[:3]), Header("192.0.2.1")),
]


@pytest.mark.smoke
@pytest.mark.parametrize(("data", "header"), GOOD)
def test_a_header_says_where_the_client_comes_from(data, header):
    assert parse(data + b"NICK a\r\n") == (header, b"NICK a\r\n")


@pytest.mark.parametrize(("data", "header"), GOOD)
def test_part_of_a_header_is_waited_for(data, header):
    assert all(parse(data[:size]) is None for size in range(len(data)))
    assert parse(data) == (header, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"NICK a\r\n",
        b"PROXY\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.9 56324\r\n",
        b"PROXY TCP4 nonsense 192.0.2.9 56324 6697\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::9 56324 6697\r\n",
        b"PROXY TCP9 192.0.2.1 192.0.2.9 56324 6697\r\n",
        b"PROXY " + b"x" * MAX_V1,
        v2(0x11, 0x11, v4("192.0.2.1")),
        v2(0x22, 0x11, v4("192.0.2.1")),
        v2(0x21, 0x11, b"short"),
        v2(0x21, 0x11, bytes(5000)),
    ],
)
def test_what_is_no_header_is_refused(data):
    with pytest.raises(ProxyError):
        parse(data)


@given(st.sampled_from([b"PROXY ", SIGNATURE_V2, b""]), st.binary(max_size=300))
def test_nothing_else_comes_of_any_bytes(start, rest):
    with contextlib.suppress(ProxyError):
        found = parse(start + rest)
        assert found is None or isinstance(found[0], Header)
