"""The server: sockets, threads, the lock and the store around an ircd.

A tick of an I/O thread goes through ``_turn``: the ircd handles what came in under the state lock; then, in the order
of the lock, the turn's records are committed and its frames handed to the outboxes. See docs/threads.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar, cast

from chatkit import __version__
from chatkit.config import Config, ConfigError
from chatkit.control import ControlService
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import restore
from chatkit.ircd.events import Event, Said
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.lines import MAX_INPUT
from chatkit.ircd.reconfiguring import reconfigure
from chatkit.ircd.requests import Job, Reload, Reloaded, Request, StoreNow
from chatkit.ircd.staging import Turn
from chatkit.ircd.state import Link, Session
from chatkit.net.connection import Connection, Input
from chatkit.net.entrances import Entrance, EntranceError, open_entrances
from chatkit.net.io_thread import IOThread
from chatkit.net.listener import Listener, listen_unix
from chatkit.net.transport.filter import Fact, Secured
from chatkit.net.transport.identity import Identity, load_identity
from chatkit.net.transport.reception import Reception
from chatkit.proto.addresses import as_host
from chatkit.reload import differences, taken_up
from chatkit.store.database import Store
from chatkit.store.erasing import Keep
from chatkit.store.records import Entry, lasting
from chatkit.workers import Workers

log = logging.getLogger("chatkit.server")

CONTROL_NAME = "control.sock"
LOCK_NAME = "lock"
WORKERS = 4
THROTTLE_TICK = 0.05  # seconds between looks at clients that were too fast
SILENCE_TICK = 5.0  # seconds between looks for clients that have fallen silent
STORE_TICK = 60.0  # seconds between looks for messages that are too old, or not yet in the search index
TAKE_OVER_SECONDS = 1.0  # that a message is in the journal, about, before it is in the database
OVERFLOW_NOTICE = b"ERROR :Closing link: (SendQ exceeded)\r\n"

T = TypeVar("T")


class ServerError(Exception):
    """The server cannot start, for a reason that whoever runs it can mend: one line that says what to do."""


class Journal(Protocol):
    """Who is told what happened."""

    def put(self, events: list[Event]) -> None:
        """Take what one turn brought. Called outside the locks, by any thread; never blocks, never raises."""


class Silent:
    """A journal that keeps nothing."""

    def put(self, events: list[Event]) -> None:
        pass


class Server:
    """One chat server. ``start`` it once, ``stop`` it; everything between happens on its own threads.

    Two locks, taken one after the other, never one inside the other:

    - ``_state_lock`` guards the ircd. Nothing blocks under it. Before it is left, the turn is queued in ``_turns``.
    - ``_commit_lock`` guards the store's writer and the order in which outboxes fill. Whoever has it takes all turns
      that are queued, commits their records in one transaction, and hands out their frames: so the order of the state
      lock is the order of history and of every outbox, though nobody holds the state lock while a disk works.
    """

    def __init__(
        self, config: Config, journal: Journal | None = None, reread: Callable[[], Config] | None = None
    ) -> None:
        """``reread`` gives the settings as they are now, for ``reload``; without it they stay as they are."""
        self.config = config
        self.stop_requested = threading.Event()
        self.started_at = time.time()
        self.port = config.port
        self.entrances: list[Entrance] = []  # the listening sockets, that of ``port`` first
        self.identity: Identity | None = None  # the certificate, once it is started, unless TLS is off
        self._journal = journal or Silent()
        self._reread = reread or (lambda: config)
        self._reloading = threading.Lock()  # one after the other: held for as long as files are read
        self._state_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._turns: deque[Turn] = deque()
        self._owed: list[Entry] = []  # what is so though it could not be stored; guarded by the commit lock
        self._threads: list[IOThread] = []
        self._listeners: list[Listener] = []
        self._ticking = False  # whether a timer is set for throttled clients; guarded by the state lock
        self._settling = threading.Event()  # whether a worker looks after the store
        self._behind = False  # whether a timer is set for what the journal has; guarded by the commit lock
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
        self._listeners.clear()
        self._stack.close()

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Run ``function`` under the state lock and carry out what comes of it. From any thread, never from within."""
        found: list[T] = []

        def work(now: Moment) -> None:
            self.ircd.changes += 1
            found.append(function(self.ircd, now))

        self._turn(work)
        return found[0]

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
        motd, password = _read_lines(read.motd, "motd"), _read_password(read.password_file)
        config = taken_up(self.config, read)
        workers = Workers(self.store, config)
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
            self._append(tuple(entries))

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
        motd, password = _read_lines(self.config.motd, "motd"), _read_password(self.config.password_file)
        make_directory(directory)
        stack.enter_context(only_server(directory))
        history = self.config.history
        self.store = Store(directory, history.durability, Keep(history.keep_days, history.keep_messages))
        stack.callback(self._close_store)
        self.ircd = Ircd(
            self.config, _now(), motd=motd, password=password, last_seq=self.store.last_seq(), version=__version__
        )
        restore(self.ircd, self.store.documents)
        self._workers = Workers(self.store, self.config)
        self.entrances = self._open_entrances(stack)
        self.port = self.entrances[0].sock.getsockname()[1]
        control = stack.enter_context(_control_socket(directory))
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="chatkit-worker")
        stack.callback(self._pool.shutdown)
        self._submit(self._workers.warm_up)
        self._start_threads(stack)
        for entrance in self.entrances:
            self._accept_on(entrance.sock, partial(self._accept, entrance))
        self._control = ControlService(self)
        self._control.start(self._threads[0])
        self._accept_on(control, self._accept_control)
        self._threads[0].call(self._check_silence)
        self._threads[0].call(self._check_store)

    def _open_entrances(self, stack: contextlib.ExitStack) -> list[Entrance]:
        self.identity = load_identity(self.config)
        try:
            return stack.enter_context(open_entrances(self.config, self.identity))
        except EntranceError as error:
            raise ServerError(str(error)) from error

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
        thread = min(self._threads, key=lambda thread: len(thread.connections))
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

        def connect(now: Moment) -> None:
            session = self.ircd.connect(connection, as_host(peer.address), now)
            connection.session = session
            if peer.local:
                self.ircd.secured(session, None)

        self._turn(connect)
        thread.adopt(connection)

    def _accept_control(self, sock: socket.socket, address: str) -> None:
        self._control.accept(sock, self._threads[0])

    def on_tick(self, inputs: list[Input]) -> None:
        """Handle what came in during one tick of an I/O thread."""

        def receive(now: Moment) -> None:
            for item in inputs:
                try:
                    self._receive(item, now)
                except Exception:  # a bug of ours: the others in this tick must not lose their lines by it
                    log.exception("unexpected error over what %s sent", item.connection.peer)
                    self.ircd.close(_session_of(item), "Internal error", now)

        self._turn(receive)

    def _receive(self, item: Input, now: Moment) -> None:
        session = _session_of(item)
        for fact in item.facts:
            self._note(item.connection, session, fact)
        if item.lines:
            self.ircd.receive(session, item.lines, now)
        if item.closed is not None:
            self.ircd.disconnected(session, item.closed, now)

    def _note(self, connection: Connection, session: Session, fact: Fact) -> None:
        if isinstance(fact, Secured):
            self.ircd.secured(session, fact.certfp)
        else:
            connection.peer = fact.address
            self.ircd.readdress(session, as_host(fact.address))

    # A turn's way.

    def _turn(self, work: Callable[[Moment], object]) -> None:
        """Do ``work`` under the state lock, then see to it that what comes of it is committed and handed out."""
        with self._state_lock:
            work(_now())
            self._turns.append(self.ircd.take_turn())
            tick = bool(self.ircd.throttled) and not self._ticking
            self._ticking = self._ticking or tick
        self._settle()
        if tick:
            self._threads[0].call(self._arm_tick)

    def _settle(self) -> None:
        with self._commit_lock:
            turns = [self._turns.popleft() for _ in range(len(self._turns))]
            stored = self._commit(turns)
            for turn in turns:
                turn.hand_out(stored, self._deliver)
        current = None
        for thread in self._threads:
            if thread.is_current:
                current = thread
            elif thread.has_posts:
                thread.wake()
        if current is None:
            self._follow_up(turns, stored)
        else:
            current.call_afterwards(partial(self._follow_up, turns, stored))

    def _deliver(self, links: Sequence[Link], data: bytes) -> None:
        connections = cast("Sequence[Connection]", links)
        if len(self._threads) == 1:
            self._threads[0].post(connections, data)
            return
        for thread in self._threads:
            its = [connection for connection in connections if connection.thread is thread]
            if its:  # else it would be woken for nothing
                thread.post(its, data)

    def _commit(self, turns: list[Turn]) -> bool:
        """Store the turns' records. Returns whether they are stored, or there are none."""
        records = [record for turn in turns for record, _, _ in turn.records]
        if not records:
            return True
        try:
            self._append(records)
        except (OSError, sqlite3.Error) as error:
            log.error("cannot store %d messages in %s: %s", len(records), self.store.path, error)
            self._owed = lasting([*self._owed, *records])
            return False
        except Exception:  # a bug of ours: whoever waits for these turns must not wait for ever
            log.exception("unexpected error over what was to be stored")
            self._owed = []
            return False
        return True

    def _append(self, entries: Sequence[Entry]) -> None:
        self.store.log([*self._owed, *entries] if self._owed else entries)
        self._owed = []
        if not self._behind:
            self._behind = True
            self._threads[0].call(self._arm_take_over)

    def _repay(self) -> None:
        """Store what is owed. Raises OSError and sqlite3.Error."""
        if self._owed:
            self.commit(())

    def _follow_up(self, turns: list[Turn], stored: bool) -> None:
        # After the commit: a query must find what its client has seen.
        for turn in turns:
            for job in turn.jobs:
                self._submit(self._answer, job)
            events = turn.events if stored else [event for event in turn.events if not isinstance(event, Said)]
            if events:
                self._journal.put(events)
        if self.store.wants_looking_after:
            self._wake_store()

    # Workers.

    def _submit(self, function: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the server stops: nobody waits for an answer
            self._pool.submit(function, *args)

    def _answer(self, job: Job) -> None:
        answer: object
        try:
            answer = self._see_to(job.request)
        except Exception as error:
            log.exception("a worker failed over %s", type(job.request).__name__)  # its fields may be secret
            answer = error
        try:
            self._turn(lambda now: self.ircd.resume(job, answer, now))
        except Exception:  # the pool would keep it to itself
            log.exception("unexpected error over the answer to %s", type(job.request).__name__)

    def _see_to(self, request: Request) -> object:
        if isinstance(request, StoreNow):
            self.commit(request.entries)
            return None
        if isinstance(request, Reload):
            return self.reload()
        return self._workers.answer(request)

    def _look_after_store(self) -> None:
        more = False
        try:
            self._repay()
            more = self.store.look_after(_now().wall)
        except (OSError, sqlite3.Error) as error:
            log.warning("cannot look after %s: %s", self.store.path, error)
        except Exception:  # the pool would keep it to itself
            log.exception("unexpected error while looking after %s", self.store.path)
        finally:
            self._settling.clear()
        if more:
            self._wake_store()

    def _close_store(self) -> None:
        try:
            self._repay()
        except (OSError, sqlite3.Error) as error:
            log.error("what changed while %s could not be written is lost: %s", self.store.path, error)
        self.store.close()

    def _wake_store(self) -> None:
        if not self._settling.is_set():
            self._settling.set()
            self._submit(self._look_after_store)

    # Timers, on the first I/O thread.

    def _check_store(self) -> None:
        self._threads[0].call_at(time.monotonic() + STORE_TICK, self._check_store)
        self._wake_store()

    def _arm_take_over(self) -> None:
        self._threads[0].call_at(time.monotonic() + TAKE_OVER_SECONDS, self._take_over)

    def _take_over(self) -> None:
        with self._commit_lock:
            self._behind = False  # first: what is logged from now on sets the timer anew
        if self.store.is_behind:
            self._submit(self._bring_up_to_date)

    def _bring_up_to_date(self) -> None:
        try:
            self.store.take_over()
        except (OSError, sqlite3.Error) as error:
            log.error("cannot write to %s, its journal keeps what is new: %s", self.store.path, error)
        except Exception:  # the pool would keep it to itself
            log.exception("unexpected error while writing to %s", self.store.path)

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


def _session_of(item: Input) -> Session:
    session = item.connection.session
    assert isinstance(session, Session)
    return session


def _now() -> Moment:
    return Moment(time.time_ns() // 1000, time.monotonic())


def make_directory(directory: Path) -> None:
    """Make the data directory, for its owner alone, unless it is there. Raises ServerError."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ServerError(
            f"cannot make the data directory {directory}: {error.strerror}; choose another with --data"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ServerError(f"cannot write to the data directory {directory}; choose another with --data")


@contextlib.contextmanager
def only_server(directory: Path) -> Iterator[None]:
    """Hold the directory's lock: two servers on one database would each number messages of their own.

    Raises ServerError.
    """
    path = directory / LOCK_NAME
    try:
        file = path.open("a")
    except OSError as error:
        raise ServerError(f"cannot write {path}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServerError(
                f"another server already uses the data directory {directory}; stop it ('chatkit admin stop') "
                "or choose another with --data"
            ) from error
        yield


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


def _read_lines(file: str, key: str) -> tuple[str, ...]:
    if not file:
        return ()
    try:
        return tuple(Path(file).read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{key}: cannot read {file}: {getattr(error, 'strerror', None) or error}") from error


def _read_password(file: str) -> str | None:
    if not file:
        return None
    lines = _read_lines(file, "password_file")
    if not lines or not lines[0]:
        raise ConfigError(f"password_file: {file} has no password in its first line")
    return lines[0]
