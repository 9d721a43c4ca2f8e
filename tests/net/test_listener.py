"""Listening sockets, TCP and Unix, and who is at the other end."""

from __future__ import annotations

import errno
import itertools
import os
import queue
import socket
import stat
import threading
import time

import pytest

from chatkit.net import listener as module
from chatkit.net.dial import dial
from chatkit.net.listener import Listener, listen_tcp, listen_unix, peer_uid
from tests.net.conftest import DEADLINE, barrier


@pytest.fixture
def accepted():
    """What a listener accepts: sockets with the addresses they come from."""
    found: queue.Queue[tuple[socket.socket, str]] = queue.Queue()
    yield found
    while not found.empty():
        found.get()[0].close()


@pytest.fixture
def listen(io, accepted):
    listeners = []

    def make(sock: socket.socket) -> Listener:
        listener = Listener(sock, io, lambda sock, address: accepted.put((sock, address)))
        listener.open()
        listeners.append(listener)
        return listener

    yield make
    for listener in listeners:
        listener.close()
    barrier(io)


@pytest.mark.smoke
def test_each_that_connects_is_handed_over_with_its_address(listen, accepted):
    sock = listen_tcp("127.0.0.1", 0)
    listen(sock)
    clients = [dial("127.0.0.1", sock.getsockname()[1], DEADLINE) for _ in range(100)]
    for _ in clients:
        theirs, address = accepted.get(timeout=DEADLINE)
        assert address == "127.0.0.1"
        theirs.close()
    for client in clients:
        client.close()


def test_a_port_in_use_is_an_error_and_port_0_finds_another():
    with listen_tcp("127.0.0.1", 0) as first, listen_tcp("localhost", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1]
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            listen_tcp("127.0.0.1", first.getsockname()[1])


def test_a_port_can_be_taken_again_at_once_after_a_restart(io):
    with listen_tcp("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        client = dial("127.0.0.1", port, DEADLINE)
        first.setblocking(True)
        first.accept()[0].close()  # our side ends first, so the kernel keeps the pair for a minute
    client.close()
    listen_tcp("127.0.0.1", port).close()


def test_a_closed_listener_refuses(io, listen):
    sock = listen_tcp("127.0.0.1", 0)
    port = sock.getsockname()[1]
    listener = listen(sock)
    barrier(io)
    listener.close()
    barrier(io)
    with pytest.raises(ConnectionRefusedError):
        dial("127.0.0.1", port, DEADLINE)


def test_a_listener_that_was_closed_before_it_opened_accepts_nothing(io, listen):
    sock = listen_tcp("127.0.0.1", 0)
    listener = Listener(sock, io, lambda sock, address: pytest.fail("accepted"))
    listener.close()
    listener.open()
    barrier(io)
    assert sock.fileno() == -1


class Failing(socket.socket):
    """A listening socket that cannot accept for a while."""

    def __init__(self, error: int, refusals: int) -> None:
        with listen_tcp("127.0.0.1", 0) as sock:
            super().__init__(fileno=os.dup(sock.fileno()))
        self.setblocking(False)
        self.error = error
        self.refusals = refusals
        self.refused: list[float] = []  # when

    def accept(self):
        if len(self.refused) < self.refusals:
            self.refused.append(time.monotonic())
            raise OSError(self.error, os.strerror(self.error))
        return super().accept()


@pytest.mark.smoke
@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE])
def test_a_full_table_of_file_descriptors_is_waited_out(listen, accepted, caplog, monkeypatch, error):
    """It rests between its attempts, instead of using up a processor."""
    pause = 0.05
    monkeypatch.setattr(module, "RETRY_AFTER", pause)
    full = Failing(error, 3)
    listen(full)
    with dial("127.0.0.1", full.getsockname()[1], DEADLINE):
        assert accepted.get(timeout=DEADLINE)[1] == "127.0.0.1"
    assert caplog.text.count(f"cannot accept connections: {os.strerror(error)}") == 1  # of three attempts
    assert caplog.text.count("accepting connections again") == 1
    assert all(later - earlier >= pause for earlier, later in itertools.pairwise(full.refused))


def test_a_peer_that_was_gone_before_it_was_accepted_is_no_matter(listen, accepted, caplog):
    aborted = Failing(errno.ECONNABORTED, 1)
    listen(aborted)
    with dial("127.0.0.1", aborted.getsockname()[1], DEADLINE):
        assert accepted.get(timeout=DEADLINE)
    assert caplog.text == ""


def test_nobody_there_is_an_error():
    with listen_tcp("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        dial("127.0.0.1", port, DEADLINE)


# Unix sockets


def knock(path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE)
    sock.connect(str(path))
    return sock


@pytest.mark.smoke
def test_a_unix_socket_is_for_its_owner_alone_and_tells_who_connects(listen, accepted, tmp_path):
    path = tmp_path / "control.sock"
    listen(listen_unix(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with knock(path):
        sock, address = accepted.get(timeout=DEADLINE)
        assert address == "local"
        assert peer_uid(sock) == os.getuid()
        sock.close()


def test_making_one_leaves_the_umask_as_it_was(tmp_path):
    before = os.umask(0o027)
    try:
        listen_unix(tmp_path / "control.sock").close()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_socket_that_a_killed_server_left_is_replaced(listen, accepted, tmp_path):
    path = tmp_path / "control.sock"
    listen_unix(path).close()
    assert path.exists()
    listen(listen_unix(path))
    with knock(path):
        accepted.get(timeout=DEADLINE)[0].close()


def test_what_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match="not a socket"):
        listen_unix(path)
    assert path.read_text() == "precious"
    link = tmp_path / "link.sock"
    link.symlink_to(path)
    with pytest.raises(FileExistsError, match="not a socket"):
        listen_unix(link)
    assert link.is_symlink()


def test_a_path_that_is_too_long_for_an_address_works_all_the_same(tmp_path):
    directory = tmp_path / ("d" * 120)
    directory.mkdir()
    path = directory / "control.sock"
    listen_unix(path).close()
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_other_end_of_a_connection_over_the_network_has_no_user(io):
    with listen_tcp("127.0.0.1", 0) as sock, dial("127.0.0.1", sock.getsockname()[1], DEADLINE) as client:
        assert peer_uid(client) != os.getuid()


def test_accepting_is_done_on_the_io_thread(io, listen, tmp_path):
    current: queue.Queue[tuple[bool, str]] = queue.Queue()

    def on_accept(sock: socket.socket, address: str) -> None:
        current.put((io.is_current, threading.current_thread().name))
        sock.close()

    listener = Listener(listen_unix(tmp_path / "x.sock"), io, on_accept)
    listener.open()
    barrier(io)
    with knock(tmp_path / "x.sock"):
        assert current.get(timeout=DEADLINE) == (True, "test-io")
    listener.close()
    barrier(io)
