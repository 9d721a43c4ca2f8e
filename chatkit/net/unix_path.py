"""Paths of Unix sockets that are longer than an address has room for."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

MAX_PATH = 100  # bytes; Linux takes 107, other systems 103
DESCRIPTORS = Path("/proc/self/fd")


@contextlib.contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name for ``path`` to bind or connect to, good until the end of the block.

    Where the path itself is too long, it leads through an open descriptor of its directory. Raises OSError, with
    ENAMETOOLONG on a system that has no such names.
    """
    if len(os.fsencode(path)) <= MAX_PATH:
        yield str(path)
        return
    if not DESCRIPTORS.is_dir():
        raise OSError(errno.ENAMETOOLONG, f"more than {MAX_PATH} bytes are too long for a socket's path", str(path))
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(DESCRIPTORS / str(directory) / path.name)
    finally:
        os.close(directory)
