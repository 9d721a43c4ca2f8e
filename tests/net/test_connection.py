"""Connections: what is put goes out whole and in order; what cannot go out ends the connection, once and with words."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from functools import partial

import pytest

from chatkit.net import io_thread
from chatkit.net.connection import Connection
from chatkit.net.dial import dial
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import listen_tcp
from tests.net.conftest import DEADLINE, Recorder, barrier, read_all, read_exactly

BIG = bytes(range(256)) * 4096  # 1 MiB: more than a socket pair takes at once


def fill(connection: Connection, peer: socket.socket) -> None:
    """Put so much that a part of it is under way and the rest has to wait for the peer."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.put(BIG)
    connection.thread.wake()
    barrier(connection.thread)
    assert 0 < connection.queued < len(BIG)


# In


@pytest.mark.smoke
def test_lines_come_in_order_and_the_end_after_the_last(connect, service):
    _, peer = connect()
    for number in range(100):
        peer.sendall(b"line %d\r\n" % number)
    peer.close()
    service.wait_until(service.closed)
    assert service.lines() == [b"line %d" % number for number in range(100)]
    assert service.closed() == ["Connection closed"]


def test_a_line_in_pieces_is_one_line(connect, io, service):
    _, peer = connect()
    for piece in (b"he", b"ll", b"o\r"):
        peer.sendall(piece)
        barrier(io)
    assert service.lines() == []
    peer.sendall(b"\nnext\n")
    service.wait_until(lambda: len(service.lines()) == 2)
    assert service.lines() == [b"hello", b"next"]


def test_a_line_that_is_too_long_comes_cut(connect, service):
    _, peer = connect(max_line=10)
    peer.sendall(b"x" * 100_000 + b"\nok\n")
    service.wait_until(lambda: len(service.lines()) == 2)
    assert service.lines() == [b"x" * 11, b"ok"]


def test_each_service_is_told_of_its_own_connections(connect, service):
    other = Recorder()
    ours, our_peer = connect()
    theirs, their_peer = connect(service=other)
    our_peer.sendall(b"ours\n")
    their_peer.sendall(b"theirs\n")
    service.wait_until(service.lines)
    other.wait_until(other.lines)
    assert (service.lines(ours), other.lines(theirs)) == ([b"ours"], [b"theirs"])
    assert (service.lines(), other.lines()) == ([b"ours"], [b"theirs"])


def test_a_reset_is_reported_as_one(io, service):
    with listen_tcp("127.0.0.1", 0) as listening:
        peer = dial("127.0.0.1", listening.getsockname()[1], DEADLINE)
        listening.setblocking(True)
        connection = Connection(listening.accept()[0], service)
    io.adopt(connection)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # so that close() resets
    peer.close()
    service.wait_until(service.closed)
    assert service.closed() == ["Connection reset by peer"]
    assert connection not in io.connections


# Out


@pytest.mark.smoke
def test_what_any_thread_puts_goes_out_in_order(connect, io):
    connection, peer = connect()
    for number in range(1000):
        connection.put(b"%d\n" % number)
        io.wake()
    expected = b"".join(b"%d\n" % number for number in range(1000))
    assert read_exactly(peer, len(expected)) == expected
    barrier(io)
    assert connection.queued == 0


def test_what_is_put_before_it_is_served_goes_out_too(io, service):
    near, far = socket.socketpair()
    connection = Connection(near, service)
    connection.put(b"early\n")
    io.adopt(connection)
    far.settimeout(DEADLINE)
    assert far.recv(100) == b"early\n"
    far.close()


class Echoing(Recorder):
    """Posts every line that comes to all of ``connections``, and counts which ``peers`` have something by then."""

    def __init__(self, io: IOThread) -> None:
        super().__init__()
        self.io = io
        self.connections: list[Connection] = []
        self.peers: list[socket.socket] = []
        self.had_something = 0

    def on_tick(self, inputs):
        self.had_something = len(select.select(self.peers, [], [], 0)[0])
        for item in inputs:
            self.io.post(self.connections, b"".join(line + b"\n" for line in item.lines))
        super().on_tick(inputs)


