"""IRC in WebSocket messages. Spec: https://ircv3.net/specs/extensions/websocket"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from chatkit.net.transport.proxy import Header
from chatkit.net.transport.websocket_client import ClientWebSocket
from chatkit.net.transport.websocket_server import MAX_HEAD, MAX_MESSAGE, ServerWebSocket

TEXT, BINARY = "text.ircv3.net", "binary.ircv3.net"


class Peer:
    """A browser, or something like it."""

    def __init__(self, *subprotocols: str, headers: dict[str, str] | None = None, url: str = "ws://chat.test/") -> None:
        self.protocol = ClientProtocol(parse_uri(url), subprotocols=list(subprotocols) or None)
        request = self.protocol.connect()
        request.headers.update(headers or {})
        self.protocol.send_request(request)

    def says(self) -> bytes:
        return b"".join(self.protocol.data_to_send())

    def hears(self, data: bytes) -> list[object]:
        self.protocol.receive_data(data)
        return self.protocol.events_received()

    def messages(self, data: bytes) -> list[tuple[Opcode, bytes]]:
        return [(event.opcode, bytes(event.data)) for event in self.hears(data) if isinstance(event, Frame)]


def server(*origins: str, trusted: tuple[str, ...] | None = None) -> ServerWebSocket:
    return ServerWebSocket("chat.test", origins, trusted)


def opened(*subprotocols: str) -> tuple[Peer, ServerWebSocket]:
    peer, web = Peer(*subprotocols), server()
    assert web.receive(peer.says()) == b""
    peer.hears(web.send(b""))
    assert web.ready
    return peer, web


# The opening


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ((TEXT,), TEXT),
        ((BINARY,), BINARY),
        ((TEXT, BINARY), TEXT),
        ((BINARY, TEXT), BINARY),
        (("mqtt", TEXT), TEXT),
        (("mqtt",), None),
        ((), None),
    ],
)
def test_the_server_respects_the_clients_order_of_preference(offered, chosen):
    peer, web = Peer(*offered), server()
    web.receive(peer.says())
    answer = peer.hears(web.send(b""))[0]
    assert isinstance(answer, Response)
    assert (answer.status_code, answer.headers.get("Sec-WebSocket-Protocol")) == (101, chosen)


@given(st.lists(st.integers(1, 40)))
def test_the_request_may_come_in_any_pieces(sizes):
    peer, web = Peer(TEXT), server()
    request = peer.says()
    while request:
        size = sizes.pop() if sizes else len(request)
        assert web.receive(request[:size]) == b""
        request = request[size:]
    assert web.ready


def test_what_comes_with_the_request_is_not_lost():
    peer, web = Peer(TEXT), server()
    frame = Frame(Opcode.TEXT, b"NICK a").serialize(mask=True)
    assert web.receive(peer.says() + frame) == b"NICK a\n"


@pytest.mark.smoke
def test_a_person_who_looks_in_by_browser_is_told_how_to_come_in():
    web = server()
    web.receive(b"GET / HTTP/1.1\r\nHost: chat.test:55555\r\nAccept: text/html\r\n\r\n")
    answer = web.send(b"").decode()
    assert answer.startswith("HTTP/1.1 426 Upgrade Required\r\n")
    assert "This is chat.test, a chat server." in answer
    assert "chatkit join chat.test:55555\n" in answer
    assert web.ended is not None
    assert not web.ready


def test_a_host_that_is_none_is_not_repeated():
    web = server()
    web.receive(b"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n")
    assert b"chatkit join HOST:PORT\n" in web.send(b"")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 400),
        (
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n\r\n",
            400,
        ),
        (b"GET /" + b"x" * MAX_HEAD, 431),
    ],
)
def test_a_request_that_is_none_gets_an_answer_and_an_end(request_, status):
    web = server()
    web.receive(request_)
    assert web.send(b"").startswith(b"HTTP/1.1 %d " % status)
    assert web.ended is not None
    assert web.receive(b"more") == b""


# Origins


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("origins", "origin", "welcome"),
    [
        ((), None, True),
        ((), "http://chat.test", True),
        ((), "https://CHAT.test:8080", True),
        ((), "https://elsewhere.test", False),
        ((), "https://chat.test.elsewhere.test", False),
        ((), "null", False),
        ((), "https://[::", False),
        (("*",), "https://elsewhere.test", True),
        (("*",), "null", True),
        (("https://elsewhere.test",), "https://elsewhere.test", True),
        (("https://Elsewhere.test/",), "https://elsewhere.test", True),
        (("https://elsewhere.test",), "http://elsewhere.test", False),
        (("https://elsewhere.test",), "https://elsewhere.test:444", False),
        (("https://elsewhere.test",), "https://chat.test", True),
    ],
)
def test_pages_of_other_hosts_must_be_allowed(origins, origin, welcome):
    peer, web = Peer(TEXT, headers={"Origin": origin} if origin else None), server(*origins)
    web.receive(peer.says())
    assert web.ready is welcome
    if not welcome:
        answer = web.send(b"").decode()
        assert answer.startswith("HTTP/1.1 403 Forbidden\r\n")
        assert f"Web pages from {origin} may not connect" in answer
        assert "websocket.origins" in answer


@pytest.mark.parametrize(
    ("host", "welcome"), [("localhost:55555", True), ("192.0.2.1:55555", True), ("[::1]", True), ("evil.test", False)]
)
def test_a_name_that_anybody_can_point_here_is_not_our_own(host, welcome):
    """A page of evil.test, whose name leads to this server's address for a while, says the same Host and Origin."""
    peer, web = Peer(TEXT, headers={"Origin": f"http://{host}"}, url=f"ws://{host}/"), server()
    web.receive(peer.says())
    assert web.ready is welcome


