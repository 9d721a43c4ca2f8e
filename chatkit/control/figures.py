"""What the process and its server need at the moment, measured."""

from __future__ import annotations

import os
import resource
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from chatkit.control.overview import Rate, Stats
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.lockdown import told

if TYPE_CHECKING:
    from chatkit.control.runner import Host

PAGE = resource.getpagesize()


def measure(host: Host, rate: Rate) -> Stats:
    """The server in figures. ``rate`` is that of messages. Never under the state lock."""
    connections, queued = host.connections, sum(bytes_ for _name, bytes_ in host.queues())
    memory, threads, descriptors = _memory(), threading.active_count(), _descriptors()
    why = host.health().why

    def read(ircd: Ircd, now: Moment) -> Stats:
        return Stats(
            version=ircd.version,
            uptime=int(now.mono - ircd.started.mono),
            users=len(ircd.users),
            sessions=len(ircd.sessions),
            peak=ircd.max_users,
            rooms=len(ircd.channels),
            messages=ircd.messages,
            messages_per_second=round(rate.note(now.mono, ircd.messages), 2),
            connections=connections,
            throttled=len(ircd.throttled),
            queued=queued,
            memory=memory,
            threads=threads,
            descriptors=descriptors,
            lockdown="" if ircd.lockdown.level == "open" else told(ircd.lockdown),
            why=why,
        )

    return host.act(read)


def _memory() -> int:
    """Bytes that the process keeps in memory; the most it ever kept, where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _descriptors() -> int:
    """Open file descriptors; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0
