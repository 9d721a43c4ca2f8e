"""Sockets that wait for clients."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path

from chatkit.net.io_thread import IOThread
from chatkit.net.unix_path import short_path

log = logging.getLogger("chatkit.net")

BACKLOG = 1024
ACCEPTS_A_TICK = 64
RETRY_AFTER = 1.0  # seconds to leave a full table of file descriptors alone
_FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def listen_tcp(host: str, port: int) -> socket.socket:
    """A listening socket on ``host``, an address or a name; port 0 takes a free one. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, proto, _, address = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def listen_unix(path: Path) -> socket.socket:
    """A listening Unix socket at ``path``, mode 0600; one that nobody listens to any more is replaced.

    Raises OSError, FileExistsError where something that is no socket stands there.
    """
    if path.exists() or path.is_symlink():
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "not a socket", str(path))
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with short_path(path) as address:
            sock.bind(address)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


class Listener:
    """Accepts on one socket, on the I/O thread that watches it, and hands each new socket to ``on_accept``."""

    def __init__(self, sock: socket.socket, thread: IOThread, on_accept: Callable[[socket.socket, str], None]) -> None:
        self._sock = sock
        self._thread = thread
        self._on_accept = on_accept
        self._closed = False
        self._resting = False  # whether the last attempt to accept failed for want of something

    def open(self) -> None:
        """Start accepting."""
        self._thread.call(self._watch)

    def close(self) -> None:
        """Stop accepting, soon, and close the socket."""
        self._closed = True
        self._thread.call(self._end)

    def on_readable(self) -> None:
        for _ in range(ACCEPTS_A_TICK):
            try:
                sock, address = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _FULL:
                    self._rest(error)
                    return
                continue  # the peer was gone before it was accepted
            if self._resting:
                self._resting = False
                log.warning("accepting connections again")
            self._on_accept(sock, address[0] if isinstance(address, tuple) else "local")

    def _watch(self) -> None:
        if not self._closed:
            self._thread.watch(self._sock, self)

    def _end(self) -> None:
        self._thread.unwatch(self)
        self._sock.close()

    def _rest(self, error: OSError) -> None:
        # The socket stays readable: watching it on would use up a processor.
        if not self._resting:
            self._resting = True
            log.warning("cannot accept connections: %s; those that come wait until it works again", error.strerror)
        self._thread.unwatch(self)
        self._thread.call_at(time.monotonic() + RETRY_AFTER, self._watch)


def peer_uid(sock: socket.socket) -> int | None:
    """The user id of the process at the other end of a Unix socket, or None where the system does not tell."""
    with contextlib.suppress(AttributeError, OSError):
        _pid, uid, _gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(uid)
    return None
