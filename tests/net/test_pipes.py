"""Connections whose bytes go through TLS and WebSocket: the same promises as for plain ones."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from chatkit.net import io_thread
from chatkit.net.connection import Connection
from chatkit.net.io_thread import IOThread
from chatkit.net.transport.filter import Secured
from chatkit.net.transport.policy import Policy
from chatkit.net.transport.reception import Peer, Reception
from tests.net.conftest import DEADLINE, barrier, read_all, read_exactly
from tests.tls import client_context, secure

NOTICE = b"ERROR :too slow\r\n"


@pytest.fixture
def arrive(connect, identity):
    """A connection at a listener that takes everything, and the other end of its socket."""

    def make(**options) -> tuple[Connection, socket.socket]:
        reception = Reception(Policy(identity=identity), Peer("127.0.0.1"))
        return connect(pipe=reception, **options)

    return make


def wait_until_ready(connection: Connection) -> None:
    """The client's side is done before the server's has its last bytes."""
    assert connection.thread is not None
    assert connection._pipe is not None
    while not (connection._pipe.ready and connection._pipe.filters):
        barrier(connection.thread)


@pytest.fixture
def arrive_by_tls(arrive, own_directory):
    opened = []

    def make(**options) -> tuple[Connection, ssl.SSLSocket]:
        connection, far = arrive(**options)
        opened.append(secure(far, client_context(own_directory)))
        wait_until_ready(connection)
        return connection, opened[-1]

    yield make
    for each in opened:
        each.close()


class WebPeer:
    """A client's end of a WebSocket, over any socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.protocol = ClientProtocol(parse_uri("ws://localhost/"), subprotocols=["text.ircv3.net"])
        self.protocol.send_request(self.protocol.connect())
        self.send()
        while not self.protocol.events_received():
            self.protocol.receive_data(sock.recv(1))

    def send(self) -> None:
        self.sock.sendall(b"".join(self.protocol.data_to_send()))

    def say(self, line: bytes) -> None:
        self.protocol.send_text(line)
        self.send()

    def frames(self) -> list[Frame]:
        """The frames up to the end of the stream."""
        self.protocol.receive_data(read_all(self.sock))
        return [event for event in self.protocol.events_received() if isinstance(event, Frame)]


@pytest.fixture
def arrive_by_websocket(arrive):
    def make(**options) -> tuple[Connection, WebPeer]:
        connection, far = arrive(**options)
        return connection, WebPeer(far)

    return make


# In and out


@pytest.mark.smoke
def test_a_plain_connection_needs_no_pipe(arrive, service):
    connection, peer = arrive()
    peer.sendall(b"one\r\ntwo\r\n")
    service.wait_until(lambda: len(service.lines()) == 2)
    assert connection._pipe is None
    connection.put(b"three\r\n")
    connection.thread.wake()
    assert peer.recv(100) == b"three\r\n"


@pytest.mark.smoke
def test_lines_go_through_tls_in_order(arrive_by_tls, service):
    connection, peer = arrive_by_tls()
    peer.sendall(b"".join(b"line %d\r\n" % number for number in range(1000)))
    service.wait_until(lambda: len(service.lines()) == 1000)
    assert service.lines() == [b"line %d" % number for number in range(1000)]
    assert [fact for tick in service.ticks for item in tick for fact in item.facts] == [Secured(None)]
    expected = b""
    for number in range(1000):
        connection.put(b"%d\r\n" % number)
        connection.thread.wake()
        expected += b"%d\r\n" % number
    assert read_exactly(peer, len(expected)) == expected
    barrier(connection.thread)
    assert connection.queued == 0


@pytest.mark.smoke
def test_lines_go_through_a_websocket_each_in_a_message(arrive_by_websocket, service):
    connection, peer = arrive_by_websocket()
    for number in range(100):
        peer.say(b"line %d" % number)
    service.wait_until(lambda: len(service.lines()) == 100)
    for number in range(0, 100, 2):
        connection.put(b"%d\r\n%d\r\n" % (number, number + 1))
        connection.thread.wake()
    connection.close()
    connection.thread.wake()
    frames = peer.frames()
    assert [frame.data for frame in frames[:-1]] == [b"%d" % number for number in range(100)]
    assert frames[-1].opcode is Opcode.CLOSE


def test_a_websocket_inside_tls(arrive_by_tls, service):
    connection, sock = arrive_by_tls()
    peer = WebPeer(sock)
    peer.say(b"hello")
    service.wait_until(service.lines)
    connection.put(b"hi\r\n")
    connection.close()
    connection.thread.wake()
    assert [bytes(frame.data) for frame in peer.frames()][:1] == [b"hi"]


