"""The server: sockets, threads, the lock and the store around an ircd.

A tick of an I/O thread goes through ``_turn``: the ircd handles what came in under the state lock; then, in the order
of the lock, the turn's records are committed and its frames handed to the outboxes. See docs/threads.md.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from chatkit import __version__
from chatkit.config import Config, ConfigError
from chatkit.control.logbook import Logbook
from chatkit.control.runner import Health, NotStored
from chatkit.control.service import ControlService
from chatkit.control.web import WebService
from chatkit.ircd import door
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import restore
from chatkit.ircd.events import Event, Said
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.lines import MAX_INPUT
from chatkit.ircd.reconfiguring import reconfigure
from chatkit.ircd.requests import Job, Reload, Reloaded, Request, RunCommand, StoreNow
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import CRLF, Turn, goodbye
from chatkit.ircd.state import Session
from chatkit.net.connection import Connection, Input
from chatkit.net.entrances import Entrance, EntranceError, open_entrances, open_remote, open_web
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import Listener, listen_unix
from chatkit.net.transport.filter import Fact, Secured
from chatkit.net.transport.identity import Identity, load_identity
from chatkit.net.transport.reception import Reception
from chatkit.premises import (
    CONTROL_NAME,
    ServerError,
    make_directory,
    note_end,
    note_start,
    only_server,
    read_lines,
    read_password,
)
from chatkit.proto.addresses import as_host
from chatkit.proto.timestamps import format_time
from chatkit.reload import differences, taken_up
from chatkit.store.backing_up import back_up
from chatkit.store.database import Store
from chatkit.store.erasing import Keep
from chatkit.store.keeping import Keeper
from chatkit.store.records import Audited, Entry, Query, outlasts
from chatkit.store.recovery import Recovered, open_store
from chatkit.upkeep import Upkeep
from chatkit.workers import Workers

log = logging.getLogger("chatkit.server")

WORKERS = 4
THROTTLE_TICK = 0.05  # seconds between looks at clients that were too fast
SILENCE_TICK = 5.0  # seconds between looks for clients that have fallen silent
DRAIN_TICK = 0.25  # seconds between looks whether the last client has gone
STATE_SECONDS = 1.0  # that the state lock may be held until the server counts as stuck
TURN_SECONDS = 5.0  # that an I/O thread may be at one thing until it does
SPARE_FILES = 64  # descriptors that are not for clients
OVERFLOW_NOTICE = b"ERROR :Closing link: (SendQ exceeded)\r\n"

T = TypeVar("T")


class Journal(Protocol):
    """Who is told what happened."""

    def put(self, events: list[Event]) -> None:
        """Take what one turn brought. Called outside the locks, by any thread; never blocks, never raises."""


class Server:
    """One chat server. ``start`` it once, ``stop`` it; everything between happens on its own threads.

    Two locks, taken one after the other, never one inside the other:

    - ``_state_lock`` guards the ircd. Nothing blocks under it. Before it is left, the turn is queued in ``_turns``.
    - ``_commit_lock`` guards the store's writer and the order in which outboxes fill. Whoever has it takes all turns
      that are queued, commits their records in one transaction, and hands out their frames: so the order of the state
      lock is the order of history and of every outbox, though nobody holds the state lock while a disk works.
    """

    def __init__(
        self,
        config: Config,
        journal: Journal | None = None,
        reread: Callable[[], Config] | None = None,
        *,
        settings_file: str = "",
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        """``reread`` gives the settings as they are now, for ``reload``; without it they stay as they are.

        ``settings_file`` is what they are read from, for people. ``sockets`` listen already, for clients: see
        ``open_entrances``.
        """
        self.config = config
        self.stop_requested = threading.Event()
        self.started_at = time.time()
        self.port = config.port
        self.web_port: int | None = None  # of metrics.listen, once it is started
        self.remote_port: int | None = None  # where it is run from elsewhere, once it is started
        self.entrances: list[Entrance] = []  # the listening sockets, that of ``port`` first
        self.identity: Identity | None = None  # the certificate, once it is started, unless TLS is off
        self.recovered: Recovered | None = None  # what became of the database, if it was damaged at the start
        self.logbook = Logbook()
        self._journals: list[Journal] = [self.logbook, *([journal] if journal is not None else [])]
        self._settings_file = settings_file
        self._sockets = sockets
        self._reread = reread or (lambda: config)
        self._reloading = threading.Lock()  # one after the other: held for as long as files are read
        self._state_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._turns: deque[Turn | Saying] = deque()
        self._threads: list[IOThread] = []
        self._listeners: list[Listener] = []
        self._ticking = False  # whether a timer is set for throttled clients; guarded by the state lock
        self._drain_until: float | None = None  # when it stops though somebody is there; the first I/O thread's
        self._stack = contextlib.ExitStack()  # what to undo at the end, the last first

    # For whoever runs it.

    def start(self) -> None:
        """Open the database, bind the sockets, start the threads. Raises ServerError, ConfigError or StoreError."""
        with contextlib.ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        log.info("serving on %s port %d, data in %s", self.config.host, self.port, self.config.data_dir)

    def stop(self, reason: str = "The server is shutting down") -> None:
        """Tell every client, close every socket, join every thread, close the database. Blocks until that is done."""
        for listener in self._listeners:
            listener.close()
        if self._listeners:
            self._turn(lambda now: self.ircd.close_all(reason, now))
            self.store.hurry()
        self._listeners.clear()
        self._stack.close()

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Run ``function`` under the state lock and carry out what comes of it. From any thread, never from within.

        Raises NotStored where it is done and should be in the audit log, which could not be written.
        """
        found: list[T] = []

        def work(now: Moment) -> None:
            self.ircd.changes += 1
            found.append(function(self.ircd, now))

        turn = self._turn(work)
        if not turn.stored and any(isinstance(entry, Audited) for entry, _, _ in turn.records):
            raise NotStored(found[0])
        return found[0]

    def ask(self, query: Query) -> Any:
        """The store's answer. Blocks while it looks: never on an I/O thread. Raises OSError and sqlite3.Error."""
        try:
            return self._keeper.answer(query)
        finally:
            self._upkeep.mind()

    def submit(self, function: Callable[..., None], *args: object) -> None:
        """Have a worker run ``function``, unless the server stops: then nobody waits for what comes of it."""
        with contextlib.suppress(RuntimeError):
            self._pool.submit(_logging, function, *args)

    def drain(self, seconds: float | None) -> None:
        """Let nobody in any more, and stop when the last has gone, or after ``seconds``. From any thread.

        Called again, it is the later word that counts.
        """

        def begin(ircd: Ircd, now: Moment) -> None:
            ircd.draining = True

        self.act(begin)
        self._threads[0].call(partial(self._begin_to_drain, float("inf") if seconds is None else seconds))

    def backup(self, path: Path) -> int:
        """Write a copy of everything that is stored to ``path``, which must be new. Returns its bytes. Blocks.

        Raises BackupError, OSError and sqlite3.Error.
        """
        self.store.take_over()
        made = format_time(time.time_ns() // 1_000_000)
        return back_up(self.store.path, path, made, __version__)

    def files(self) -> dict[str, int]:
        """The bytes of the store's files."""
        return self.store.sizes()

    def health(self) -> Health:
        """How the server is. Blocks for as long as it takes to find out that it is stuck: never on an I/O thread."""
        stuck = tuple(self._stuck())
        why = [*stuck, *(word for word in (self._keeper.failing or self._keeper.trouble,) if word)]
        if self.ircd.draining:
            why.append("it is about to stop, and lets nobody in")
        return Health(alive=not stuck, ready=not why, why=tuple(why))

    def _stuck(self) -> Iterator[str]:
        if self._state_lock.acquire(timeout=STATE_SECONDS):
            self._state_lock.release()
        else:
            yield f"the state lock was not to be had for {STATE_SECONDS:.0f} s"
        deadline = time.monotonic() + TURN_SECONDS
        for thread, turned in [(thread, thread.turned()) for thread in self._threads]:
            if not turned.wait(max(0.0, deadline - time.monotonic())):
                yield f"{thread.name} has not turned for {TURN_SECONDS:.0f} s"

    def queues(self) -> list[tuple[str, int]]:
        """Bytes that wait for each client, by its nick or its address. Without a lock: it may be a moment old."""
        connections = [connection for thread in self._threads for connection in list(thread.connections)]
        return [(_name_of(connection), connection.queued) for connection in connections]

    def reload(self) -> Reloaded:
        """Read settings, message of the day, passwords and certificate again, and go on with them.

        From any thread, never from within; blocks. Where one of them is not good nothing changes, and it says why.
        """
        with self._reloading:
            try:
                return self._reload()
            except ConfigError as error:
                log.error("the settings were not read again: %s", error)
                return Reloaded(error=str(error))

    def _reload(self) -> Reloaded:
        read = self._reread()
        motd, password = read_lines(read.motd, "motd"), read_password(read.password_file, "password_file")
        config = taken_up(self.config, read)
        workers = Workers(self._keeper, config)
        self.reload_tls()
        changed = list(differences(self.config, config))
        changed += ["motd"] * (motd != self.ircd.motd and "motd" not in changed)
        changed += ["password_file"] * (password != self.ircd.password and "password_file" not in changed)
        later = differences(config, read)
        self.config, self._workers = config, workers
        self._turn(lambda now: reconfigure(self.ircd, config, motd, password, now))
        log.info(
            "settings read again; changed: %s; at the next start: %s",
            ", ".join(changed) or "-",
            ", ".join(later) or "-",
        )
        return Reloaded(tuple(changed), later)

    def commit(self, entries: Iterable[Entry]) -> None:
        """Store ``entries`` now. From any thread, never under a lock. Raises OSError and sqlite3.Error."""
        with self._commit_lock:
            self._keeper.commit(tuple(entries))
            self._upkeep.note_logged()

    def reload_tls(self) -> None:
        """Read certificate and key again, for those who connect from now on. Raises ConfigError, and changes nothing,
        if they are not good. From any thread."""
        if self.identity is not None:
            self.identity.reload()

    @property
    def connections(self) -> int:
        """Open connections, those to the control socket included."""
        return sum(len(thread.connections) for thread in self._threads)

    # Starting.

    def _open(self, stack: contextlib.ExitStack) -> None:
        directory = self.config.data_dir
        motd = read_lines(self.config.motd, "motd")
        password = read_password(self.config.password_file, "password_file")
        make_directory(directory)
        stack.enter_context(only_server(directory))
        self._open_store(stack, directory)
        self.ircd = self._make_ircd(motd, password)
        self._workers = Workers(self._keeper, self.config)
        self.entrances, remote, web = self._open_entrances(stack)
        self.port = self.entrances[0].sock.getsockname()[1]
        control = stack.enter_context(_control_socket(directory))
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="chatkit-worker")
        stack.callback(self._pool.shutdown)
        self.submit(self._workers.warm_up)
        self._start_threads(stack)
        self._upkeep = Upkeep(self, self.ircd, self._keeper, self._commit_lock, self._threads[0])
        for entrance in self.entrances:
            self._accept_on(entrance.sock, partial(self._accept, entrance))
        self._control = ControlService(self, self.logbook)
        self._control.start(self._threads[0])
        self._accept_on(control, self._accept_control)
        if remote is not None:
            self.remote_port = remote.sock.getsockname()[1]
            self._accept_on(remote.sock, partial(self._accept_remote, remote))
        if web is not None:
            self._open_web(stack, web)
        self.logbook.start()
        stack.callback(self.logbook.stop)
        self._threads[0].call(self._check_silence)
        self._upkeep.start()

    def _open_store(self, stack: contextlib.ExitStack, directory: Path) -> None:
        was_killed = note_start(directory)
        history = self.config.history
        keep = Keep(history.keep_days, history.keep_messages, history.keep_in_all)
        self.store, self.recovered = open_store(
            directory, was_killed, lambda: Store(directory, history.durability, keep)
        )
        self._keeper = Keeper(self.store)
        stack.callback(self._note_end)  # once it has been closed
        stack.callback(self._keeper.close)

    def _note_end(self) -> None:
        if not self._keeper.is_damaged:  # else the next start is to check all of it
            note_end(self.config.data_dir)

    def _make_ircd(self, motd: tuple[str, ...], password: str | None) -> Ircd:
        last_seq = max(self.store.last_seq(), 0 if self.recovered is None else self.recovered.last)
        ircd = Ircd(self.config, _now(), motd=motd, password=password, last_seq=last_seq, version=__version__)
        restore(ircd, self.store.documents)
        ircd.audits = self.store.last_audit()
        ircd.max_connections = _most_connections()
        ircd.settings_file = self._settings_file or ircd.settings_file
        return ircd

    def _open_entrances(
        self, stack: contextlib.ExitStack
    ) -> tuple[list[Entrance], Entrance | None, socket.socket | None]:
        """Those for clients; for administration from elsewhere; for those who look how the server is."""
        config = self.config
        self.identity = identity = load_identity(config)
        enter = stack.enter_context
        try:
            return (
                enter(open_entrances(config, identity, self._sockets)),
                enter(open_remote(config, identity)) if config.admin.remote else None,
                enter(open_web(config)) if config.metrics.listen else None,
            )
        except EntranceError as error:
            raise ServerError(str(error)) from error

    def _open_web(self, stack: contextlib.ExitStack, sock: socket.socket) -> None:
        service = WebService(self, sock)
        stack.callback(service.stop)
        service.start()
        self.web_port = sock.getsockname()[1]

    def _start_threads(self, stack: contextlib.ExitStack) -> None:
        for number in range(self.config.io_threads):
            thread = IOThread(f"chatkit-io-{number}")
            thread.start()
            stack.callback(thread.stop)
            self._threads.append(thread)

    def _accept_on(self, sock: socket.socket, on_accept: Callable[[socket.socket, str], None]) -> None:
        listener = Listener(sock, self._threads[0], on_accept)
        listener.open()
        self._listeners.append(listener)

    # Clients. These run on I/O threads.

    def _accept(self, entrance: Entrance, sock: socket.socket, address: str) -> None:
        limits, peer = self.config.limits, entrance.peer(address)
        host = as_host(peer.address)
        thread = min(self._threads, key=lambda thread: len(thread.connections))

        def let_in(ircd: Ircd, now: Moment) -> Connection | str:
            if why := door.refusal(ircd, host, now):
                return why
            connection = Connection(
                sock,
                self,
                peer=peer.address,
                max_line=MAX_INPUT,
                max_queue=limits.sendq_bytes,
                overflow_notice=OVERFLOW_NOTICE,
                pipe=Reception(entrance.policy, peer),
                patience=limits.handshake_seconds,
            )
            connection.thread = thread
            session = connection.session = ircd.connect(connection, host, now)
            if peer.local:
                ircd.secured(session, None)
            return connection

        outcome = self.act(let_in)
        if isinstance(outcome, Connection):
            thread.adopt(outcome)
        else:
            _turn_away(sock, host, outcome)

    def _accept_remote(self, entrance: Entrance, sock: socket.socket, address: str) -> None:
        pipe = Reception(entrance.policy, entrance.peer(address))
        self._control.accept_remote(sock, address, pipe, self._threads[0], self.config.limits.handshake_seconds)

    def _accept_control(self, sock: socket.socket, address: str) -> None:
        self._control.accept(sock, self._threads[0])

    def on_tick(self, inputs: list[Input]) -> None:
        """Handle what came in during one tick of an I/O thread."""
        if len(inputs) != 1 or not self._talk_on(inputs[0]):
            self._turn(partial(self._receive, inputs))

    def _talk_on(self, came: Input) -> bool:
        """Handle ``came`` where it is what talk brings, a message after another. Returns whether it was that."""
        session = came.connection.session
        if came.facts or came.closed is not None or not isinstance(session, Session):
            return False
        with self._state_lock:
            try:
                saying = self.ircd.talk_on(session, came.lines, _now())
            except Exception:  # a bug of ours: the usual way may do
                log.exception("unexpected error over what %s said", came.connection.peer)
                return False
            if saying is None:
                return False
            self._turns.append(saying)
        self._settle(came.connection.thread)
        return True

    def _receive(self, inputs: list[Input], now: Moment) -> None:
        for item in inputs:
            session = item.connection.session
            assert isinstance(session, Session)
            try:
                for fact in item.facts:
                    self._note(item.connection, session, fact, now)
                if item.lines:
                    self.ircd.receive(session, item.lines, now)
                    if item.connection.newcomer:
                        item.connection.newcomer = session.user is None
                if item.closed is not None:
                    self.ircd.disconnected(session, item.closed, now)
            except Exception:  # a bug of ours: the others in this tick must not lose their lines by it
                log.exception("unexpected error over what %s sent", item.connection.peer)
                self.ircd.close(session, "Internal error", now)

    def _note(self, connection: Connection, session: Session, fact: Fact, now: Moment) -> None:
        if isinstance(fact, Secured):
            self.ircd.secured(session, fact.certfp)
            return
        connection.peer, address = fact.address, as_host(fact.address)
        why = door.refusal(self.ircd, address, now, inside=True)
        self.ircd.readdress(session, address)
        if why is not None:
            self.ircd.close(session, why, now)

    # A turn's way.

    def _turn(self, work: Callable[[Moment], object]) -> Turn:
        """Do ``work`` under the state lock, then see to it that what comes of it is committed and handed out."""
        with self._state_lock:
            work(_now())
            turn = self.ircd.take_turn()
            self._turns.append(turn)
            tick = bool(self.ircd.throttled) and not self._ticking
            self._ticking = self._ticking or tick
        self._settle(next((thread for thread in self._threads if thread.is_current), None))
        if tick:
            self._threads[0].call(self._arm_tick)
        return turn

    def _settle(self, current: IOThread | None) -> None:
        """``current`` is the I/O thread that calls this, if it is one."""
        with self._commit_lock:
            turns = [self._turns.popleft() for _ in range(len(self._turns))]
            stored = self._commit(turns)
            for turn in turns:
                turn.hand_out(stored, self._deliver)
        for thread in self._threads:
            if thread is not current and thread.has_posts:
                thread.wake()
        if current is None:
            self._follow_up(turns, stored)
        else:
            current.call_afterwards(partial(self._follow_up, turns, stored))

    def _deliver(self, connections: Sequence[Any], data: bytes) -> None:
        # ``Any`` is Connection: the rules know them as links.
        if len(self._threads) == 1:
            self._threads[0].post(connections, data)
            return
        for thread in self._threads:
            its = [connection for connection in connections if connection.thread is thread]
            if its:  # else it would be woken for nothing
                thread.post(its, data)

    def _commit(self, turns: list[Turn | Saying]) -> bool:
        """Store the turns' records. Returns whether they are stored, or there are none."""
        records = [record for turn in turns for record, _, _ in turn.records]
        if not records:
            return True
        lasting = (entry for turn in turns for entry, link, _ in turn.records if link is None and outlasts(entry))
        stored = self._keeper.put(records, lasting)
        for turn in turns if not stored else ():
            turn.stored = False
        self._upkeep.note_logged()
        return stored

    def _follow_up(self, turns: list[Turn | Saying], stored: bool) -> None:
        # After the commit: a query must find what its client has seen.
        for turn in turns:
            for job in turn.jobs:
                self.submit(self._answer, job)
            events = turn.events if stored else [event for event in turn.events if not isinstance(event, Said)]
            for journal in self._journals if events else ():
                journal.put(events)
        self._upkeep.mind()

    # Workers.

    def _answer(self, job: Job) -> None:
        answer: object
        try:
            answer = self._see_to(job.request)
        except Exception as error:
            log.exception("a worker failed over %s", type(job.request).__name__)  # its fields may be secret
            answer = error
        self._turn(lambda now: self.ircd.resume(job, answer, now))

    def _see_to(self, request: Request) -> object:
        if isinstance(request, StoreNow):
            self.commit(request.entries)
            return None
        if isinstance(request, Reload):
            return self.reload()
        if isinstance(request, RunCommand):
            return self._control.run_line(request)
        return self._workers.answer(request)

    # Timers, on the first I/O thread.

    def _begin_to_drain(self, seconds: float) -> None:
        is_begun = self._drain_until is not None
        self._drain_until = time.monotonic() + seconds
        if not is_begun:
            self._drain()

    def _drain(self) -> None:
        assert self._drain_until is not None, "it has begun"
        if self.ircd.sessions and time.monotonic() < self._drain_until:
            self._threads[0].call_at(time.monotonic() + DRAIN_TICK, self._drain)
        else:
            self.stop_requested.set()

    def _arm_tick(self) -> None:
        self._threads[0].call_at(time.monotonic() + THROTTLE_TICK, self._tick)

    def _tick(self) -> None:
        def tick(now: Moment) -> None:
            self._ticking = False
            self.ircd.tick(now)

        self._turn(tick)

    def _check_silence(self) -> None:
        limits = self.config.limits
        pause = min(SILENCE_TICK, limits.registration_seconds / 4, limits.ping_seconds / 4)
        # First, so that one failure is not the last look.
        self._threads[0].call_at(time.monotonic() + max(pause, THROTTLE_TICK), self._check_silence)
        self._turn(self.ircd.check_silence)


def _logging(function: Callable[..., None], *args: object) -> None:
    """Call ``function`` for the pool, which would keep a bug of ours to itself."""
    try:
        function(*args)
    except Exception:
        log.exception("a worker: unexpected error")


def _name_of(connection: Connection) -> str:
    session = connection.session
    return (isinstance(session, Session) and session.nick) or connection.peer or "local"


def _now() -> Moment:
    return Moment(time.time_ns() // 1000, time.monotonic())


def _most_connections() -> int:
    """How many clients there are file descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(1, soft - SPARE_FILES)


def _turn_away(sock: socket.socket, address: str, why: str) -> None:
    # As plain text, whatever would have been spoken: nothing is made for a connection that is not wanted.
    with sock, contextlib.suppress(OSError):
        sock.send(goodbye(address, why) + CRLF, socket.MSG_DONTWAIT)


@contextlib.contextmanager
def _control_socket(directory: Path) -> Iterator[socket.socket]:
    path = directory / CONTROL_NAME
    try:
        sock = listen_unix(path)
    except OSError as error:
        raise ServerError(f"cannot open the control socket {path}: {error.strerror or error}") from error
    try:
        yield sock
    finally:
        path.unlink(missing_ok=True)