# Proxies

NEAR = ("127.0.0.1", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("trusted", "forwarded", "said"),
    [
        (NEAR, {"X-Forwarded-For": "192.0.2.1"}, Header("192.0.2.1")),
        (NEAR, {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}, Header("192.0.2.1", secure=True)),
        (NEAR, {"X-Forwarded-For": "192.0.2.66, 192.0.2.1, 10.1.2.3"}, Header("192.0.2.1")),
        (NEAR, {"X-Forwarded-For": "2001:db8::1"}, Header("2001:db8::1")),
        (NEAR, {"X-Forwarded-For": "unknown"}, None),
        (NEAR, {"X-Forwarded-For": "10.1.2.3"}, None),
        (NEAR, {}, None),
        (None, {"X-Forwarded-For": "192.0.2.1"}, None),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_believed(trusted, forwarded, said):
    peer, web = Peer(TEXT, headers=forwarded), server(trusted=trusted)
    web.receive(peer.says())
    assert web.ready
    assert web.said == said


# Messages


@pytest.mark.smoke
@pytest.mark.parametrize(("subprotocol", "opcode"), [(TEXT, Opcode.TEXT), (BINARY, Opcode.BINARY)])
def test_each_line_is_a_message_of_its_own_without_cr_lf(subprotocol, opcode):
    """Each message MUST consist of a single IRC line [...] MUST NOT include trailing \\r or \\n characters."""
    peer, web = opened(subprotocol)
    assert peer.messages(web.send(b"PING :a\r\n:x PRIVMSG #y :z\r\n")) == [
        (opcode, b"PING :a"),
        (opcode, b":x PRIVMSG #y :z"),
    ]


def test_without_a_subprotocol_the_server_answers_in_kind():
    peer, web = opened()
    web.receive(Frame(Opcode.BINARY, b"NICK a").serialize(mask=True))
    assert peer.messages(web.send(b"PING :a\r\n")) == [(Opcode.BINARY, b"PING :a")]
    peer, web = opened()
    assert peer.messages(web.send(b"PING :a\r\n")) == [(Opcode.TEXT, b"PING :a")]


def test_text_messages_carry_only_utf_8():
    """Servers MUST NOT relay non-UTF-8 content to clients using text messages."""
    peer, web = opened(TEXT)
    assert peer.messages(web.send(b":x PRIVMSG #y :caf\xe9\r\n")) == [
        (Opcode.TEXT, ":x PRIVMSG #y :caf\ufffd".encode())
    ]
    peer, web = opened(BINARY)
    assert peer.messages(web.send(b":x PRIVMSG #y :caf\xe9\r\n")) == [(Opcode.BINARY, b":x PRIVMSG #y :caf\xe9")]


LINES = st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1), max_size=6)


