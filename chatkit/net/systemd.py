"""What systemd and a service say to each other: sockets that listen already, and how the service is.

Spec: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html and
https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping, MutableMapping

FIRST_FD = 3  # SD_LISTEN_FDS_START
_LISTENING = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def inherited(environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The sockets that were handed over to this process; none where nobody did. Children will not inherit them.

    To be called once: the environment forgets them.
    """
    pid, number, _ = (environment.pop(name, "") for name in _LISTENING)
    if pid != str(os.getpid()) or not number.isdecimal():
        return []
    sockets = [socket.socket(fileno=fd) for fd in range(FIRST_FD, FIRST_FD + int(number))]
    for sock in sockets:
        sock.set_inheritable(False)
    return sockets


def notify(**fields: object) -> bool:
    """Tell systemd, as ``notify(READY=1, STATUS="...")``. Returns whether there was somebody to tell. Never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    lines = "\n".join(f"{name}={value}" for name, value in fields.items())
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect("\0" + address[1:] if address[0] == "@" else address)
        sock.sendall(lines.encode())
        return True
    return False


def notify_reloading() -> bool:
    """Tell that the settings are being read. READY=1 must follow, whether they were good or not."""
    return notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)


def is_journal(fd: int, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written to ``fd`` goes to the journal, line by line, each with the priority that it begins with.

    Spec: https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
    """
    with contextlib.suppress(OSError):
        found = os.fstat(fd)
        return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
    return False


def watchdog_seconds(environment: MutableMapping[str, str] = os.environ) -> float | None:
    """How often systemd wants to hear that the service is well, or None."""
    usec, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
    return int(usec) / 1e6 / 2 if usec.isdecimal() and int(usec) and pid == str(os.getpid()) else None
