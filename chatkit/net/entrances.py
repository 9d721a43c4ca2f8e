"""The sockets that the configuration asks for, each with what it lets in."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from chatkit.config import UNIX, Config, Listener
from chatkit.net.listener import listen_tcp, listen_unix
from chatkit.net.transport.identity import Identity
from chatkit.net.transport.policy import KINDS, Policy, make_policy
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
def open_entrances(
    config: Config, identity: Identity | None, inherited: Sequence[socket.socket] = ()
) -> Iterator[list[Entrance]]:
    """All sockets that clients may come in by, host and port first. Raises EntranceError.

    ``inherited`` are sockets that listen already: each stands for the address that it is bound to, and one that is
    alone for host and port, wherever it is bound. They are closed with the others.
    """
    with contextlib.ExitStack() as stack:
        rows = [("", _main(config)), *((f"listeners[{n}]: ", item) for n, item in enumerate(config.listeners))]
        for handed in inherited:
            stack.enter_context(handed)
        found = _assign(inherited, [listener.address for _, listener in rows])
        entrances = []
        for place, listener in rows:
            sock = found.get(listener.address) or stack.enter_context(_opened(place, listener))
            entrances.append(Entrance(sock, make_policy(config, identity, listener)))
        yield entrances


def _assign(inherited: Sequence[socket.socket], addresses: list[str]) -> dict[str, socket.socket]:
    found: dict[str, socket.socket] = {}
    for sock in inherited:
        fitting = next((address for address in addresses if address not in found and _is_at(sock, address)), None)
        if fitting is None and len(inherited) == 1:
            fitting = addresses[0]
        if fitting is None:
            raise EntranceError(
                f"a socket was handed over for {sock.getsockname()}, which is no address that the settings listen on"
            )
        sock.setblocking(False)
        found[fitting] = sock
    return found


def _is_at(sock: socket.socket, address: str) -> bool:
    """Whether ``sock`` is bound to what ``address`` in the settings names."""
    if address.startswith(UNIX):
        return sock.family == socket.AF_UNIX and sock.getsockname() == address.removeprefix(UNIX)
    if sock.family == socket.AF_UNIX:
        return False
    place = split_place(address)
    assert place is not None, "the configuration was checked"
    with contextlib.suppress(OSError):  # a name that nobody knows is none that a socket is bound to
        names = socket.getaddrinfo(*place, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return any(name[4][:2] == sock.getsockname()[:2] for name in names)
    return False


@contextlib.contextmanager
def open_remote(config: Config, identity: Identity | None) -> Iterator[Entrance]:
    """The socket for administration from elsewhere. Raises EntranceError."""
    listener = Listener(config.admin.remote)
    with _opened("admin.remote: ", listener) as sock:
        yield Entrance(sock, msgspec.structs.replace(make_policy(config, identity, listener), kind=KINDS["control"]))


@contextlib.contextmanager
def open_web(config: Config) -> Iterator[socket.socket]:
    """The socket for those who look how the server is. Raises EntranceError."""
    with _opened("metrics.listen: ", Listener(config.metrics.listen)) as sock:
        yield sock


@contextlib.contextmanager
def _opened(place: str, listener: Listener) -> Iterator[socket.socket]:
    with contextlib.ExitStack() as stack:
        try:
            sock = stack.enter_context(_open(listener.address, int(listener.mode, 8)))
        except OSError as error:
            raise EntranceError(_explain(place, listener.address, error)) from error
        yield sock


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
