"""One socket and what is queued for it."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, Protocol

import msgspec

from chatkit.net.framing import LineFramer
from chatkit.net.transport.filter import Fact, Pipe

if TYPE_CHECKING:
    from chatkit.net.io_thread import IOThread

RECV_SIZE = 65536  # bytes read from one socket in one tick, so that no peer keeps the others waiting
LINGER = 3.0  # seconds that a closed connection has to take its last lines
DEFAULT_MAX_LINE = 8192
DEFAULT_MAX_QUEUE = 4 << 20
DEFAULT_PATIENCE = 10.0  # seconds that a handshake may take
PIECE = 64 << 10  # bytes of lines that go through a pipe at once, so that the rest can still be forgotten
NOTHING = memoryview(b"")


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

    ``put`` and ``close`` may be called from any thread, by one at a time: whoever orders the messages holds the lock
    that orders them. They never block. What waits for a peer is bounded by ``max_queue`` bytes; past that the
    connection is dropped, and the service told why.

    ``pipe`` is what its bytes go through. Once that is known to be nothing, it is gone, and costs nothing.
    """

    __slots__ = (
        "_closing", "_dirty", "_finished", "_framer", "_hurried", "_idle", "_lost", "_outbox", "_patience", "_pipe",
        "_put_bytes", "_replies", "_send", "_sent_bytes", "_unsent", "lingering", "max_queue", "overflow_notice",
        "peer", "service", "session", "sock", "thread", "writing",
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
        self._send = sock.send
        self.service = service
        self.peer = peer  # the address to show
        self.session: object = None  # the service's own
        self.max_queue = max_queue
        self.overflow_notice = overflow_notice  # whole lines: the last that a peer gets which reads too slowly
        self.thread: IOThread | None = None
        self.writing = False  # whether the selector waits until it can be written
        self.lingering = False  # whether it has its last seconds
        self._framer = LineFramer(max_line)
        # One list for the connection's whole life: putters append at its end while the owner takes from its front.
        self._outbox: list[bytes] = []
        # What says that no piece is under way: None, but for a connection with a pipe, so that flush_at_once, which
        # knows of no pipes, leaves it to flush.
        self._idle = None if pipe is None else NOTHING
        self._unsent: memoryview | None = self._idle
        self._put_bytes = 0  # written by putters only
        self._sent_bytes = 0  # written by the owner only
        self._dirty = False
        self._closing = False
        self._lost: str | None = None
        self._pipe = pipe
        self._patience = patience  # seconds that a handshake may take
        self._hurried = False  # whether there is a timer for one
        self._finished = False  # whether the pipe has had its last word
        self._replies: list[bytes] = []  # of the pipe's own, on their way; they count as queued
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # a Unix socket has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def queued(self) -> int:
        """Bytes that wait for the peer."""
        return self._put_bytes - self._sent_bytes

    @property
    def closing(self) -> bool:
        """Whether nothing more will be read or queued."""
        return self._closing

    @property
    def lost(self) -> str | None:
        """Why the connection must be dropped, or None."""
        return self._lost

    def put(self, data: bytes) -> None:
        """Queue whole lines."""
        if self._closing:
            return
        self._outbox.append(data)
        self._put_bytes += len(data)
        if self._put_bytes - self._sent_bytes > self.max_queue:
            self._lost = "SendQ exceeded"
        if not self._dirty:
            self._mark()

    def close(self) -> None:
        """Send what is queued, then close. The peer has LINGER seconds to take it."""
        if not self._closing:
            self._closing = True
            self._mark()

    def _mark(self) -> None:
        # Set before it is listed, cleared before it is flushed: so nothing that is put is ever overlooked.
        self._dirty = True
        if self.thread is not None:
            self.thread.note_dirty(self)

    # What follows is the owner's.

    def read(self) -> Input | None:
        """What can be read now, or None."""
        try:
            data = self.sock.recv(RECV_SIZE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            return Input(self, [], error.strerror or str(error))
        if not data:
            return Input(self, [], "Connection closed")
        if self._closing:
            return None
        if self._pipe is not None:
            return self._read_through(self._pipe, data)
        return Input(self, self._framer.feed(data))

    def _read_through(self, pipe: Pipe, data: bytes) -> Input | None:
        lines, facts = self._framer.feed(pipe.receive(data)), pipe.take_facts()
        self._reply(pipe)
        if pipe.ended is not None:
            self._fail(pipe.ended)
        elif pipe.is_plain:
            self._pipe = None
            self._idle = self._unsent = None
        elif pipe.waiting:
            self._hurry()
        return Input(self, lines, None, facts) if lines or facts else None

    def _reply(self, pipe: Pipe) -> None:
        # At once, not when the socket takes it: a peer that asks and never reads must not fill our memory.
        reply = pipe.send(b"")
        if reply:
            self._replies.append(reply)
            self._sent_bytes -= len(reply)
            if self.queued > self.max_queue:
                self._lost = "SendQ exceeded"
        if reply or self._outbox:  # what waited for the handshake
            self._mark()

    def _fail(self, reason: str) -> None:
        """The peer has ended or broken its stream: send it what there is to say to that, and close."""
        self._lost = reason
        self.overflow_notice = b""
        self._mark()

    def _hurry(self) -> None:
        if not self._hurried and self.thread is not None:
            self._hurried = True
            self.thread.call_at(time.monotonic() + self._patience, self._end_patience)

    def _end_patience(self) -> None:
        self._hurried = False
        if self._pipe is not None and self._pipe.waiting and not self._closing:
            self._fail("Handshake timed out")

    def flush_at_once(self) -> bool:
        """Send what is queued in the usual case: one piece, to a peer that takes it whole. Raises OSError.

        Returns whether that was all there is to do. This is the hottest path there is: once for each delivery.
        """
        self._dirty = False  # before looking: what is put after the look has to be listed anew
        outbox = self._outbox
        if len(outbox) != 1 or self._unsent is not None or self._closing or self._lost is not None:
            return False
        data = outbox[0]
        del outbox[0]  # not pop(): a putter may have appended by now
        try:
            sent = self._send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._sent_bytes += sent
        if sent == len(data):
            return True
        self._unsent = memoryview(data)[sent:]
        return False

    def flush(self) -> bool:
        """Send what is queued. Returns whether all of it went. Raises OSError."""
        self._dirty = False
        while data := self._unsent or self._next_piece():
            try:
                sent = self._send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            self._sent_bytes += sent
            if sent < len(data):
                self._unsent = memoryview(data)[sent:]
                return False
            self._unsent = self._idle
        return True

    def _next_piece(self) -> bytes:
        if self._pipe is not None:
            return self._next_filtered(self._pipe)
        return self._take(len(self._outbox))

    def _take(self, count: int) -> bytes:
        outbox = self._outbox
        data = outbox[0] if count == 1 else b"".join(outbox[:count])
        del outbox[:count]
        return data

    def _next_filtered(self, pipe: Pipe) -> bytes:
        # In this order, or a line put just before close() could be overlooked.
        closing, ready = self._closing, pipe.ready
        lines = self._take(self._some()) if ready or closing else b""  # unsaid where there is no way to say it
        fresh = pipe.send(lines if ready else b"")
        if closing and not self._outbox and not self._finished:
            self._finished = True
            fresh += pipe.finish()
        self._sent_bytes += len(lines) - len(fresh)
        replies, self._replies = self._replies, []
        return b"".join([*replies, fresh])

    def _some(self) -> int:
        """How many items of the outbox make a piece."""
        size = 0
        for count, data in enumerate(self._outbox):
            size += len(data)
            if size > PIECE:
                return count + 1
        return len(self._outbox)

    def give_up(self) -> None:
        """Forget what waits, but for the piece that is already under way, say why, and close."""
        self._closing = True
        self._outbox[:] = [self.overflow_notice] if self.overflow_notice else []