@pytest.fixture
def crowd(io, connect) -> Echoing:
    """So many connections that one tick does not serve them all."""
    service = Echoing(io)
    pairs = [connect(service=service) for _ in range(4 * io_thread.SENDS_A_LOOK)]
    service.connections, service.peers = map(list, zip(*pairs, strict=True))
    barrier(io)
    return service


def test_while_thousands_are_sent_a_line_others_are_heard(io, crowd):
    def begin() -> None:
        crowd.peers[0].sendall(b"second\n")
        io.post(crowd.connections, b"first\n")

    io.call(begin)
    crowd.wait_until(crowd.lines)
    for peer in crowd.peers:
        assert read_exactly(peer, 13) == b"first\nsecond\n", "in the order in which it was posted, for everybody"
    assert 0 < crowd.had_something < len(crowd.peers)


def test_whoever_goes_while_a_line_is_sent_to_all_takes_nobody_with_it(io, crowd):
    gone = crowd.peers[40]
    gone.close()
    crowd.connections[20].close()
    io.post(crowd.connections, b"hello\n")
    io.post([crowd.connections[50]], None)
    io.post(crowd.connections, b"again\n")
    io.wake()
    for number, peer in enumerate(crowd.peers):
        if peer is not gone:
            expected = {20: b"", 50: b"hello\n"}.get(number, b"hello\nagain\n")
            assert read_exactly(peer, len(expected)) == expected


def test_a_peer_that_takes_a_part_of_what_all_get_is_sent_the_rest(io, connect):
    connection, peer = connect()
    barrier(io)
    assert connection.ready is not None
    io.post([connection], BIG)
    io.wake()
    barrier(io)
    assert 0 < connection.queued < len(BIG)
    io.post([connection], b"and more\n")
    io.wake()
    assert read_exactly(peer, len(BIG) + 9) == BIG + b"and more\n"
    barrier(io)
    assert connection.queued == 0
    assert connection.ready is not None


