"""The connections of those who run the place: lines of JSON-RPC in, lines of JSON-RPC out.

They come over the control socket, which only the server's own user and root may use, or over TLS with a token. Each
connection's requests are answered one after the other, on workers, as an answer may have to look into the store.
"""

from __future__ import annotations

import logging
import os
import pwd
import socket
import threading
import time
from collections import deque
from functools import partial

from chatkit.control import rpc
from chatkit.control.gatekeeper import Gatekeeper
from chatkit.control.logbook import Logbook
from chatkit.control.methods import load_methods
from chatkit.control.plan import Actor, refused
from chatkit.control.rpc import INVALID_REQUEST, Params, RpcError
from chatkit.control.runner import Desk, Host, call
from chatkit.control.seats import Seats
from chatkit.control.typed import run_line
from chatkit.ircd import door
from chatkit.ircd.requests import RunCommand
from chatkit.net.connection import Connection, Input
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import peer_uid
from chatkit.net.transport.filter import Readdressed
from chatkit.net.transport.reception import Reception
from chatkit.proto.addresses import as_host, network_of

log = logging.getLogger("chatkit.control")

MAX_REQUEST = 1 << 16  # bytes of a line
MAX_QUEUE = 32 << 20  # bytes of answers that a client has not read
MAX_WAITING = 32  # requests of one connection
MAX_AT_ONCE = 2  # requests that are seen to, so that of the workers some are left for clients
RATE_TICK = 5.0  # seconds between looks at the message counter

load_methods()


class Caller:
    """One connection, and what waits of it. ``actor`` is who asks; None, until a token has said so."""

    __slots__ = ("actor", "busy", "connection", "gatekeeper", "over", "reception", "waiting")

    def __init__(
        self,
        connection: Connection,
        actor: Actor | None,
        gatekeeper: Gatekeeper | None = None,
        reception: Reception | None = None,
    ) -> None:
        self.connection = connection
        self.actor = actor
        self.gatekeeper = gatekeeper  # who lets in those who come from elsewhere
        self.reception = reception  # theirs, as long as it lasts
        self.waiting: deque[bytes] = deque()
        self.busy = False  # whether it is in line, or being answered
        self.over = False  # whether nothing more is answered

    @property
    def is_known(self) -> bool:
        """Whether it has shown a good token, or needs none."""
        return self.gatekeeper is None or self.gatekeeper.knows

    @property
    def network(self) -> str:
        """Where it comes from; empty as long as nobody but a proxy knows. On its I/O thread."""
        reception = self.reception
        origin = None if reception is None else reception.origin
        return "" if origin is None else network_of(origin)

    @property
    def is_over(self) -> bool:
        """Whether it is about to be closed."""
        return self.over or self.connection.closing

    def end(self) -> None:
        """Send what was answered, then close; nothing more is answered."""
        self.over = True
        self.connection.close()
        self.reception = None  # a timer may know this for longer

    def who(self) -> Actor:
        """Who asks, as it is now. Raises RpcError where the token is no longer good."""
        if self.gatekeeper is not None:
            return self.gatekeeper.actor()
        assert self.actor is not None
        return self.actor


