"""The machine under a server process: how much it may write and open, and whether it runs at all."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ServerProcess

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a RST


def limit(server: ServerProcess, what: int, value: int) -> None:
    """Set a resource limit of the running process; its hard limit stays."""
    _, hard = resource.prlimit(server.process.pid, what)
    resource.prlimit(server.process.pid, what, (value if value != resource.RLIM_INFINITY else hard, hard))


def descriptors(server: ServerProcess) -> int:
    """Files and sockets that the process has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def sockets(server: ServerProcess) -> int:
    """Those of them that are sockets: a store opens and closes files of its own."""
    found = 0
    for path in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            found += os.readlink(path).startswith("socket:")
    return found


@contextlib.contextmanager
def stopped(server: ServerProcess) -> Iterator[None]:
    """The process stands still meanwhile."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def small_disk(directory: Path, size: str) -> Iterator[bool]:
    """A disk of its own at ``directory``, of so many bytes (2M). False, where that is for root alone."""
    directory.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(directory)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(directory)], check=True)


def reset(sock: socket.socket) -> None:
    """Close it as one whose process has died does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()
