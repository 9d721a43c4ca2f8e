"""The control socket's connections: lines of JSON-RPC in, lines of JSON-RPC out."""

from __future__ import annotations

import os
import socket
import time

from chatkit.control import rpc
from chatkit.control.methods import general as methods
from chatkit.control.rpc import INVALID_REQUEST, REFUSED, Params, RpcError
from chatkit.control.runner import Desk, Host
from chatkit.net.connection import Connection, Input
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import peer_uid

MAX_REQUEST = 1 << 16  # bytes of a line
MAX_QUEUE = 32 << 20  # bytes of answers that a client has not read
RATE_TICK = 5.0  # seconds between looks at the message counter


class ControlService:
    """Answers on the control socket. It runs on the I/O threads, and takes the state lock through ``host.act``."""

    def __init__(self, host: Host) -> None:
        self._desk = Desk(host)

    def start(self, thread: IOThread) -> None:
        """Measure from now on, on ``thread``, how many messages pass. From any thread."""
        thread.call(lambda: self._measure(thread))

    def accept(self, sock: socket.socket, thread: IOThread) -> None:
        """Serve a new connection on ``thread``, if it is this process's user or root who connected."""
        connection = Connection(sock, self, max_line=MAX_REQUEST, max_queue=MAX_QUEUE)
        if not _is_trusted(peer_uid(sock)):
            refusal = RpcError(REFUSED, "only the user that runs the server, and root, may use its control socket")
            connection.put(rpc.error_reply(refusal) + b"\n")
            connection.close()
        thread.adopt(connection)

    def on_tick(self, inputs: list[Input]) -> None:
        """Answer what came in."""
        for item in inputs:
            for line in item.lines:
                reply = self._answer(line)
                if reply is not None:
                    item.connection.put(reply + b"\n")

    def _answer(self, line: bytes) -> bytes | None:
        if len(line) > MAX_REQUEST:  # the framer has cut it
            return rpc.error_reply(RpcError(INVALID_REQUEST, f"a request has at most {MAX_REQUEST:,} bytes"))
        return rpc.answer(line, self._call)

    def _call(self, method: str, params: Params) -> object:
        return methods.call(self._desk, method, params)

    def _measure(self, thread: IOThread) -> None:
        self._desk.note_rate()
        thread.call_at(time.monotonic() + RATE_TICK, lambda: self._measure(thread))


def _is_trusted(uid: int | None) -> bool:
    # Where the system does not say who connects, the socket's mode of 0600 has to do.
    return uid in (None, 0, os.geteuid())
