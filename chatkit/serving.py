"""``chatkit serve``: a server, its console, the signals that end it, and what systemd wants to hear."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from chatkit.config import Config, ConfigError
from chatkit.console import Console
from chatkit.net import systemd
from chatkit.net.announcing import Announcer, announcement_of
from chatkit.premises import ServerError
from chatkit.server import Server
from chatkit.store.database import StoreError

log = logging.getLogger("chatkit.serving")

DONE, MISTAKE, INTERRUPTED = 0, 2, 130
MAX_FILES = 1 << 16  # open at once, a socket each, if the system lets us


def serve(config: Config, reread: Callable[[], Config] | None = None, settings_file: str = "") -> int:
    """Run a server until a signal or an administrator stops it. Blocks. Returns the exit status.

    ``reread`` gives the settings anew, for who asks the server to read them again; ``settings_file`` is where from.
    """
    console = Console(config.log)
    _allow_many_files()
    server = Server(config, console, reread, settings_file=settings_file, sockets=systemd.inherited())
    with Signals(server.stop_requested) as signals:
        status = _run(server, console, signals)
    return INTERRUPTED if signal.SIGINT in signals.received and status == DONE else status


class Signals:
    """SIGINT, SIGTERM and SIGHUP set ``stop_requested``, by a thread of their own; ``actions`` can have them do else.

    A Python handler would run in the main thread: perhaps within ``wait`` of that event, which holds its lock, or not
    at all, where the signal came just before that thread went to sleep. The wakeup descriptor is written at once.
    """

    def __init__(self, stop_requested: threading.Event) -> None:
        self.received: list[int] = []
        self.actions: dict[int, Callable[[], object]] = {}
        self._stop_requested = stop_requested
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)  # set_wakeup_fd wants it
        self._thread = threading.Thread(target=self._pass_on, name="chatkit-signals", daemon=True)

    def __enter__(self) -> Signals:
        self._thread.start()
        self._before = signal.set_wakeup_fd(self._writer)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup ignores SIGHUP, and means that
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self.actions[number] = self._stop_requested.set
                signal.signal(number, lambda number, frame: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._before)
        os.write(self._writer, b"\0")
        self._thread.join()
        os.close(self._reader)
        os.close(self._writer)

    def _pass_on(self) -> None:
        while number := os.read(self._reader, 1)[0]:
            if number in self.actions:
                self.received.append(number)
                self.actions[number]()


def _run(server: Server, console: Console, signals: Signals) -> int:
    """From its start until it is asked to stop. Returns DONE or MISTAKE."""
    config = server.config
    try:
        server.start()
    except (ConfigError, ServerError, StoreError) as error:
        print(f"chatkit: {error}", file=sys.stderr)  # noqa: T201  # one line for whoever typed the command
        return MISTAKE
    _reload_on_hangup(server, signals)
    console.start(server)
    if server.recovered is not None:
        log.warning("%s", server.recovered)
    announcement = announcement_of(config, server.port)
    announcer = None if announcement is None else Announcer(announcement)
    try:
        if announcer is not None:
            announcer.start()
        _wait(server)
    finally:
        systemd.notify(STOPPING=1, STATUS="Stopping")
        console.stopping()
        if announcer is not None:
            announcer.stop()
        server.stop()
        console.stop()
    return DONE


def _wait(server: Server) -> None:
    """Until the server is to stop, tell systemd that it is well, as often as systemd wants to hear it."""
    systemd.notify(READY=1, STATUS=f"Serving on {server.config.host} port {server.port}")
    while not server.stop_requested.wait(systemd.watchdog_seconds()):
        health = server.health()
        if health.alive:
            systemd.notify(WATCHDOG=1, STATUS="; ".join(health.why) or "Well")


def _reload_on_hangup(server: Server, signals: Signals) -> None:
    """Where no terminal can hang up, SIGHUP means what it means to every daemon: read the settings again."""

    def reload() -> None:
        systemd.notify_reloading()
        outcome = server.reload()
        systemd.notify(READY=1, STATUS=f"Settings not read again: {outcome.error}" if outcome.error else "Well")

    if signal.SIGHUP in signals.actions and not _has_terminal():
        signals.actions[signal.SIGHUP] = lambda: server.submit(reload)


def _has_terminal() -> bool:
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _allow_many_files() -> None:
    # The usual limit of 1,024 is one for programs that use select; the hard one says what is really allowed.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
