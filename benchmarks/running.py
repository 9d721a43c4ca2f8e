"""Starting a server afresh and ending it, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import certificate
from benchmarks.generator import BenchError
from benchmarks.servers import CERTIFICATE, KEY, Place, Server

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0  # with ten million stored messages, too
END_SECONDS = 20.0
TAIL = 400  # characters of a log that failed to start a server


@dataclass(frozen=True)
class Running:
    """A server that takes clients."""

    port: int
    pid: int


@contextlib.contextmanager
def running(
    server: Server,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    prepare: Callable[[Path], object] = lambda data: None,
    *,
    tls: bool = False,
) -> Iterator[Running]:
    """A fresh ``server`` with files of its own under ``directory``, which are deleted when it has ended.

    ``prepare`` gets chatkit's data directory before the server does.
    """
    (directory / "data").mkdir(parents=True, mode=0o700)
    try:
        prepare(directory / "data")
        if tls:
            certificate.make(directory / CERTIFICATE, directory / KEY)
        with _process(server, Place(directory, free_port(), tls), settings or {}) as started:
            yield started
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _process(server: Server, place: Place, settings: Mapping[str, str]) -> Iterator[Running]:
    log = place.directory / "log"
    environment = {**_clean(place.directory), **server.environment, **settings}
    with log.open("wb") as output:
        process = subprocess.Popen(
            server.command(place), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
            cwd=place.directory,
        )  # fmt: skip
    try:
        _wait(server, process, place.port, log)
        yield Running(place.port, process.pid)
    finally:
        _end(process)


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _clean(directory: Path) -> dict[str, str]:
    # Nobody's own settings, or the figures would be of those.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATKIT_")}
    kept["PYTHONPATH"] = str(ROOT)  # since it runs elsewhere: a core of a server that crashes goes with its directory
    return {**kept, "XDG_CONFIG_HOME": str(directory), "XDG_DATA_HOME": str(directory)}


def _wait(server: Server, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    said = log.read_text(errors="replace")[-TAIL:].strip()
    raise BenchError(f"{server.name} did not start; it said:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
