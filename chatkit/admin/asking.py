"""Asking a server: one request, one answer, over a connection that may be kept."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

from chatkit.admin.errors import AdminError, NeedsYes, NotUnderstood
from chatkit.admin.places import Place, Premises
from chatkit.control import rpc
from chatkit.control.plan import NEEDS_YES
from chatkit.net.dial import Dialed
from chatkit.premises import has_server

ANSWER_SECONDS = 10.0
PATIENCE = {"backup": 3600.0, "history.purge": 60.0, "history.search": 60.0, "reload": 60.0}  # seconds, of the slow
COMPLETION_SECONDS = 0.3
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02
RECV_SIZE = 1 << 16
ERRORS: dict[int, type[AdminError]] = {NEEDS_YES: NeedsYes, rpc.INVALID_PARAMS: NotUnderstood}


class Asker:
    """A connection to a server, made when it is needed and kept until ``close``. For one thread at a time."""

    def __init__(self, place: Place, timeout: float | None = None) -> None:
        """``timeout`` is how many seconds an answer may take; None: as long as such an answer takes."""
        self.place = place
        self._timeout = timeout
        self._dialed: Dialed | None = None

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, if there is a connection."""
        if self._dialed is not None:
            self._dialed.sock.close()
        self._dialed = None

    def is_connected(self) -> bool:
        """Whether there is a connection that the server has not ended. Never blocks; for between two requests."""
        if self._dialed is None:
            return False
        sock, tunnel = self._dialed.sock, self._dialed.tunnel
        try:
            sock.setblocking(False)
            data = sock.recv(RECV_SIZE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data or tunnel is None:
            return False  # it has ended, or says what nobody asked
        tunnel.receive(data)  # TLS has something to say between times
        return tunnel.ended is None

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """The result of ``method``, as plain data; that of ``stop`` when the server is gone. Raises AdminError.

        A request that got no answer is not made again: it may have been carried out.
        """
        request = _encode(method, params)
        self._see_to_connection()
        try:
            result = self._ask(request, self._timeout or PATIENCE.get(method, ANSWER_SECONDS))
        except rpc.RpcError as error:
            raise _error_of(method, error) from error
        except BaseException:
            self.close()  # what comes late must not be taken for the next answer
            raise
        if method == "stop" and not params.get("dry_run"):
            self._wait_for_end()
        return result

    def _see_to_connection(self) -> None:
        if self.is_connected():
            return
        self.close()
        self._dialed = self.place.connect(self._timeout or ANSWER_SECONDS)
        if self.place.token:
            try:
                self._ask(_encode("authenticate", {"token": self.place.token}), self._timeout or ANSWER_SECONDS)
            except BaseException as error:
                self.close()
                if isinstance(error, rpc.RpcError):
                    hint = "; is this the port of its admin.remote?" if error.code == rpc.INTERNAL_ERROR else ""
                    raise AdminError(f"{error}{hint}") from error
                raise

    def _ask(self, message: bytes, timeout: float) -> Any:
        """The answer to ``message``. Raises RpcError with what the server says against it, AdminError without one."""
        assert self._dialed is not None
        try:
            return rpc.result_of(_exchange(self._dialed, message, time.monotonic() + timeout))
        except TimeoutError as error:
            raise AdminError(f"the server does not answer within {timeout:g} seconds") from error
        except OSError as error:
            raise AdminError(f"the server hung up: {error.strerror or error}") from error

    def _wait_for_end(self) -> None:
        """Wait until the server has closed the connection, then its database: until it lets go of its lock."""
        assert self._dialed is not None
        deadline = time.monotonic() + STOP_SECONDS
        try:
            _wait_for_hang_up(self._dialed.sock, deadline)
            if isinstance(self.place, Premises):
                _wait_for_server(self.place.directory, deadline)
        except TimeoutError as error:
            raise AdminError(f"the server is still stopping after {STOP_SECONDS:g} seconds") from error
        finally:
            self.close()


def ask(place: Place, method: str, params: dict[str, Any], timeout: float | None = None) -> Any:
    """The result of one request, over a connection of its own. Raises AdminError."""
    with Asker(place, timeout) as asker:
        return asker.call(method, params)


def meant(place: Place, kind: str, prefix: str) -> list[str]:
    """Which names may be meant by ``prefix``, for somebody who types: none, if the server does not answer at once."""
    try:
        return list(ask(place, "complete", {"kind": kind, "prefix": prefix}, COMPLETION_SECONDS))
    except AdminError:
        return []


def _encode(method: str, params: dict[str, Any]) -> bytes:
    try:
        return rpc.request(method, params, 1) + b"\n"
    except UnicodeEncodeError as error:
        raise AdminError("what you typed is not valid UTF-8") from error


def _error_of(method: str, error: rpc.RpcError) -> AdminError:
    if error.code == rpc.METHOD_NOT_FOUND:
        return NotUnderstood(f"the server has no command '{method.replace('.', ' ')}'")
    return ERRORS.get(error.code, AdminError)(str(error))


def _exchange(dialed: Dialed, message: bytes, deadline: float) -> bytes:
    """Send a line and wait for one. Raises OSError."""
    sock, tunnel = dialed.sock, dialed.tunnel
    sock.settimeout(_left(deadline))
    sock.sendall(message if tunnel is None else tunnel.send(message))
    chunks: list[bytes] = []
    while not chunks or b"\n" not in chunks[-1]:
        sock.settimeout(_left(deadline))
        data = sock.recv(RECV_SIZE)
        if not data:
            raise ConnectionError("it closed the connection without an answer")
        chunks.append(data if tunnel is None else tunnel.receive(data))
        if tunnel is not None and tunnel.ended is not None and b"\n" not in chunks[-1]:
            raise ConnectionError(tunnel.ended)
    return b"".join(chunks).partition(b"\n")[0]


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def _wait_for_hang_up(sock: socket.socket, deadline: float) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            sock.settimeout(_left(deadline))
            if not sock.recv(RECV_SIZE):
                return


def _wait_for_server(directory: Path, deadline: float) -> None:
    while has_server(directory):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(POLL_SECONDS)
