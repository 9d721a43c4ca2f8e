"""The first bytes tell what a connection speaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.net.transport.sniffing import Opening, sniff

ALL = (Opening.PROXY, Opening.TLS, Opening.HTTP)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("data", "opening"),
    [
        (b"\x16\x03\x01\x02\x00", Opening.TLS),
        (b"\x16", None),
        (b"\x16\x04", Opening.LINES),
        (b"GET / HTTP/1.1\r\n", Opening.HTTP),
        (b"GE", None),
        (b"GET", None),
        (b"GET\r\n", Opening.LINES),
        (b"POST / HTTP/1.1\r\n", Opening.HTTP),
        (b"PROXY TCP4 ", Opening.PROXY),
        (b"\r\n\r\n\0\r\nQUIT\n", Opening.PROXY),
        (b"P", None),
        (b"PASS x\r\n", Opening.LINES),
        (b"PING x\r\n", Opening.LINES),
        (b"CAP LS 302\r\n", Opening.LINES),
        (b"NICK a\r\n", Opening.LINES),
        (b"get / http/1.1\r\n", Opening.LINES),
        (b"\0", Opening.LINES),
    ],
)
def test_what_begins_how(data, opening):
    assert sniff(data, ALL) is opening


def test_what_is_not_expected_is_lines():
    assert sniff(b"PROXY TCP4 ", (Opening.TLS, Opening.HTTP)) is Opening.LINES
    assert sniff(b"\x16\x03\x01", (Opening.HTTP,)) is Opening.LINES
    assert sniff(b"\r\n", (Opening.TLS, Opening.HTTP)) is Opening.LINES


@given(st.binary(min_size=12, max_size=40))
def test_twelve_bytes_are_always_enough(data):
    assert sniff(data, ALL) is not None
