"""One port speaks everything: what a new connection speaks is found out, allowed or refused in its own words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from chatkit.config import Config
from chatkit.net.transport.filter import Readdressed, Secured
from chatkit.net.transport.policy import Policy, make_policy
from chatkit.net.transport.reception import TLS_ALERT, Peer, Reception
from tests.net.transport.conftest import shake_hands

FAR = Peer("192.0.2.1")
NEAR = Peer("127.0.0.1")
LOCAL = Peer("localhost", local=True)


@pytest.fixture
def receive(identity):
    """A reception for a peer at a listener, with these settings."""

    def make(peer: Peer = FAR, listener: dict | None = None, tls: str = "auto", trusted: tuple = ()) -> Reception:
        config = msgspec.convert(
            {
                "name": "chat.test",
                "tls": {"mode": tls},
                "proxies": {"trusted": trusted},
                "listeners": [{"address": "0.0.0.0:0", **(listener or {})}],
            },
            Config,
        )
        return Reception(make_policy(config, None if tls == "off" else identity, config.listeners[0]), peer)

    return make


def web_request(headers: dict[str, str] | None = None) -> bytes:
    protocol = ClientProtocol(parse_uri("ws://chat.test/"), subprotocols=["text.ircv3.net"])
    request = protocol.connect()
    request.headers.update(headers or {})
    protocol.send_request(request)
    return b"".join(protocol.data_to_send())


NICK = b"NICK a\r\n"
MESSAGE = Frame(Opcode.TEXT, b"NICK a").serialize(mask=True)


@pytest.mark.smoke
def test_lines_are_let_through_as_they_are(receive):
    reception = receive()
    assert reception.receive(b"N") == b"N"
    assert reception.is_plain
    assert reception.send(b"PING :x\r\n") == b"PING :x\r\n"
    assert reception.take_facts() == ()


def test_what_may_still_be_something_else_is_kept(receive):
    reception = receive()
    assert reception.receive(b"G") == b""
    assert reception.waiting
    assert not reception.is_plain
    assert reception.receive(b"REET\r\n") == b"GREET\r\n"
    assert reception.is_plain
    assert not reception.waiting


def test_before_anything_has_come_lines_may_be_said(receive):
    assert receive().send(b"ERROR :bye\r\n") == b"ERROR :bye\r\n"
    assert not receive().waiting


@pytest.mark.smoke
def test_tls_is_told_by_its_first_bytes_and_the_certificate_known_before_the_first_line(
    receive, tls_peer, client_directory, client_identity
):
    reception, peer = receive(), tls_peer(client_directory)
    assert shake_hands(peer, reception) == b""
    assert reception.take_facts() == ()
    assert not reception.waiting
    assert reception.receive(peer.says(NICK)) == NICK
    assert reception.take_facts() == (Secured(client_identity.fingerprint),)
    assert not reception.is_plain


@pytest.mark.smoke
def test_a_websocket_is_one_inside_tls_as_well(receive, tls_peer):
    plain = receive()
    assert plain.receive(web_request() + MESSAGE) == b"NICK a\n"
    assert plain.take_facts() == ()
    encrypted, peer = receive(), tls_peer()
    shake_hands(peer, encrypted)
    assert encrypted.receive(peer.says(web_request() + MESSAGE)) == b"NICK a\n"
    assert encrypted.take_facts() == (Secured(None),)
    assert peer.hears(encrypted.send(b"PING x\r\n")).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("method", [b"POST", b"HEAD", b"OPTIONS"])
def test_no_web_page_can_make_a_browser_say_lines(receive, method):
    """A form can send anything to any port, but not without the words of HTTP before it."""
    reception = receive()
    assert reception.receive(method + b" / HTTP/1.1\r\nHost: x\r\n\r\n" + NICK) == b""
    assert reception.ended is not None
    assert reception.send(b"").startswith(b"HTTP/1.1 405 ")


STREAMS = [
    NICK * 3,
    b"GE",
    b"GREET\r\n",
    web_request() + MESSAGE * 2,
    b"\x16\x03\x01garbage",
    b"POST / HTTP/1.1\r\n\r\n",
]


@given(stream=st.sampled_from(STREAMS) | st.binary(max_size=60), sizes=st.lists(st.integers(1, 40)))
def test_any_split_of_any_stream_comes_to_the_same(identity, stream, sizes):
    def meaning(sizes: list[int]) -> tuple[bytes, str | None]:
        reception, rest, found = Reception(Policy(identity=identity), FAR), stream, b""
        while rest:
            size = sizes.pop() if sizes else len(rest)
            found += reception.receive(rest[:size])
            rest = rest[size:]
        return found, reception.ended

    assert meaning([*sizes]) == meaning([])


# tls.mode


@pytest.mark.smoke
def test_where_tls_is_required_plain_text_from_elsewhere_is_refused_with_a_sentence(receive, tls_peer):
    reception = receive(tls="required")
    assert reception.receive(NICK) == b""
    assert reception.ended is not None
    words = "This server is reached with encryption only: connect to this same port with TLS"
    assert reception.send(b"") == f"ERROR :Closing link: ({words})\r\n".encode()
    reception = receive(tls="required")
    assert reception.receive(web_request()) == b""
    answer = reception.send(b"").decode()
    assert answer.startswith("HTTP/1.1 403 ")
    assert words in answer
    encrypted, peer = receive(tls="required"), tls_peer()
    shake_hands(peer, encrypted)
    assert encrypted.receive(peer.says(NICK)) == NICK


@pytest.mark.parametrize("peer", [NEAR, LOCAL, Peer("::1"), Peer("::ffff:127.0.0.1")])
def test_where_tls_is_required_this_machine_may_do_without(receive, peer):
    assert receive(peer, tls="required").receive(NICK) == NICK


def test_where_tls_is_off_it_is_told_so_in_its_own_words(receive):
    reception = receive(tls="off")
    assert reception.receive(b"\x16\x03\x01\x02\x00\x01") == b""
    assert reception.send(b"") == TLS_ALERT
    assert reception.ended == "Refused: no TLS here"


# listeners.protocol


@pytest.mark.parametrize(
    ("protocol", "said", "answer"),
    [
        ("irc", NICK, None),
        ("irc", b"\x16\x03\x01", TLS_ALERT),
        ("irc", b"GET / HTTP/1.1\r\n", b"HTTP/1.1 403 "),
        ("tls", NICK, b"ERROR :Closing link: (This port is for TLS only)"),
        ("tls", b"GET / HTTP/1.1\r\n", b"HTTP/1.1 403 "),
        ("websocket", NICK, b"ERROR :Closing link: (This port is for WebSocket only)"),
        ("websocket", web_request(), None),
    ],
)
def test_a_listener_may_be_for_one_protocol(receive, protocol, said, answer):
    reception = receive(listener={"protocol": protocol})
    reception.receive(said)
    assert (reception.ended is None) is (answer is None)
    assert answer is None or reception.send(b"").startswith(answer)


def test_a_listener_for_websockets_takes_no_lines_inside_tls_either(receive, tls_peer):
    reception, peer = receive(listener={"protocol": "websocket"}), tls_peer()
    shake_hands(peer, reception)
    reception.receive(peer.says(NICK))
    assert peer.hears(reception.send(b"")).startswith(b"ERROR :")


# PROXY

HEADER = b"PROXY TCP4 198.51.100.7 192.0.2.9 56324 6697\r\n"


@pytest.mark.smoke
@pytest.mark.parametrize("required", [True, False])
def test_a_proxy_that_is_trusted_says_where_the_client_comes_from(receive, tls_peer, required):
    listener = {"proxy": required}
    reception = receive(NEAR, listener, trusted=("127.0.0.1",))
    assert reception.receive(HEADER + NICK) == NICK
    assert reception.take_facts() == (Readdressed("198.51.100.7"),)
    assert reception.is_plain
    reception, peer = receive(NEAR, listener, trusted=("127.0.0.1",)), tls_peer()
    assert reception.receive(HEADER) == b""
    shake_hands(peer, reception)
    assert reception.receive(peer.says(NICK)) == NICK
    assert reception.take_facts() == (Readdressed("198.51.100.7"), Secured(None))


def test_in_any_pieces(receive):
    reception = receive(NEAR, {"proxy": True}, trusted=("127.0.0.1",))
    assert b"".join(reception.receive(bytes([byte])) for byte in HEADER + NICK) == NICK
    assert reception.take_facts() == (Readdressed("198.51.100.7"),)


def test_from_others_the_header_is_a_line_as_any_other(receive):
    reception = receive(FAR, trusted=("127.0.0.1",))
    assert reception.receive(HEADER) == HEADER
    assert reception.take_facts() == ()


def test_a_header_that_is_required_must_come_and_from_a_proxy_that_is_trusted(receive):
    missing = receive(NEAR, {"proxy": True}, trusted=("127.0.0.1",))
    assert missing.receive(NICK) == b""
    assert missing.ended == "Refused: no PROXY header"
    stranger = receive(FAR, {"proxy": True}, trusted=("127.0.0.1",))
    assert stranger.receive(HEADER + NICK) == b""
    assert stranger.ended == "Refused: not a proxy that is trusted"
    assert stranger.send(b"") == b""


def test_a_second_header_is_no_header(receive):
    reception = receive(NEAR, {"proxy": True}, trusted=("127.0.0.1",))
    assert reception.receive(HEADER + HEADER) == HEADER


FORWARDED = {"X-Forwarded-For": "198.51.100.7"}
HTTPS = {**FORWARDED, "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("peer", "headers", "facts"),
    [
        (NEAR, FORWARDED, (Readdressed("198.51.100.7"),)),
        (NEAR, HTTPS, (Readdressed("198.51.100.7"), Secured())),
        (LOCAL, HTTPS, (Readdressed("198.51.100.7"), Secured())),
        (Peer("10.0.0.1"), HTTPS, (Readdressed("198.51.100.7"),)),  # readable between the proxy and us
        (FAR, HTTPS, ()),
    ],
)
def test_a_proxy_that_speaks_http_is_believed_where_it_is_trusted(receive, peer, headers, facts):
    reception = receive(peer, trusted=("127.0.0.1", "10.0.0.0/8"))
    reception.receive(web_request(headers))
    assert reception.take_facts() == facts


def test_what_a_client_says_of_itself_is_not_believed_because_a_proxy_passes_it_on(receive):
    """A proxy that only passes bytes on, with a PROXY header, has written no header of HTTP."""
    reception = receive(NEAR, trusted=("127.0.0.1",))
    reception.receive(HEADER + web_request({"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}))
    assert reception.take_facts() == (Readdressed("198.51.100.7"),)
    reception = receive(NEAR, trusted=("127.0.0.1", "198.51.100.7"))  # but of one proxy behind another
    reception.receive(HEADER + web_request({"X-Forwarded-For": "203.0.113.9"}))
    assert reception.take_facts() == (Readdressed("203.0.113.9"),)


def test_a_proxys_own_certificate_is_not_the_clients(receive, tls_peer, client_directory, client_identity):
    for headers, facts in ((FORWARDED, ()), (HTTPS, (Secured(None),))):
        reception, peer = receive(Peer("10.0.0.1"), trusted=("10.0.0.0/8",)), tls_peer(client_directory)
        shake_hands(peer, reception)
        reception.receive(peer.says(web_request(headers)))
        assert reception.take_facts() == (Readdressed("198.51.100.7"), *facts)