def test_a_line_that_is_too_long_comes_cut(arrive_by_websocket, service):
    _, peer = arrive_by_websocket(max_line=10)
    peer.say(b"x" * 1000)
    peer.say(b"ok")
    service.wait_until(lambda: len(service.lines()) == 2)
    assert service.lines() == [b"x" * 11, b"ok"]


# Too slow


def stop_reading(connection: Connection, peer: socket.socket) -> None:
    """Put so much that a part of it is under way and the rest has to wait for the peer."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(20):
        connection.put(b"y" * 65536 + b"\r\n")
    connection.thread.wake()
    barrier(connection.thread)
    assert connection.queued > 65536


@pytest.mark.smoke
def test_past_its_bound_a_slow_reader_of_tls_gets_whole_records_and_the_notice(arrive_by_tls, service):
    connection, peer = arrive_by_tls(max_queue=4 << 20, overflow_notice=NOTICE)
    stop_reading(connection, peer)
    while not service.closed():
        connection.put(b"y" * 65536 + b"\r\n")
        connection.thread.wake()
        barrier(connection.thread)
    lines = read_all(peer).split(b"\r\n")
    assert lines[-2] + b"\r\n" == NOTICE
    assert set(lines[:-2]) == {b"y" * 65536}
    assert service.closed() == ["SendQ exceeded"]


def test_past_its_bound_a_slow_reader_of_a_websocket_gets_whole_messages_and_the_notice(arrive_by_websocket, service):
    connection, peer = arrive_by_websocket(max_queue=4 << 20, overflow_notice=NOTICE)
    stop_reading(connection, peer.sock)
    while not service.closed():
        connection.put(b"y" * 65536 + b"\r\n")
        connection.thread.wake()
        barrier(connection.thread)
    *lines, notice, close = peer.frames()
    assert bytes(notice.data) + b"\r\n" == NOTICE
    assert close.opcode is Opcode.CLOSE
    assert {bytes(frame.data) for frame in lines} == {b"y" * 65536}


def test_pongs_that_nobody_reads_are_bounded(arrive_by_websocket, service):
    """A peer that asks and never reads must not fill the memory."""
    connection, peer = arrive_by_websocket(max_queue=1 << 20)
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.sock.settimeout(0.05)
    pings = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 100
    most = 0
    with contextlib.suppress(OSError):
        while not service.closed():
            with contextlib.suppress(TimeoutError):
                peer.sock.sendall(pings)
            most = max(most, connection.queued)
    service.wait_until(service.closed)
    assert service.closed() == ["SendQ exceeded"]
    assert most < 2 << 20
    peer.sock.settimeout(DEADLINE)


# Handshakes


def test_a_handshake_that_stops_half_way_is_ended_in_time_and_stalls_nobody(arrive, io, service):
    stuck = [arrive(patience=0.05) for _ in range(3)]
    for (_, peer), begun in zip(stuck, (b"\x16\x03\x01", b"GET / HTTP/1.1\r\nHost:", b"GE"), strict=True):
        peer.sendall(begun)
    _, other = arrive()
    other.sendall(b"hello\r\n")
    service.wait_until(service.lines)
    service.wait_until(lambda: len(service.closed()) == 3)
    assert service.closed() == ["Handshake timed out"] * 3
    for _, peer in stuck:
        assert read_all(peer) == b""


def test_silence_is_not_a_handshake(arrive, arrive_by_tls, io, service):
    """Who has said nothing yet is given the time to register, not less."""
    arrive(patience=0.0)
    connection, _ = arrive_by_tls(patience=5.0)
    connection._patience = 0.0
    passed = threading.Event()
    io.call(lambda: io.call_at(0, passed.set))
    assert passed.wait(DEADLINE)
    barrier(io)
    assert service.closed() == []


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03" + b"\xff" * 500, b"GET / HTTP/1.1\r\n\0\r\n\r\n", b"POST / HTTP/1.1\r\n"]
)
def test_garbage_gets_its_answer_and_an_end(arrive, service, garbage):
    _, peer = arrive()
    peer.sendall(garbage)
    assert read_all(peer) != b""
    service.wait_until(service.closed)
    assert service.lines() == []


def test_who_hangs_up_during_the_handshake_is_forgotten(arrive, io, service):
    connection, peer = arrive()
    peer.sendall(b"\x16\x03\x01\x02\x00\x01")
    barrier(io)
    peer.close()
    service.wait_until(service.closed)
    barrier(io)
    assert connection not in io.connections


# The end


@pytest.mark.smoke
def test_close_delivers_the_last_lines_and_the_end_of_the_protocol(arrive_by_tls, service):
    connection, peer = arrive_by_tls()
    connection.put(b"ERROR :bye\r\n")
    connection.close()
    connection.thread.wake()
    assert read_all(peer) == b"ERROR :bye\r\n"  # else there would be an SSLEOFError
    assert service.closed() == []


@pytest.mark.parametrize("begun", [b"\x16\x03\x01", b"GET / HTTP/1.1\r\n"])
def test_close_during_a_handshake_says_nothing_that_could_be_misunderstood(arrive, io, begun):
    connection, peer = arrive()
    peer.sendall(begun)
    barrier(io)
    connection.put(b"ERROR :bye\r\n")
    connection.close()
    io.wake()
    assert read_all(peer) == b""


def test_the_peers_good_bye_ends_it(arrive_by_tls, arrive_by_websocket, io, service):
    _, tls = arrive_by_tls()
    tls.sendall(b"last\r\n")
    tls.unwrap()
    service.wait_until(service.closed)
    _, web = arrive_by_websocket()
    web.protocol.send_close(1000)
    web.send()
    service.wait_until(lambda: len(service.closed()) == 2)
    assert web.frames()[-1].opcode is Opcode.CLOSE
    assert service.lines() == [b"last"]
    assert service.closed() == ["Connection closed"] * 2


def test_a_bug_over_what_one_peer_sent_costs_that_peer_alone(arrive, service, monkeypatch, caplog):
    """Whatever goes wrong over one connection, the thread goes on."""
    receive = Reception.receive

    def broken(self, data):
        if data == b"now\r\n":
            raise RuntimeError("injected")
        return receive(self, data)

    monkeypatch.setattr(Reception, "receive", broken)
    _, unlucky = arrive()
    unlucky.sendall(b"now\r\n")
    service.wait_until(service.closed)
    assert service.closed() == ["Internal error"]
    _, other = arrive()
    other.sendall(b"hello\r\n")
    service.wait_until(service.lines)
    assert "injected" in caplog.text


def test_stopping_ends_every_protocol_properly(service, identity, own_directory, monkeypatch):
    monkeypatch.setattr(io_thread, "LINGER", 0.05)
    io = IOThread("test-io")
    io.start()
    near, far = socket.socketpair()
    connection = Connection(near, service, pipe=Reception(Policy(identity=identity), Peer("127.0.0.1")))
    io.adopt(connection)
    peer = secure(far, client_context(own_directory))
    wait_until_ready(connection)
    connection.put(b"ERROR :bye\r\n")
    connection.close()
    io.stop()
    assert read_all(peer) == b"ERROR :bye\r\n"
    peer.close()


def test_who_says_good_bye_by_tls_and_still_reads_gets_all_that_waits(arrive, own_directory, io, service):
    """Spec: https://www.rfc-editor.org/rfc/rfc8446#section-6.1 : it "does not have any effect on its read side"."""
    connection, far = arrive()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context(own_directory).wrap_bio(incoming, outgoing, server_hostname="localhost")
    far.settimeout(DEADLINE)
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            break
        far.sendall(outgoing.read())
        incoming.write(far.recv(65536))
    far.sendall(outgoing.read())
    wait_until_ready(connection)
    stop_reading(connection, far)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.unwrap()
    far.sendall(outgoing.read())
    service.wait_until(service.closed)
    incoming.write(read_all(far))
    found = b""
    with contextlib.suppress(ssl.SSLZeroReturnError):
        while data := tls.read(65536):
            found += data
    assert found == (b"y" * 65536 + b"\r\n") * 20
    assert service.closed() == ["Connection closed"]


@pytest.mark.parametrize("arrives", ["arrive_by_tls", "arrive_by_websocket"])
def test_who_closes_only_the_socket_below_a_protocol_gets_all_that_waits(arrives, request, io, service):
    connection, far = request.getfixturevalue(arrives)()
    sock = far if isinstance(far, socket.socket) else far.sock
    stop_reading(connection, sock)
    socket.socket.shutdown(sock, socket.SHUT_WR)  # an SSLSocket's own would forget its keys
    service.wait_until(service.closed)
    if isinstance(far, WebPeer):
        found = b"".join(bytes(frame.data) + b"\r\n" for frame in far.frames()[:-1])
    else:
        found = read_all(sock)
    assert found == (b"y" * 65536 + b"\r\n") * 20
    assert service.closed() == ["Connection closed"]
