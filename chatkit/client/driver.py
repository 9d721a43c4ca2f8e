"""A client in a program without an event loop: it waits for the server, for a file and for other threads at once."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import IO, Any, BinaryIO, Generic, Protocol, Self, TextIO, TypeVar

from chatkit.client.events import Event, Left
from chatkit.client.options import ClientOptions
from chatkit.client.runner import ClientRunner

READ_SIZE = 65536
FAREWELL = 3.0  # seconds that leaving may take


def _fileno(file: IO[Any] | None) -> int | None:
    try:
        return None if file is None else file.fileno()
    except OSError:  # it is in memory
        return None


class LineSource:
    """The lines of a file, as they come. What isn't UTF-8 in it is replaced."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self.ended = False
        self.fileno = _fileno(file)  # None where it is in memory: then it never has to be waited for

    def read(self) -> list[str]:
        """The lines that are complete now, without line breaks; of a file at its end, the last one too."""
        data = self._file.read() if self.fileno is None else os.read(self.fileno, READ_SIZE)
        self.ended = self.fileno is None or not data
        *lines, self._rest = (self._rest + self._decoder.decode(data, self.ended)).split("\n")
        if self.ended and self._rest:
            lines.append(self._rest)
        return [line.removesuffix("\r") for line in lines]


class Pumped(Protocol):
    """What a driver drives: a ClientRunner, or a Hub."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def quit(self, reason: str = "") -> None: ...
    def pump(self) -> list[Event]: ...


_Client = TypeVar("_Client", bound=Pumped)


class Loop(Generic[_Client]):
    """Pumps a client on the thread that calls ``wait``. A context manager: it starts and stops the client.

    ``output`` is the file that the program writes to, if its work is done once nobody reads that any more.
    """

    def __init__(self, make: Callable[[Callable[[], None]], _Client], output: TextIO | None = None) -> None:
        self._output = _fileno(output)
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._calls: deque[Callable[[], None]] = deque()
        self._client = make(self.wake)

    def __enter__(self) -> Self:
        self._client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.stop()
        self._wake_read.close()
        self._wake_write.close()

    def wake(self) -> None:
        """End a ``wait``. From any thread."""
        with contextlib.suppress(OSError):  # full: it will wake; closed: nobody waits
            self._wake_write.send(b"\0")

    def call(self, function: Callable[[], None]) -> None:
        """Run ``function`` on the thread that waits. From any thread."""
        self._calls.append(function)
        self.wake()

    def wait(self, timeout: float | None = None, source: LineSource | None = None) -> tuple[list[Event], bool]:
        """Wait for the server, at most ``timeout`` seconds, or until ``source`` has something to read.

        Returns the events, perhaps none, and whether ``source`` can be read. Raises BrokenPipeError where ``output`` is
        a pipe that nobody reads.
        """
        in_memory = source is not None and source.fileno is None
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if source is not None and source.fileno is not None:
            poll.register(source.fileno, select.POLLIN)
        if self._output is not None:
            poll.register(self._output, 0)  # errors are always told
        ready = dict(poll.poll(0 if in_memory else None if timeout is None else max(0, timeout) * 1000))
        if self._output is not None and ready.get(self._output, 0) & select.POLLERR:
            raise BrokenPipeError
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        return self._client.pump(), in_memory or (source is not None and source.fileno in ready)

    def leave(self, reason: str = "") -> list[Event]:
        """Quit, and wait until the server has let go. Returns what came meanwhile."""
        self._output = None  # whether anybody reads matters no more
        self._client.quit(reason)
        events: list[Event] = []
        deadline = time.monotonic() + FAREWELL
        while not any(isinstance(event, Left) for event in events) and time.monotonic() < deadline:
            events += self.wait(deadline - time.monotonic())[0]
        return events


class Driver(Loop[ClientRunner]):
    """For one connection: ``runner``."""

    def __init__(self, options: ClientOptions, output: TextIO | None = None) -> None:
        super().__init__(lambda wake: ClientRunner(options, wake), output)

    @property
    def runner(self) -> ClientRunner:
        """The connection."""
        return self._client
