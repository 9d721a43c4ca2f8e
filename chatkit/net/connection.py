"""One socket and what is queued for it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from chatkit.net.framing import LineFramer
from chatkit.net.transport.filter import Fact, Pipe

if TYPE_CHECKING:
    from chatkit.net.io_thread import IOThread, Timer

RECV_SIZE = 16 << 10  # bytes read from one socket in one tick, so that no peer keeps the others waiting
LINGER = 3.0  # seconds that a closed connection has to take its last lines
DEFAULT_MAX_LINE = 8192
DEFAULT_MAX_QUEUE = 4 << 20
DEFAULT_PATIENCE = 10.0  # seconds that a handshake may take
PIECE = 64 << 10  # bytes of lines that go through a pipe at once, so that the rest can still be forgotten

Send = Callable[["bytes | memoryview"], int]  # a socket's: how much of it went; raises OSError


class Input(msgspec.Struct, gc=False):
    """What one connection brought in one tick.

    ``facts`` have become known before the first of the lines; ``closed`` says why it ended, once, after the last.
    """

    connection: Connection
    lines: list[bytes]
    closed: str | None = None
    facts: tuple[Fact, ...] = ()


class Service(Protocol):
    """Who answers for connections."""

    def on_tick(self, inputs: list[Input]) -> None:
        """Take what came in. Called on the I/O thread that owns the connections; it must not block for long."""


class Connection:
    """A non-blocking stream socket, owned by one I/O thread, which alone reads, writes and closes it.

    ``put`` and ``close`` may be called from any thread, and never block; the rest is the owner's. What waits for a peer
    is bounded by ``max_queue`` bytes; past that the connection is dropped, and the service told why.

    ``pipe`` is what its bytes go through. Once that is known to be nothing, it is gone, and costs nothing.
    """

    __slots__ = (
        "_dirty", "_finished", "_framer", "_hurrying", "_outbox", "_patience", "_pipe", "_replies", "_send", "_unsent",
        "closing", "ended", "lingering", "lost", "max_queue", "newcomer", "overflow_notice", "owed", "parting", "peer",
        "queued", "ready", "service", "session", "sock", "thread", "writing",
    )  # fmt: skip

    def __init__(
        self,
        sock: socket.socket,
        service: Service,
        *,
        peer: str = "",
        max_line: int = DEFAULT_MAX_LINE,
        max_queue: int = DEFAULT_MAX_QUEUE,
        overflow_notice: bytes = b"",
        pipe: Pipe | None = None,
        patience: float = DEFAULT_PATIENCE,
    ) -> None:
        self.sock = sock
        self.service = service
        self.peer = peer  # the address to show
        self.session: object = None  # the service's own
        self.newcomer = True  # until the service says otherwise: of a crowd of these only some are read in a tick
        self.max_queue = max_queue
        self.overflow_notice = overflow_notice  # whole lines: the last that a peer gets which reads too slowly
        self.thread: IOThread | None = None
        self.queued = 0  # bytes that wait for the peer
        self.ready: Send | None = None  # the way past the queue, while nothing is in it
        self.writing = False  # whether the poller waits until it can be written
        self.closing = False  # whether nothing more will be read or queued
        self.ended = False  # whether the peer has closed its side of the socket
        self.parting = False  # whether the peer has said that it will say no more, and may still read what waits for it
        self.owed = False  # whether its service has yet to put something: who says no more gets that, too, first
        self.lingering = False  # whether it has its last seconds
        self.lost: str | None = None  # why it must be dropped
        self._send: Send = sock.send
        self._framer = LineFramer(max_line)
        self._outbox: list[bytes] = []
        self._unsent: memoryview | None = None  # the rest of the piece that is under way
        self._dirty = False  # whether it is listed to be flushed
        self._pipe = pipe
        self._patience = patience  # seconds that a handshake may take
        self._hurrying: Timer | None = None  # the one for that
        self._finished = False  # whether the pipe has had its last word
        self._replies: list[bytes] = []  # of the pipe's own, on their way; they count as queued
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # a Unix socket has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def put(self, data: bytes) -> None:
        """Send whole lines. Another thread than the owner calls its ``wake`` after that."""
        if self.thread is None:
            self.take(data)
        else:
            self.thread.post((self,), data)

    def close(self) -> None:
        """Send what was put, then close. The peer has LINGER seconds to take it. See ``put``."""
        if self.thread is None:
            self.end()
        else:
            self.thread.post((self,), None)

    # What follows is the owner's.

    def take(self, data: bytes) -> None:
        """Queue whole lines."""
        if self.closing:
            return
        self._outbox.append(data)
        self.queued += len(data)
        self.ready = None
        if self.queued > self.max_queue:
            self.lost = "SendQ exceeded"
        if not self._dirty:
            self._mark()

    def keep(self, data: bytes, sent: int) -> None:
        """Queue what ``ready`` left of ``data``, of which ``sent`` bytes went."""
        self._unsent = memoryview(data)[sent:]
        self.queued += len(self._unsent)
        self.ready = None
        if self.queued > self.max_queue:
            self.lost = "SendQ exceeded"
        self._mark()

    def end(self) -> None:
        """Close when all that is queued has gone."""
        if not self.closing:
            self.closing = True
            self.ready = None
            self._mark()

    def _mark(self) -> None:
        if not self._dirty and self.thread is not None:
            self._dirty = True
            self.thread.note_dirty(self)

    def read(self) -> Input | None:
        """What can be read now, or None."""
        try:
            data = self.sock.recv(RECV_SIZE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            return Input(self, [], error.strerror or str(error))
        if not data:
            return self._hear_end()
        if self.closing:
            return None
        if self._pipe is not None:
            return self._read_through(self._pipe, data)
        return Input(self, self._framer.feed(data))

    def _hear_end(self) -> Input | None:
        if self.ended or (self.parting and not self.closing):  # it was told already
            return None
        self.ended = self.parting = True
        return Input(self, [], "Connection closed")

    def _read_through(self, pipe: Pipe, data: bytes) -> Input | None:
        if self.parting:
            return None
        lines, facts = self._framer.feed(pipe.receive(data)), pipe.take_facts()
        self._reply(pipe)
        if pipe.ended is not None:
            self.parting = True
            return Input(self, lines, pipe.ended, facts)
        if pipe.is_plain:
            self._pipe = None
            self._mark()
        elif pipe.waiting:
            self._hurry()
        return Input(self, lines, None, facts) if lines or facts else None

    def _reply(self, pipe: Pipe) -> None:
        # At once, not when the socket takes it: a peer that asks and never reads must not fill our memory.
        reply = pipe.send(b"")
        if reply:
            self._replies.append(reply)
            self.queued += len(reply)
            if self.queued > self.max_queue:
                self.lost = "SendQ exceeded"
        if reply or self._outbox:  # what waited for the handshake
            self._mark()

    def _hurry(self) -> None:
        if self._hurrying is None and self.thread is not None:
            self._hurrying = self.thread.call_at(time.monotonic() + self._patience, self._end_patience)

    def _end_patience(self) -> None:
        self._hurrying = None
        if self._pipe is not None and self._pipe.waiting and not self.closing:
            self.lost = "Handshake timed out"
            self.overflow_notice = b""
            self._mark()

    def flush(self) -> bool:
        """Send what is queued. Returns whether all of it went. Raises OSError."""
        self._dirty = False
        while data := self._unsent or self._next_piece():
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            self.queued -= sent
            if sent < len(data):
                self._unsent = memoryview(data)[sent:]
                return False
            self._unsent = None
        if self._pipe is None and not self.closing:
            self.ready = self._send
        return True

    def _next_piece(self) -> bytes:
        outbox = self._outbox
        if self._pipe is not None:
            return self._next_filtered(self._pipe)
        data = outbox[0] if len(outbox) == 1 else b"".join(outbox)
        outbox.clear()
        return data

    def _next_filtered(self, pipe: Pipe) -> bytes:
        lines = self._some() if pipe.ready or self.closing else b""  # unsaid where there is no way to say it
        fresh = pipe.send(lines if pipe.ready else b"")
        if self.closing and not self._outbox and not self._finished:
            self._finished = True
            fresh += pipe.finish()
        self.queued += len(fresh) - len(lines)
        replies, self._replies = self._replies, []
        return b"".join([*replies, fresh])

    def _some(self) -> bytes:
        """As much of the outbox as makes a piece, taken from it."""
        size = count = 0
        while count < len(self._outbox) and size <= PIECE:
            size += len(self._outbox[count])
            count += 1
        lines = b"".join(self._outbox[:count])
        del self._outbox[:count]
        return lines

    def release(self) -> None:
        """The socket is closed: let go of all that was needed to serve it, before the last timer that knows it."""
        self.ready = self._pipe = self._unsent = None
        self._outbox.clear()
        self._replies.clear()
        if self._hurrying is not None:
            self._hurrying.cancel()
            self._hurrying = None

    def give_up(self) -> None:
        """Forget what waits, but for the piece that is already under way, say why, and close."""
        self.closing = True
        self.ready = None
        self._outbox[:] = [self.overflow_notice] if self.overflow_notice else []
