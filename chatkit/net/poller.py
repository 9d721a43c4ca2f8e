"""Which sockets can be read or written: epoll where there is one, else what the platform has.

``selectors`` would do. But a server with a hundred people asks several times for each message, and its way from the
system's answer to the caller's costs more than the question.
"""

from __future__ import annotations

import select
import selectors
import socket
import sys
from typing import Generic, TypeVar

T = TypeVar("T")

READ, WRITE = 1, 4  # bits of an event; others come with an error or an end, and count as both
READABLE, WRITABLE = ~WRITE, ~READ  # masks for them


class SelectorPoller(Generic[T]):
    """Watches sockets by ``selectors``. For one thread."""

    def __init__(self) -> None:
        self.targets: dict[int, T] = {}  # whose each watched descriptor is
        self._selector = selectors.DefaultSelector()

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """Wait up to ``timeout`` seconds, or for ever. Returns descriptors with their events."""
        ready = self._selector.select(timeout)
        return [
            (key.fd, READ * bool(mask & selectors.EVENT_READ) | WRITE * bool(mask & selectors.EVENT_WRITE))
            for key, mask in ready
        ]

    def watch(self, sock: socket.socket, target: T) -> None:
        """Ask from now on whether ``sock`` can be read."""
        self._selector.register(sock, selectors.EVENT_READ)
        self.targets[sock.fileno()] = target

    def ask(self, sock: socket.socket, events: int) -> None:
        """Ask from now on for READ, WRITE, both or, with 0, for no more than whether it is broken."""
        wanted = selectors.EVENT_READ * bool(events & READ) | selectors.EVENT_WRITE * bool(events & WRITE)
        if sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)
        if wanted:  # a selector does not look for what is broken alone
            self._selector.register(sock, wanted)

    def forget(self, sock: socket.socket) -> None:
        """Ask no longer. Call before it is closed."""
        if sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)
        del self.targets[sock.fileno()]

    def close(self) -> None:
        """Let go of what the system keeps for it."""
        self._selector.close()


if sys.platform == "linux":

    class EpollPoller(Generic[T]):
        """Watches sockets by epoll, with the same methods as ``SelectorPoller``. For one thread."""

        def __init__(self) -> None:
            self.targets: dict[int, T] = {}
            self._epoll = select.epoll()
            self.poll = self._epoll.poll

        def watch(self, sock: socket.socket, target: T) -> None:
            """Ask from now on whether ``sock`` can be read."""
            self._epoll.register(sock, READ)
            self.targets[sock.fileno()] = target

        def ask(self, sock: socket.socket, events: int) -> None:
            """Ask from now on for READ, WRITE, both or, with 0, for no more than whether it is broken."""
            self._epoll.modify(sock, events)

        def forget(self, sock: socket.socket) -> None:
            """Ask no longer. Call before it is closed."""
            self._epoll.unregister(sock)
            del self.targets[sock.fileno()]

        def close(self) -> None:
            """Let go of what the system keeps for it."""
            self._epoll.close()

    Poller = EpollPoller
else:
    Poller = SelectorPoller
