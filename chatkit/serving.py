"""``chatkit serve``: a server, its console, the signals that end it, and what systemd wants to hear."""

from __future__ import annotations

import contextlib
import logging
import resource
import signal
import sys
from collections.abc import Callable
from types import FrameType

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
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        server.stop_requested.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it, and means that
        signal.signal(signal.SIGHUP, stop)
    try:
        server.start()
    except (ConfigError, ServerError, StoreError) as error:
        print(f"chatkit: {error}", file=sys.stderr)  # noqa: T201  # one line for whoever typed the command
        return MISTAKE
    _reload_on_hangup(server)
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
    return INTERRUPTED if signal.SIGINT in received else DONE


def _wait(server: Server) -> None:
    """Until the server is to stop, tell systemd that it is well, as often as systemd wants to hear it."""
    systemd.notify(READY=1, STATUS=f"Serving on {server.config.host} port {server.port}")
    while not server.stop_requested.wait(systemd.watchdog_seconds()):
        health = server.health()
        if health.alive:
            systemd.notify(WATCHDOG=1, STATUS="; ".join(health.why) or "Well")


def _reload_on_hangup(server: Server) -> None:
    """Where no terminal can hang up, SIGHUP means what it means to every daemon: read the settings again."""

    def reload() -> None:
        systemd.notify_reloading()
        outcome = server.reload()
        systemd.notify(READY=1, STATUS=f"Settings not read again: {outcome.error}" if outcome.error else "Well")

    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and not _has_terminal():
        signal.signal(signal.SIGHUP, lambda number, frame: server.submit(reload))


def _has_terminal() -> bool:
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _allow_many_files() -> None:
    # The usual limit of 1,024 is one for programs that use select; the hard one says what is really allowed.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