@pytest.mark.smoke
@given(
    lines=LINES, cuts=st.lists(st.integers(0, 9), max_size=9), sizes=st.lists(st.integers(1, 30)), pings=st.booleans()
)
def test_fragments_and_pieces_in_any_number_give_the_same_lines(lines, cuts, sizes, pings):
    stream = bytearray()
    for line in lines:
        stream += fragments(line.encode(), cuts, pings)
    _, web = opened(TEXT)
    found = b""
    while stream:
        size = sizes.pop() if sizes else len(stream)
        found += web.receive(bytes(stream[:size]))
        del stream[:size]
    assert found == b"".join(line.encode() + b"\n" for line in lines)
    assert web.ended is None


def fragments(data: bytes, cuts: list[int], pings: bool) -> bytes:
    pieces, kind = bytearray(), Opcode.TEXT
    for cut in cuts:
        pieces += Frame(kind, data[:cut], fin=False).serialize(mask=True)
        if pings:
            pieces += Frame(Opcode.PING, b"?").serialize(mask=True)
        data, kind = data[cut:], Opcode.CONT
    return bytes(pieces + Frame(kind, data).serialize(mask=True))


def test_a_ping_gets_its_pong():
    peer, web = opened(TEXT)
    web.receive(Frame(Opcode.PING, b"there?").serialize(mask=True))
    assert peer.messages(web.send(b"")) == [(Opcode.PONG, b"there?")]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(Opcode.TEXT, b"\xff\xfe"), 1007),
        (Frame(Opcode.TEXT, b"x" * (MAX_MESSAGE + 1)), 1009),
        (Frame(Opcode.CONT, b"x"), 1002),
    ],
)
def test_what_breaks_the_protocol_ends_it_with_the_code_that_says_so(frame, code):
    peer, web = opened(TEXT)
    assert web.receive(frame.serialize(mask=True)) == b""
    assert web.ended is not None
    peer.hears(web.send(b""))
    assert peer.protocol.close_rcvd.code == code


def test_an_unmasked_frame_is_refused():
    """A server MUST close the connection upon receiving a frame that is not masked."""
    peer, web = opened(TEXT)
    web.receive(Frame(Opcode.TEXT, b"NICK a").serialize(mask=False))
    assert web.ended is not None
    peer.hears(web.send(b""))
    assert peer.protocol.close_rcvd.code == 1002


def test_many_fragments_count_together():
    _, web = opened(TEXT)
    web.receive(Frame(Opcode.TEXT, b"x" * 1000, fin=False).serialize(mask=True))
    for _ in range(MAX_MESSAGE // 1000):
        web.receive(Frame(Opcode.CONT, b"x" * 1000, fin=False).serialize(mask=True))
    assert web.ended is not None


def test_a_close_is_answered_and_ends_it():
    peer, web = opened(TEXT)
    peer.protocol.send_close(1000, "bye")
    web.receive(Frame(Opcode.TEXT, b"QUIT").serialize(mask=True) + peer.says())
    assert web.ended == "Connection closed"
    peer.hears(web.send(b"too late\r\n"))
    assert peer.protocol.close_rcvd.code == 1000


def test_the_server_says_good_bye():
    peer, web = opened(TEXT)
    peer.hears(web.send(b"ERROR :bye\r\n") + web.finish())
    assert peer.protocol.close_rcvd.code == 1000
    assert web.finish() == b""


# The client's side


@pytest.mark.parametrize("sizes", [[], [1] * 400, [50, 7]])
def test_our_client_and_our_server_understand_each_other(sizes):
    client, web = ClientWebSocket("ws://chat.test/chat"), server()
    assert not client.ready
    web.receive(client.send(b""))
    answer = web.send(b":chat.test NOTICE * :hello\r\n")
    found = b""
    while answer:
        size = sizes.pop() if sizes else len(answer)
        found += client.receive(answer[:size])
        answer = answer[size:]
    assert client.ready
    assert found == b":chat.test NOTICE * :hello\n"
    assert web.receive(client.send(b"NICK a\r\nUSER a 0 * :a\r\n")) == b"NICK a\nUSER a 0 * :a\n"


def test_a_server_without_websocket_is_said_to_be_one():
    client = ClientWebSocket("ws://chat.test/")
    client.receive(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    assert client.ended == "no WebSocket there (server rejected WebSocket connection: HTTP 404)"
