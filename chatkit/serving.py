"""``chatkit serve``: a server, its console and the signals that end it."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from chatkit.config import Config, ConfigError
from chatkit.console import Console
from chatkit.server import Server, ServerError
from chatkit.store.database import StoreError

DONE, MISTAKE, INTERRUPTED = 0, 2, 130


def serve(config: Config) -> int:
    """Run a server until a signal or an administrator stops it. Blocks. Returns the exit status."""
    console = Console(config.log)
    server = Server(config, console)
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        server.stop_requested.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        server.start()
    except (ConfigError, ServerError, StoreError) as error:
        print(f"chatkit: {error}", file=sys.stderr)  # noqa: T201  # one line for whoever typed the command
        return MISTAKE
    console.start(server)
    try:
        server.stop_requested.wait()
    finally:
        console.stopping()
        server.stop()
        console.stop()
    return INTERRUPTED if signal.SIGINT in received else DONE
