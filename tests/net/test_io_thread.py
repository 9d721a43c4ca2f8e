"""The I/O thread: calls, timers, its end, and that nothing in a call ends it before."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chatkit.net.connection import Connection
from chatkit.net.io_thread import CROWD_A_TICK, IOThread
from tests.net.conftest import DEADLINE, Recorder, barrier, read_all


@pytest.mark.smoke
def test_calls_run_on_the_thread_in_order(io):
    found: list[tuple[int, bool]] = []
    for number in range(100):
        io.call(lambda number=number: found.append((number, io.is_current)))
    barrier(io)
    assert found == [(number, True) for number in range(100)]
    assert not io.is_current


def test_timers_run_in_the_order_of_their_times_and_not_before(io):
    found: list[str] = []
    done = threading.Event()
    start = time.monotonic()
    times: list[float] = []

    def arm() -> None:
        io.call_at(start + 0.06, lambda: (found.append("late"), times.append(time.monotonic()), done.set()))
        io.call_at(start + 0.03, lambda: found.append("early"))
        io.call_at(start, lambda: found.append("at once"))
        io.call_at(start + 0.04, lambda: found.append("cancelled")).cancel()

    io.call(arm)
    assert done.wait(DEADLINE)
    assert found == ["at once", "early", "late"]
    assert times[0] >= start + 0.06


def test_timers_of_one_time_run_in_the_order_in_which_they_were_set(io):
    found: list[int] = []
    io.call(lambda: [io.call_at(0, lambda number=number: found.append(number)) for number in range(10)])
    barrier(io)
    assert found == [*range(10)]


def test_a_call_that_fails_is_logged_and_the_next_runs(io, caplog):
    def fail() -> None:
        raise RuntimeError("a bug")

    ran = threading.Event()
    io.call(fail)
    io.call(lambda: io.call_at(0, fail))
    io.call(lambda: io.call_at(0, ran.set))
    assert ran.wait(DEADLINE)
    assert caplog.text.count("RuntimeError: a bug") == 2


@pytest.mark.smoke
def test_a_service_that_fails_takes_nobody_with_it(io, connect, service, caplog):
    class Failing(Recorder):
        def on_tick(self, inputs):
            super().on_tick(inputs)
            raise RuntimeError("a bug")

    failing = Failing()
    _, bad_peer = connect(service=failing)
    _, good_peer = connect()
    bad_peer.sendall(b"x\n")
    failing.wait_until(failing.lines)
    bad_peer.sendall(b"y\n")
    failing.wait_until(lambda: len(failing.lines()) == 2)
    good_peer.sendall(b"z\n")
    service.wait_until(service.lines)
    assert "RuntimeError: a bug" in caplog.text


def test_many_connections_are_served_by_one_thread(io, service, connect):
    pairs = [connect() for _ in range(100)]
    for number, (_, peer) in enumerate(pairs):
        peer.sendall(b"%d\n" % number)
    service.wait_until(lambda: len(service.lines()) == 100)
    for number, (connection, peer) in enumerate(pairs):
        assert service.lines(connection) == [b"%d" % number]
        connection.put(b"you are %d\n" % number)
        io.wake()
        assert peer.recv(100) == b"you are %d\n" % number


@contextmanager
def held(io: IOThread) -> Iterator[None]:
    """The thread waits within a call meanwhile: what happens, it finds afterwards and at once."""
    waits, go_on = threading.Event(), threading.Event()
    io.call(lambda: (waits.set(), go_on.wait(DEADLINE)))
    assert waits.wait(DEADLINE)  # else a first peer's bytes could come with the call's own wake-up
    try:
        yield
    finally:
        go_on.set()


def test_of_a_crowd_of_newcomers_a_few_are_read_in_a_tick_and_all_in_the_end(io, service, connect):
    known, *crowd = (connect() for _ in range(1 + 3 * CROWD_A_TICK))
    known[0].newcomer = False
    barrier(io)
    with held(io):  # all have sent something before it looks at any
        for _, peer in (*crowd, known):
            peer.sendall(b"hello\n")
    service.wait_until(lambda: len(service.lines()) == len(crowd) + 1)
    assert service.ticks[0][0].connection is known[0], "who was here before waits for none of them"
    assert max(map(len, service.ticks)) <= CROWD_A_TICK + 1


def test_of_a_crowd_that_goes_a_few_are_told_of_in_a_tick_and_newcomers_wait_for_them(io, service, connect):
    crowd, newcomer = [connect() for _ in range(3 * CROWD_A_TICK)], connect()
    barrier(io)
    with held(io):
        for connection, peer in crowd:
            connection.newcomer = False
            peer.close()
        newcomer[1].sendall(b"hello\n")
    service.wait_until(lambda: len(service.closed()) == len(crowd) and service.lines())
    assert max(map(len, service.ticks)) <= CROWD_A_TICK + 1
    assert service.ticks[-1][-1].connection is newcomer[0], "else a name that it comes back with may not be free yet"


# The end


def pair(io: IOThread, service: Recorder) -> tuple[Connection, socket.socket]:
    near, far = socket.socketpair()
    far.settimeout(DEADLINE)
    connection = Connection(near, service)
    io.adopt(connection)
    return connection, far


@pytest.mark.smoke
def test_stop_flushes_closes_every_socket_and_joins(service):
    io = IOThread("test-io")
    io.start()
    connection, peer = pair(io, service)
    connection.put(b"last words\n")
    io.stop()
    assert read_all(peer) == b"last words\n"
    assert connection.sock.fileno() == -1
    assert io.connections == set()
    assert "test-io" not in [thread.name for thread in threading.enumerate()]
    peer.close()


def test_stop_twice_and_before_the_start_is_fine(service):
    io = IOThread("test-io")
    io.start()
    io.stop()
    io.stop()
    IOThread("never-started").stop()


def test_what_is_adopted_just_before_the_end_is_closed_too(service):
    io = IOThread("test-io")
    connections = []

    io.start()
    io.call(lambda: connections.append(pair(io, service)))  # in the last tick: its turn would be the next
    io.stop()
    ((connection, peer),) = connections
    assert connection.sock.fileno() == -1
    assert read_all(peer) == b""
    peer.close()


def test_calls_after_the_end_are_forgotten(service):
    io = IOThread("test-io")
    io.start()
    io.stop()
    io.call(lambda: pytest.fail("nobody is there to run this"))
    io.wake()