class ControlService:
    """Answers those who run the place."""

    def __init__(self, host: Host, logbook: Logbook) -> None:
        self._host = host
        self._desk = Desk(host, logbook=logbook)
        self._lock = threading.Lock()  # guards what follows, and what waits of each caller
        self._line: deque[Caller] = deque()  # whose turn it is next
        self._at_once = 0
        self._seats: Seats[Caller] = Seats()  # of those from elsewhere

    def start(self, thread: IOThread) -> None:
        """Measure from now on, on ``thread``, how many messages pass. From any thread."""
        thread.call(lambda: self._measure(thread))

    def accept(self, sock: socket.socket, thread: IOThread) -> None:
        """Serve a new connection to the control socket on ``thread``, if it is this process's user's or root's."""
        connection = Connection(sock, self, max_line=MAX_REQUEST, max_queue=MAX_QUEUE)
        uid = peer_uid(sock)
        connection.session = caller = Caller(connection, Actor(_name_of(uid)))
        if not _is_trusted(uid):
            _hang_up(caller, refused("only the user that runs the server, and root, may use its control socket"))
        thread.adopt(connection)

    def accept_remote(
        self, sock: socket.socket, address: str, reception: Reception, thread: IOThread, patience: float
    ) -> None:
        """Serve a new connection from elsewhere on ``thread``, the calling one. ``reception`` lets in TLS alone.

        Its first line must bring a token, within ``patience`` seconds. Whom the door does not let in has the connection
        closed without a word: TLS would have to come before any.
        """
        connection = Connection(
            sock, self, peer=address, max_line=MAX_REQUEST, max_queue=MAX_QUEUE, pipe=reception, patience=patience
        )
        connection.session = caller = Caller(connection, None, Gatekeeper(self._host, address), reception)
        if self._refusal(caller) is not None:
            self._seats.leave(caller)
            sock.close()
            return
        thread.adopt(connection)
        thread.call_at(time.monotonic() + patience, partial(_end_patience, caller))

    def on_tick(self, inputs: list[Input]) -> None:
        """Put what came in into line."""
        for item in inputs:
            caller = item.connection.session
            assert isinstance(caller, Caller)
            for fact in item.facts:
                if isinstance(fact, Readdressed):
                    self._readdress(caller, fact.address)
            for line in item.lines:
                self._enqueue(caller, line)
            # Who only says no more is answered all the same, and is let go with the last answer.
            if item.closed is not None and not (item.connection.parting and item.connection.owed):
                self._forget(caller)

    def run_line(self, request: RunCommand) -> tuple[str, ...]:
        """Do what an operator typed, and answer in lines. On a worker."""
        desk = self._desk.fresh()
        lines = run_line(desk, request.line, Actor(request.who, request.privileges))
        desk.finish()
        return lines

    # The line.

    def _enqueue(self, caller: Caller, line: bytes) -> None:
        with self._lock:
            full = len(caller.waiting) >= MAX_WAITING
            if not full and not caller.over:
                caller.waiting.append(line)
                caller.connection.owed = caller.gatekeeper is None  # on the machine; TLS is ended by both at once
                if not caller.busy:
                    caller.busy = True
                    self._line.append(caller)
        if not full:
            self._go_on()
        elif caller.is_known:
            _put(caller.connection, rpc.answer(line, _refuse_haste))
        elif not caller.over:  # this is an I/O thread: nobody unknown is answered here line by line
            _hang_up(caller, refused("show a token first, and wait for the answer"))

    def _go_on(self) -> None:
        """Have a worker see to who is next, if there is one and not too many are seen to already."""
        with self._lock:
            if not self._line or self._at_once >= MAX_AT_ONCE:
                return
            self._at_once += 1
        self._host.submit(self._see_to_next)

    def _see_to_next(self) -> None:
        # One request of one caller; then it is another's turn.
        with self._lock:
            caller = self._line.popleft() if self._line else None
            line = caller.waiting.popleft() if caller is not None and caller.waiting else None
        try:
            if caller is not None and line is not None:
                self._see_to(caller, line)
        except Exception:  # a bug of ours; the pool would keep it to itself
            log.exception("unexpected error over a request of those who run the place")
        finally:
            with self._lock:
                self._at_once -= 1
                if caller is not None:
                    caller.busy = bool(caller.waiting)
                    caller.connection.owed = caller.busy and caller.gatekeeper is None
                    self._line.extend([caller] if caller.busy else [])
            if caller is not None and caller.connection.parting and not caller.connection.owed:
                caller.connection.close()  # it has said that no more will come, and has all its answers
                _wake(caller.connection)
            self._go_on()

    def _forget(self, caller: Caller) -> None:
        with self._lock:
            caller.waiting.clear()
        self._seats.leave(caller)
        caller.reception = None

    # The door for those who come from elsewhere.

    def _readdress(self, caller: Caller, address: str) -> None:
        """A proxy that is trusted says where it really comes from."""
        assert caller.gatekeeper is not None, "from elsewhere"
        caller.connection.peer = address
        caller.gatekeeper.readdress(address)
        if (why := self._refusal(caller)) is not None:
            _hang_up(caller, refused(why))

    def _refusal(self, caller: Caller) -> str | None:
        """What the door has against it, for a person; or None, then it is counted among those who are in."""
        (has_room, leaving), host = self._seats.take(caller), as_host(caller.connection.peer)
        why = self._host.act(lambda ircd, now: door.refusal_of_remote(ircd, host, now, has_room=has_room))
        if why is None and leaving is not None:
            _hang_up(leaving, refused("no token came, and somebody else wants the place"))
        return why

    # On workers.

    def _see_to(self, caller: Caller, line: bytes) -> None:
        desk = self._desk.fresh()
        if caller.gatekeeper is not None and not caller.is_known:
            admitted, reply = caller.gatekeeper.admit(line)
            _put(caller.connection, reply)
            if not admitted:
                self._forget(caller)
                caller.end()
        else:
            _put(caller.connection, self._answer(desk, caller, line))
        _wake(caller.connection)
        desk.finish()

    def _answer(self, desk: Desk, caller: Caller, line: bytes) -> bytes | None:
        if len(line) > MAX_REQUEST:  # the framer has cut it
            return rpc.error_reply(RpcError(INVALID_REQUEST, f"a request has at most {MAX_REQUEST:,} bytes"))
        return rpc.answer(line, lambda method, params: call(desk, method, params, caller.who()))

    def _measure(self, thread: IOThread) -> None:
        self._desk.note_rate()
        thread.call_at(time.monotonic() + RATE_TICK, lambda: self._measure(thread))


def _put(connection: Connection, reply: bytes | None) -> None:
    if reply is not None:
        connection.put(reply + b"\n")


def _wake(connection: Connection) -> None:
    if connection.thread is not None:
        connection.thread.wake()


def _hang_up(caller: Caller, error: RpcError) -> None:
    caller.connection.put(rpc.error_reply(error) + b"\n")
    caller.end()


def _end_patience(caller: Caller) -> None:
    if not caller.is_known and not caller.over:
        _hang_up(caller, refused("no token came in time"))


def _refuse_haste(method: str, params: Params) -> object:
    raise refused(f"{MAX_WAITING} requests of this connection wait already: read the answers first")


def _is_trusted(uid: int | None) -> bool:
    # Where the system does not say who connects, the socket's mode of 0600 has to do.
    return uid in (None, 0, os.geteuid())


def _name_of(uid: int | None) -> str:
    """The user's name, for the audit log."""
    found = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(found).pw_name
    except KeyError:
        return f"uid {found}"
