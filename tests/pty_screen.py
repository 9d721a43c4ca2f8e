"""A program in a pseudo-terminal, byte for byte: what no terminal emulator has interpreted yet."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence

DEADLINE = 30.0  # seconds
SEQUENCES = re.compile(rb"\x1b\[[0-9;:?<>=$]*[@-~]|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")


class Screen:
    """``drawn`` are all bytes that it wrote. The end of a ``with`` ends the program."""

    def __init__(self, command: Sequence[str], columns: int = 100, rows: int = 30, **environment: str) -> None:
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(slave)
        self.drawn = b""

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        end = time.monotonic() + DEADLINE
        with contextlib.suppress(OSError):  # it has closed its side
            while time.monotonic() < end:
                self._read()
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def text(self) -> str:
        """All that was drawn so far, without colours and places."""
        return SEQUENCES.sub(b"", self.drawn).decode(errors="replace").replace("\r", "")

    def until(self, done: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Read on until it is ``done``."""
        end = time.monotonic() + deadline
        while not done():
            assert time.monotonic() < end, f"it never came to this; the end of what was drawn: {self.text()[-800:]}"
            self._read()

    def _read(self) -> None:
        if select.select([self._fd], [], [], 0.05)[0]:
            self.drawn += os.read(self._fd, 1 << 16)
