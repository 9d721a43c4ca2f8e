"""A server's directory and what is beside it: made, locked, listened at, and its small files read."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from chatkit.config import ConfigError

CONTROL_NAME = "control.sock"
LOCK_NAME = "lock"
RUNNING_NAME = "running"  # is there from a server's start to its end: who finds it knows that the last one had none


class ServerError(Exception):
    """The server cannot start, for a reason that whoever runs it can mend: one line that says what to do."""


def make_directory(directory: Path) -> None:
    """Make the data directory, for its owner alone, unless it is there. Raises ServerError."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ServerError(
            f"cannot make the data directory {directory}: {error.strerror}; choose another with --data"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ServerError(f"cannot write to the data directory {directory}; choose another with --data")


@contextlib.contextmanager
def only_server(directory: Path) -> Iterator[None]:
    """Hold the directory's lock: two servers on one database would each number messages of their own.

    Raises ServerError.
    """
    path = directory / LOCK_NAME
    try:
        file = path.open("a")
    except OSError as error:
        raise ServerError(f"cannot write {path}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServerError(
                f"another server already uses the data directory {directory}; stop it ('chatkit admin stop') "
                "or choose another with --data"
            ) from error
        yield


def has_server(directory: Path) -> bool:
    """Whether a server holds the directory's lock."""
    try:
        with (directory / LOCK_NAME).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def note_start(directory: Path) -> bool:
    """Leave a sign that a server runs, for ``note_end`` to remove. Returns whether the last one left its own behind.

    Raises ServerError.
    """
    path = directory / RUNNING_NAME
    try:
        was_killed = path.exists()
        path.touch(0o600)
    except OSError as error:
        raise ServerError(f"cannot write {path}: {error.strerror}") from error
    return was_killed


def note_end(directory: Path) -> None:
    """Everything was written and closed."""
    with contextlib.suppress(OSError):
        (directory / RUNNING_NAME).unlink(missing_ok=True)


def read_lines(file: str, key: str) -> tuple[str, ...]:
    """The lines of the file that ``key`` names, a setting or an option, or none. Raises ConfigError."""
    if not file:
        return ()
    try:
        return tuple(Path(file).read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{key}: cannot read {file}: {getattr(error, 'strerror', None) or error}") from error


def read_password(file: str, key: str) -> str | None:
    """The first line of the file that ``key`` names, a setting or an option; None where it names none.

    Raises ConfigError.
    """
    if not file:
        return None
    lines = read_lines(file, key)
    if not lines or not lines[0]:
        raise ConfigError(f"{key}: {file} has nothing in its first line")
    return lines[0]
