"""A text stream that nothing can take down."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
from typing import TextIO

from chatkit.net.systemd import is_journal

GONE = (errno.EPIPE, errno.EBADF, errno.EIO)  # nobody will ever read it again


class Outlet(io.TextIOBase):
    """Writes to where ``stream`` writes, past its buffer. For one thread.

    Python's own buffers hold a lock while they write: a thread that hangs in a full pipe would hang the whole process
    at its end. And an error here is no exception, only ``failed``, until the next flush goes well.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """``stream`` is None where the process was started with it closed."""
        self.failed = False
        self._gone = stream is None
        self._waiting: list[str] = []
        self._stream = stream = stream or io.StringIO()
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
        try:
            self._fd: int | None = stream.fileno()
        except (OSError, ValueError, AttributeError):  # it is no file: a test's StringIO
            self._fd = None

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        return self._encoding

    def fileno(self) -> int:
        if self._fd is None:
            raise io.UnsupportedOperation("fileno")
        return self._fd

    @property
    def is_journal(self) -> bool:
        """Whether it is systemd's."""
        return self._fd is not None and is_journal(self._fd)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Keep ``text`` for the next flush."""
        if not self._gone:
            self._waiting.append(text)
        return len(text)

    def flush(self) -> None:
        """Write what was kept. Blocks as long as the other side does."""
        text, self._waiting = "".join(self._waiting), []
        self.failed = False
        try:
            self._deliver(text)
        except (OSError, ValueError) as error:  # ValueError: a stream that was closed
            self.failed = True
            self._gone = isinstance(error, ValueError) or error.errno in GONE

    def _deliver(self, text: str) -> None:
        if self._fd is None:
            self._stream.write(text)
            self._stream.flush()
            return
        data = text.encode(self._encoding, "backslashreplace")
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:  # somebody else made it non-blocking
                select.select([], [self._fd], [])
