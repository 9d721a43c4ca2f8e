"""A thread that serves sockets: a poller, timers, and calls from other threads."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from chatkit.net.connection import LINGER, Connection, Input, Service
from chatkit.net.poller import READ, READABLE, WRITABLE, WRITE, Poller
from chatkit.net.round import Round

log = logging.getLogger("chatkit.net")

SENDS_A_LOOK = 16  # that are made between two looks at the clock and the sockets
CROWD_A_TICK = 32  # newcomers that are read, and of those who have gone: whoever is here waits for no more of them

Post = tuple[Sequence[Connection], bytes | None]  # whom to send what; None: close


class Readable(Protocol):
    """Something other than a connection that is watched: a listener."""

    def on_readable(self) -> None:
        """It can be read, on the I/O thread."""


class Timer:
    """A call that is due at ``when`` on the monotonic clock. ``cancel`` may be called from the I/O thread only."""

    __slots__ = ("call", "when")

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.when = when
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class IOThread:
    """Owns a poller and the sockets assigned to it, and alone reads, writes and closes them.

    One turn of its loop, a tick: read what is ready, give each service all that came in at once, run what other threads
    asked for and the timers that are due, then send what there is to send: for as long as the rest of the tick took,
    and on until a socket is ready or a timer due. What is not sent by then goes out in the next ticks, together with
    what they bring: so nobody's line waits until thousands have got another, and the busier it is the more lines share
    a ``send``. Who waits longest is served first. Newcomers are read after the others, and where a crowd comes or goes
    at once a few of it in each tick.

    ``call``, ``adopt``, ``post``, ``wake``, ``start`` and ``stop`` may be called from any thread, the rest on this one
    only.
    """

    def __init__(self, name: str) -> None:
        self.connections: set[Connection] = set()
        self._readables: dict[Readable, socket.socket] = {}
        self._poller: Poller[Connection | Readable | None] = Poller()
        self._events: list[tuple[int, int]] = []  # that a look between sends has found
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._poller.watch(self._wake_read, None)
        self._woken = False
        self._posts: deque[Post] = deque()
        self._round: Round[Connection] | None = None  # what goes past the queues, as far as it has not gone
        self._dirty: deque[Connection] = deque()
        self._began = 0.0  # when this tick had something to do, by the monotonic clock
        self._calls: deque[Callable[[], None]] = deque()
        self._afterwards: list[Callable[[], None]] = []
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_ids = itertools.count()
        self._closed: deque[Input] = deque()
        self._running = False
        self._ident = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Flush once more, close every socket and join the thread. Blocks until that is done."""
        self.call(self._end)
        if self._thread.is_alive():
            self._thread.join()
        else:
            self._release()

    @property
    def name(self) -> str:
        """What the thread is called."""
        return self._thread.name

    def turned(self) -> threading.Event:
        """What is set in the next turn of the loop: whoever waits for it sees that the thread is not stuck."""
        event = threading.Event()
        self.call(event.set)
        return event

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.get_ident() == self._ident

    def call(self, function: Callable[[], None]) -> None:
        """Run ``function`` on this thread, soon."""
        self._calls.append(function)
        self.wake()

    def call_afterwards(self, function: Callable[[], None]) -> None:
        """Run ``function`` in this tick, but after what it has to send: for what nobody waits for."""
        self._afterwards.append(function)

    def call_at(self, when: float, function: Callable[[], None]) -> Timer:
        """Run ``function`` when the monotonic clock reads ``when``."""
        timer = Timer(when, function)
        heapq.heappush(self._timers, (when, next(self._timer_ids), timer))
        return timer

    def adopt(self, connection: Connection) -> None:
        """Serve ``connection`` from now on."""
        connection.thread = self
        self.call(lambda: self._register(connection))

    def watch(self, sock: socket.socket, readable: Readable) -> None:
        """Tell ``readable`` whenever ``sock`` can be read, until ``unwatch``."""
        self._readables[readable] = sock
        self._poller.watch(sock, readable)

    def unwatch(self, readable: Readable) -> None:
        """Stop watching."""
        sock = self._readables.pop(readable, None)
        if sock is not None:
            self._poller.forget(sock)

    def post(self, connections: Sequence[Connection], data: bytes | None) -> None:
        """Send ``data``, whole lines, to each of ``connections``, all of them this thread's; None closes them.

        In the order of the calls. Whoever calls this from another thread calls ``wake`` after it.
        """
        if connections:
            self._posts.append((connections, data))

    def note_dirty(self, connection: Connection) -> None:
        """Flush ``connection`` at the end of the tick."""
        self._dirty.append(connection)

    def wake(self) -> None:
        """End the wait for sockets, if the thread is in it."""
        if not self._woken:
            self._woken = True
            with contextlib.suppress(OSError):  # full, then it will wake; or closed, then it has ended
                self._wake_write.send(b"\0")

    @property
    def has_posts(self) -> bool:
        """Whether something was posted that the thread has not looked at."""
        return bool(self._posts)

    def _run(self) -> None:
        self._ident = threading.get_ident()
        while self._running:
            inputs = self._read_ready(self._events or self._wait())
            if self._calls:
                self._run_calls()
            if self._timers and self._timers[0][0] <= self._began:
                self._run_timers()
            if self._closed:
                inputs = [*self._take_closed(), *inputs]
            if inputs:
                self._hand_over(inputs)
            self._send()
            self._run_afterwards()
        self._release()

    def _wait(self) -> list[tuple[int, int]]:
        if self._dirty or self._round or self._posts or self._calls or self._closed or self._afterwards:
            timeout: float | None = 0.0
        elif self._timers:
            timeout = max(0.0, self._timers[0][0] - time.monotonic())
        else:
            timeout = None
        return self._poller.poll(timeout)

    def _is_wanted(self) -> bool:
        """Whether there is something to do besides sending."""
        self._events = self._poller.poll(0.0)
        return bool(self._events or (self._timers and self._timers[0][0] <= time.monotonic()))

    def _read_ready(self, events: list[tuple[int, int]]) -> list[Input]:
        self._began = time.monotonic()
        self._events = []
        inputs: list[Input] = []
        newcomers: list[Connection] = []
        targets = self._poller.targets
        for fd, mask in events:
            target = targets.get(fd)
            if isinstance(target, Connection):
                if mask & READABLE:
                    if target.newcomer:
                        newcomers.append(target)
                    else:
                        self._read(target, inputs)
                if mask & WRITABLE:
                    self._flush(target)
            elif target is not None:
                self._guard(target.on_readable)
            elif fd in targets:  # else it was closed in this tick, over what came before it
                self._drain_wake()
        if newcomers and len(self._closed) <= CROWD_A_TICK:  # else some still have the names that they come back with
            self._read_some(newcomers, inputs)
        return inputs

    def _read_some(self, newcomers: list[Connection], inputs: list[Input]) -> None:
        for newcomer in newcomers[:CROWD_A_TICK]:  # the poller names the others again
            if newcomer in self.connections:  # else it was found broken just now
                self._read(newcomer, inputs)

    def _read(self, connection: Connection, inputs: list[Input]) -> None:
        is_heard = not (connection.closing or connection.parting)  # else its service listens no more
        try:
            came = connection.read()
        except Exception:  # a bug of ours, or of a library below us, over what this peer sent
            log.exception("%s: unexpected error over what %s sent", self._thread.name, connection.peer)
            came = Input(connection, [], "Internal error")
        if came is None:
            if connection.ended and connection.owed:  # it was not asked for: the peer will not read either
                self._drop(connection)
            return
        if came.closed is not None:
            self._part(connection)
        if is_heard:
            # An end alone may wait its turn: what it said is answered before it is let go.
            (inputs if came.closed is None or came.lines else self._closed).append(came)

    def _part(self, connection: Connection) -> None:
        # Whoever says no more may still read: what waits for him goes out first, with what this tick brings him.
        if not connection.parting or (connection.lingering and not connection.writing):
            self._drop(connection)
            return
        if connection.ended and (connection.writing or connection.owed):
            self._poller.ask(connection.sock, WRITE if connection.writing else 0)  # else it could be read for ever
        if not (connection.closing or connection.owed):
            self.call_afterwards(partial(self.post, (connection,), None))

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)
        # After reading: else a wake in between would be read away while it counts as written, and no later one would
        # write again. Whoever is refused a byte until here has its work done in this turn, which runs after this.
        self._woken = False

    def _hand_over(self, inputs: list[Input]) -> None:
        if len(inputs) == 1:  # the usual case
            self._guard(inputs[0].connection.service.on_tick, inputs)
            return
        by_service: dict[Service, list[Input]] = {}
        for item in inputs:
            by_service.setdefault(item.connection.service, []).append(item)
        for service, its_inputs in by_service.items():
            self._guard(service.on_tick, its_inputs)

    def _take_closed(self) -> list[Input]:
        return [self._closed.popleft() for _ in range(min(len(self._closed), CROWD_A_TICK))]

    def _run_calls(self) -> None:
        for _ in range(len(self._calls)):
            self._guard(self._calls.popleft())

    def _run_timers(self) -> None:
        now, due = time.monotonic(), []
        while self._timers and self._timers[0][0] <= now:
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:  # one that sets another which is due at once gets it in the next tick
            if timer.call is not None:
                self._guard(timer.call)

    def _run_afterwards(self) -> None:
        if self._afterwards:
            calls, self._afterwards = self._afterwards, []
            for call in calls:
                self._guard(call)

    def _guard(self, call: Callable[..., None], *args: object) -> None:
        # Whatever goes wrong in one call, the thread goes on: thousands depend on it.
        try:
            call(*args)
        except Exception:
            log.exception("%s: unexpected error", self._thread.name)

    def _send(self) -> None:
        now = time.monotonic()
        deadline = now + (now - self._began)
        if self._posts:
            self._take_posts()
        if self._round is not None:
            self._send_round(self._round, deadline)
        if self._dirty:
            self._flush_dirty(deadline)

    def _take_posts(self) -> None:
        posts = self._posts
        while posts:
            connections, data = posts[0]
            if data is None or not self._goes_round(connections, data):
                self._queue_posts()
                return
            posts.popleft()

    def _goes_round(self, connections: Sequence[Connection], data: bytes) -> bool:
        if self._round is not None:
            if self._round.receivers != connections:
                return False
            self._round.add(data)
        elif self._dirty:
            return False
        else:
            self._round = Round(connections, data)
        return True

    def _queue_posts(self) -> None:
        # What is under way comes first, so that everybody gets everything in its order.
        waiting: list[Post] = [] if self._round is None else list(self._round.take_all())
        waiting += [self._posts.popleft() for _ in range(len(self._posts))]
        self._round = None
        for connections, data in waiting:
            for connection in connections:
                if data is None:
                    connection.end()
                else:
                    connection.take(data)

    def _send_round(self, going: Round[Connection], deadline: float) -> None:
        # The usual case: one piece, for peers that have nothing in their queues and take it whole. Nothing is hotter
        # than this loop, which runs once for each delivery.
        while going:
            some, data = going.take(SENDS_A_LOOK)
            size = len(data)
            for connection in some:
                send = connection.ready
                if send is None:
                    connection.take(data)
                    continue
                try:
                    sent = send(data)
                except (BlockingIOError, InterruptedError):
                    sent = 0
                except OSError as error:
                    self._fail(connection, error)
                    continue
                if sent != size:
                    connection.keep(data, sent)
            if time.monotonic() > deadline and self._is_wanted():
                break
        if not going:
            self._round = None

    def _flush_dirty(self, deadline: float) -> None:
        dirty = self._dirty
        while dirty:
            for _ in range(min(len(dirty), SENDS_A_LOOK)):
                self._flush(dirty.popleft())
            if time.monotonic() > deadline and self._is_wanted():
                return

    def _flush(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        if connection.lost is not None and not connection.closing:
            self._report(connection, connection.lost)
            connection.give_up()
        try:
            done = connection.flush()
        except OSError as error:
            self._fail(connection, error)
            return
        except Exception:  # as in _read
            log.exception("%s: unexpected error over what %s is sent", self._thread.name, connection.peer)
            self._fail(connection, OSError("Internal error"))
            return
        if connection.writing is done:
            connection.writing = not done
            waits_for = (0 if connection.ended else READ) | (0 if done else WRITE)
            self._poller.ask(connection.sock, waits_for)
        if connection.closing:
            self._linger(connection, done)

    def _fail(self, connection: Connection, error: OSError) -> None:
        self._drop(connection)
        self._report(connection, error.strerror or str(error))

    def _report(self, connection: Connection, why: str) -> None:
        if not (connection.closing or connection.parting):  # else its service knows
            self._closed.append(Input(connection, [], why))

    def _linger(self, connection: Connection, done: bool) -> None:
        # Closing a socket with unread input resets it, and the peer loses the lines that say why. So the peer gets
        # the end of our side first, and what it still sends is read and dropped.
        if done:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)
            if connection.ended:
                self._drop(connection)
                return
        if not connection.lingering:
            connection.lingering = True
            self.call_at(time.monotonic() + LINGER, partial(self._drop, connection))

    def _register(self, connection: Connection) -> None:
        if connection.sock.fileno() < 0:  # whoever made it has closed it meanwhile
            return
        self._poller.watch(connection.sock, connection)
        self.connections.add(connection)
        self.note_dirty(connection)  # for what was put before this

    def _drop(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._poller.forget(connection.sock)
            connection.release()
            connection.sock.close()

    def _end(self) -> None:
        self._running = False

    def _release(self) -> None:
        self._run_calls()  # what was adopted too late is closed with the rest
        self._run_afterwards()
        self._queue_posts()
        self._flush_dirty(math.inf)
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)
            self._drop(connection)
        for readable in list(self._readables):
            self.unwatch(readable)
        self._poller.close()
        self._wake_read.close()
        self._wake_write.close()