def test_a_line_of_which_a_part_went_past_the_queue_is_bounded_too(io, connect, service):
    connection, peer = connect(max_queue=len(BIG) // 2, overflow_notice=b"ERROR :too slow\r\n")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    barrier(io)
    assert connection.ready is not None
    io.post([connection], BIG)
    io.wake()
    service.wait_until(service.closed)
    assert service.closed() == ["SendQ exceeded"]
    assert read_all(peer) == BIG + b"ERROR :too slow\r\n"


def test_a_slow_reader_gets_everything_in_its_time(connect, io):
    connection, peer = connect()
    fill(connection, peer)
    connection.put(b"and the rest\n")
    io.wake()
    expected = BIG + b"and the rest\n"
    assert read_exactly(peer, len(expected)) == expected
    barrier(io)
    assert connection.queued == 0
    assert not connection.writing


def test_a_stopped_reader_keeps_nobody_else_waiting(connect, io):
    connection, peer = connect()
    fill(connection, peer)
    other, its_peer = connect()
    other.put(b"hello\n")
    io.wake()
    assert its_peer.recv(100) == b"hello\n"


# Too slow


def stuff(sock: socket.socket) -> int:
    """Fill the socket until it takes no more. Returns how many bytes went."""
    size = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            size += sock.send(b"-" * 65536)
    return size


@pytest.mark.smoke
def test_a_queue_past_its_bound_ends_the_connection_with_the_notice_and_one_report(connect, io, service):
    connection, peer = connect(max_queue=1000, overflow_notice=b"ERROR :too slow\r\n")
    barrier(io)
    stuffed = stuff(connection.sock)
    for _ in range(11):
        connection.put(b"x" * 99 + b"\n")
        io.wake()
        barrier(io)
    assert read_all(peer)[stuffed:] == b"x" * 99 + b"\n" + b"ERROR :too slow\r\n"  # the piece under way comes whole
    service.wait_until(service.closed)
    connection.put(b"more\n")
    io.wake()
    barrier(io)
    assert service.closed() == ["SendQ exceeded"]
    assert connection.closing


def test_up_to_its_bound_nothing_happens(connect, io, service):
    connection, peer = connect(max_queue=1000, overflow_notice=b"ERROR :too slow\r\n")
    connection.put(b"x" * 1000)
    io.wake()
    assert read_exactly(peer, 1000) == b"x" * 1000
    assert service.closed() == []


def test_the_piece_that_is_under_way_comes_whole_before_the_notice(connect, io, service):
    """The peer must not see half a line."""
    connection, peer = connect(max_queue=len(BIG), overflow_notice=b"ERROR :too slow\r\n")
    fill(connection, peer)
    connection.put(b"forgotten\n" * 100_000)
    io.wake()
    service.wait_until(service.closed)
    assert read_all(peer) == BIG + b"ERROR :too slow\r\n"
    assert service.closed() == ["SendQ exceeded"]


def test_a_reader_that_never_reads_is_dropped_in_the_end(connect, io, service, monkeypatch):
    monkeypatch.setattr(io_thread, "LINGER", 0.05)
    connection, peer = connect(max_queue=len(BIG), overflow_notice=b"ERROR :too slow\r\n")
    fill(connection, peer)
    connection.put(BIG)
    io.wake()
    wait_until_dropped(io, connection)
    assert service.closed() == ["SendQ exceeded"]
    assert connection.sock.fileno() == -1


def wait_until_dropped(io: IOThread, connection: Connection) -> None:
    """Look once a tick."""
    gone = threading.Event()

    def look() -> None:
        if connection in io.connections:
            io.call_at(0, look)
        else:
            gone.set()

    io.call(look)
    assert gone.wait(DEADLINE)


# The end


@pytest.mark.smoke
def test_close_delivers_the_last_lines_although_unread_input_is_waiting(connect, io, service):
    """Closing a socket with unread input resets it, and the peer would lose the lines that say why."""
    connection, peer = connect()
    connection.put(b"ERROR :bye\r\n")
    connection.close()
    peer.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            peer.send(b"x" * 65536)
    io.wake()
    peer.settimeout(DEADLINE)
    assert read_all(peer) == b"ERROR :bye\r\n"
    peer.close()
    wait_until_dropped(io, connection)
    assert service.closed() == []  # whoever closes it knows


def test_close_waits_for_a_slow_reader(connect, io):
    connection, peer = connect()
    fill(connection, peer)
    connection.put(b"bye\n")
    connection.close()
    io.wake()
    assert read_all(peer) == BIG + b"bye\n"


def test_one_that_was_closed_before_it_is_served_is_no_bother(io, service):
    near, far = socket.socketpair()
    with far:
        connection = Connection(near, service)
        near.close()
        io.adopt(connection)
        barrier(io)
        assert connection not in io.connections


def test_after_close_nothing_is_heard_or_said(connect, io, service):
    connection, peer = connect()
    connection.put(b"bye\n")
    connection.close()
    connection.close()
    connection.put(b"one more\n")
    io.wake()
    barrier(io)
    peer.sendall(b"wait!\n")
    barrier(io)
    assert read_all(peer) == b"bye\n"
    assert service.lines() == []


def test_a_peer_that_stays_is_dropped_after_a_while(connect, io, monkeypatch):
    monkeypatch.setattr(io_thread, "LINGER", 0.05)
    connection, peer = connect()
    connection.close()
    io.wake()
    assert read_all(peer) == b""
    wait_until_dropped(io, connection)


def test_a_peer_that_has_gone_is_noticed_when_something_is_sent(connect, io, service):
    connection, peer = connect()
    peer.close()
    connection.put(b"hello?\n" * 1000)
    io.wake()
    service.wait_until(service.closed)
    barrier(io)
    assert len(service.closed()) == 1


# A peer that has said all, and still reads


def test_a_peer_that_closes_its_side_is_reported_at_once_and_gets_all_that_waits_for_it(connect, io, service):
    connection, peer = connect()
    fill(connection, peer)
    connection.put(b"and the rest\n")
    io.wake()
    barrier(io)
    assert connection.queued
    peer.shutdown(socket.SHUT_WR)
    service.wait_until(service.closed)
    assert read_all(peer) == BIG + b"and the rest\n"
    wait_until_dropped(io, connection)
    assert service.closed() == ["Connection closed"]


def test_one_that_was_told_good_bye_and_closes_its_side_gets_the_rest_too(connect, io, service):
    connection, peer = connect()
    fill(connection, peer)
    connection.put(b"ERROR :bye\n")
    connection.close()
    io.wake()
    barrier(io)
    peer.shutdown(socket.SHUT_WR)
    barrier(io)
    assert read_all(peer) == BIG + b"ERROR :bye\n"
    wait_until_dropped(io, connection)
    assert service.closed() == []


def test_one_that_closes_its_side_and_has_nothing_to_get_is_gone_at_once(connect, io, service):
    connection, peer = connect()
    peer.sendall(b"last\n")
    peer.shutdown(socket.SHUT_WR)
    assert read_all(peer) == b""
    wait_until_dropped(io, connection)
    assert service.lines() == [b"last"]
    assert service.closed() == ["Connection closed"]


def test_one_that_closes_its_side_and_never_reads_is_dropped_and_costs_no_processor(connect, io, service, monkeypatch):
    """Its socket stays readable: watched on it would have the thread turn for ever."""
    monkeypatch.setattr(io_thread, "LINGER", 0.3)
    connection, peer = connect()
    fill(connection, peer)
    turns = []
    wait = io._wait
    monkeypatch.setattr(io, "_wait", lambda: turns.append(1) or wait())
    peer.shutdown(socket.SHUT_WR)
    service.wait_until(service.closed)
    later = threading.Event()
    io.call(partial(io.call_at, time.monotonic() + 0.5, later.set))
    assert later.wait(DEADLINE)
    assert connection not in io.connections
    assert len(turns) < 50


def test_what_this_tick_has_for_it_comes_too(connect, io, service, monkeypatch):
    """Others may speak to it in the tick that hears its end."""
    connection, peer = connect()
    take = service.on_tick
    monkeypatch.setattr(service, "on_tick", lambda inputs: (connection.put(b"answer\n"), take(inputs)))
    peer.shutdown(socket.SHUT_WR)
    assert read_all(peer) == b"answer\n"


def test_one_that_closes_its_side_and_then_breaks_off_is_reported_once(connect, io, service, monkeypatch):
    connection, peer = connect()
    connection.put(b"unread\n")
    io.wake()
    barrier(io)
    take = service.on_tick
    monkeypatch.setattr(service, "on_tick", lambda inputs: (peer.close(), take(inputs)))
    peer.shutdown(socket.SHUT_WR)
    service.wait_until(service.closed)
    wait_until_dropped(io, connection)
    assert service.closed() == ["Connection closed"]


def test_what_the_end_of_one_leaves_for_afterwards_waits_for_nothing_else(connect, io, service, monkeypatch):
    """Nothing is sent then, and nothing may come for hours."""
    connection, peer = connect(max_queue=len(BIG))
    fill(connection, peer)
    take, done = service.on_tick, threading.Event()
    monkeypatch.setattr(service, "on_tick", lambda inputs: (io.call_afterwards(done.set), take(inputs)))
    io.call(lambda: connection.put(BIG))
    assert done.wait(DEADLINE)
    assert service.closed() == ["SendQ exceeded"]
