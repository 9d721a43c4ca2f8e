"""A client for tests: a blocking socket, lines in and out, and PING as the barrier."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable

DEADLINE = 20.0  # seconds: long enough for any machine; nothing waits for it but a failure


class RawClient:
    """A connection to a server: to a port of the loopback, or over a socket that is there."""

    def __init__(self, port: int | socket.socket, host: str = "127.0.0.1") -> None:
        self.sock = socket.create_connection((host, port), DEADLINE) if isinstance(port, int) else port
        self._data = b""
        self._tokens = itertools.count()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.sock.close()

    def send(self, *lines: str) -> None:
        self.sock.sendall("".join(line + "\r\n" for line in lines).encode())

    def register(self, nick: str, caps: str = "") -> list[str]:
        """Register, and return the welcome."""
        if caps:
            self.send(f"CAP REQ :{caps}", "CAP END")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        return self.sync()

    def line(self) -> str:
        """The next line, or an EOFError at the end of the stream."""
        while b"\r\n" not in self._data:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError(self._data)
            self._data += data
        line, self._data = self._data.split(b"\r\n", 1)
        return line.decode()

    def until(self, wanted: Callable[[str], bool]) -> list[str]:
        """The lines up to the first that is ``wanted``, that one included."""
        lines = [self.line()]
        while not wanted(lines[-1]):
            lines.append(self.line())
        return lines

    def sync(self) -> list[str]:
        """All that the server had to say before it answers a PING sent now."""
        token = f"sync{next(self._tokens)}"
        self.send(f"PING {token}")
        return self.until(lambda line: line.endswith(f" :{token}"))[:-1]

    def rest(self) -> list[str]:
        """The lines up to the end of the stream."""
        lines = []
        while True:
            try:
                lines.append(self.line())
            except (EOFError, ConnectionResetError):
                return lines
