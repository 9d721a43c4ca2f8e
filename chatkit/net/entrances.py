"""The sockets that the configuration asks for, each with what it lets in."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from chatkit.config import UNIX, Config, Listener
from chatkit.net.listener import listen_tcp, listen_unix
from chatkit.net.transport.identity import Identity
from chatkit.net.transport.policy import Policy, make_policy
from chatkit.net.transport.reception import Peer
from chatkit.proto.addresses import split_place


class EntranceError(Exception):
    """A socket cannot be opened: one line that names it and says what to do."""


class Entrance:
    """One listening socket."""

    def __init__(self, sock: socket.socket, policy: Policy) -> None:
        self.sock = sock
        self.policy = policy

    def peer(self, address: str) -> Peer:
        """Who it is that was accepted from ``address``."""
        return Peer("localhost", local=True) if self.sock.family == socket.AF_UNIX else Peer(address)


@contextlib.contextmanager
def open_entrances(config: Config, identity: Identity | None) -> Iterator[list[Entrance]]:
    """All sockets that clients may come in by, host and port first. Raises EntranceError."""
    with contextlib.ExitStack() as stack:
        rows = [("", _main(config)), *((f"listeners[{n}]: ", item) for n, item in enumerate(config.listeners))]
        entrances = []
        for place, listener in rows:
            try:
                sock = stack.enter_context(_open(listener.address, int(listener.mode, 8)))
            except OSError as error:
                raise EntranceError(_explain(place, listener.address, error)) from error
            entrances.append(Entrance(sock, make_policy(config, identity, listener)))
        yield entrances


def _main(config: Config) -> Listener:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return Listener(f"{host}:{config.port}")


@contextlib.contextmanager
def _open(address: str, mode: int) -> Iterator[socket.socket]:
    if not address.startswith(UNIX):
        place = split_place(address)
        assert place is not None, "the configuration was checked"
        with listen_tcp(*place) as sock:
            yield sock
        return
    path = Path(address.removeprefix(UNIX))
    with listen_unix(path) as sock:
        try:
            path.chmod(mode)
            yield sock
        finally:
            path.unlink(missing_ok=True)


def _explain(place: str, address: str, error: OSError) -> str:
    why = (error.strerror or str(error)).lower()
    if place:
        return f"{place}cannot listen on {address}: {why}"
    host, _, port = address.rpartition(":")
    return f"cannot listen on {host} port {port}: {why}; choose another with --port or --host"
