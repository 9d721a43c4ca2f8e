"""IP addresses as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.addresses import as_host, is_loopback, is_within, parse_address, split_place


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("0::1", "::1"),
        ("localhost", "None"),
        ("192.0.2.256", "None"),
        ("", "None"),
    ],
)
def test_addresses(text, address):
    assert str(parse_address(text)) == address


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("x", False),
    ],
)
def test_this_machine(text, loopback):
    assert is_loopback(text) is loopback


@pytest.mark.parametrize(
    ("text", "networks", "within"),
    [
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("11.1.2.3", ("10.0.0.0/8",), False),
        ("::ffff:10.1.2.3", ("10.0.0.0/8",), True),
        ("2001:db8::1", ("10.0.0.0/8", "2001:db8::/32"), True),
        ("10.1.2.3", ("10.1.2.3",), True),
        ("10.1.2.3", ("10.1.2.9/24",), True),
        ("10.1.2.3", (), False),
        ("localhost", ("127.0.0.1",), False),
        ("10.1.2.3", ("nonsense",), False),
    ],
)
def test_networks(text, networks, within):
    assert is_within(text, networks) is within


@pytest.mark.parametrize(
    ("text", "host"),
    [("::1", "0::1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("localhost", "localhost")],
)
def test_as_a_host_none_begins_with_a_colon(text, host):
    assert as_host(text) == host


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1:6697", ("192.0.2.1", 6697)),
        ("[::]:0", ("::", 0)),
        ("chat.example:65535", ("chat.example", 65535)),
        ("chat.example", None),
        ("chat.example:", None),
        (":6697", None),
        ("::1:6697", None),
        ("h:65536", None),
        ("h:99999999999999999999", None),
        ("h:²", None),
        ("h:006697", None),
    ],
)
def test_places(text, place):
    assert split_place(text) == place


@given(st.text(max_size=30))
def test_nothing_is_too_strange(text):
    parse_address(text)
    split_place(text)
    assert not as_host(text).startswith(":") or text.startswith(":")
