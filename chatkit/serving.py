"""``chatkit serve``: a server, its console and the signals that end it."""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
from collections.abc import Callable
from types import FrameType

from chatkit.config import Config, ConfigError
from chatkit.console import Console
from chatkit.net.announcing import Announcer, announcement_of
from chatkit.server import Server, ServerError
from chatkit.store.database import StoreError

DONE, MISTAKE, INTERRUPTED = 0, 2, 130
MAX_FILES = 1 << 16  # open at once, a socket each, if the system lets us


def serve(config: Config, reread: Callable[[], Config] | None = None) -> int:
    """Run a server until a signal or an administrator stops it. Blocks. Returns the exit status.

    ``reread`` gives the settings anew, for who asks the server to read them again.
    """
    console = Console(config.log)
    server = Server(config, console, reread)
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        server.stop_requested.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it, and means that
        signal.signal(signal.SIGHUP, stop)
    _allow_many_files()
    try:
        server.start()
    except (ConfigError, ServerError, StoreError) as error:
        print(f"chatkit: {error}", file=sys.stderr)  # noqa: T201  # one line for whoever typed the command
        return MISTAKE
    console.start(server)
    announcement = announcement_of(config, server.port)
    announcer = None if announcement is None else Announcer(announcement)
    try:
        if announcer is not None:
            announcer.start()
        server.stop_requested.wait()
    finally:
        console.stopping()
        if announcer is not None:
            announcer.stop()
        server.stop()
        console.stop()
    return INTERRUPTED if signal.SIGINT in received else DONE


def _allow_many_files() -> None:
    # The usual limit of 1,024 is one for programs that use select; the hard one says what is really allowed.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
