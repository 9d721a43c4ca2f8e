"""What a run ran on: figures mean little without it."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sqlite3
from pathlib import Path

from benchmarks.servers import Server, version_of
from chatkit import __version__

MAX_FILES = 65_536  # more than anything here needs; some servers make tables of as many


def describe(servers: tuple[Server, ...], directory: Path) -> list[str]:
    """One fact a line: the machine, the versions, where the history was, and how busy the machine was before."""
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} processors ({_processor()}), {_memory():.0f} GiB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, chatkit {__version__}",
        *(version for server in servers if (version := version_of(server))),
        f"history on {file_system(directory)}; load average {load:.2f} before the run",
    ]


def allow_files() -> None:
    """Raise the bound on descriptors as far as is allowed and of use: for what is started from here too."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for bounds in ((MAX_FILES, max(hard, MAX_FILES)), (hard, hard)):  # root may pass the hard bound
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, bounds)
            return


def files_allowed() -> int:
    """The descriptors that each process here may have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _processor() -> str:
    lines = _read("/proc/cpuinfo").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)


def file_system(directory: Path, mounts: str | None = None) -> str:
    """The type of the file system that ``directory`` is on: an fsync costs nothing on a tmpfs."""
    found, longest = "an unknown file system", -1
    path = str(directory.resolve())
    for line in (_read("/proc/mounts") if mounts is None else mounts).splitlines():
        _device, place, kind, *_rest = line.split(" ")
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if inside and len(place) > longest:
            found, longest = kind, len(place)
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
