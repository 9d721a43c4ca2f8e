"""Small files in the user's configuration: what a client keeps from one time to the next."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from chatkit.config import config_dir

T = TypeVar("T", bound=msgspec.Struct)


class Kept(Generic[T]):
    """One value in a JSON file that only the user may read. Nobody needs it to talk, so nothing of it ever fails.

    ``kind`` is a Struct that can be made without arguments: that is what holds where there is no file yet. What is kept
    in memory is gone with the program; tests do that, and so do programs that shall leave nothing behind.
    """

    def __init__(self, file_name: str, kind: type[T], *, in_memory: bool = False) -> None:
        self._file_name = file_name
        self._kind = kind
        self._value: T | None = None
        self._in_memory = in_memory

    @property
    def path(self) -> Path:
        """The file."""
        return config_dir() / self._file_name

    def load(self) -> T:
        """What was kept; the defaults where the file is missing or broken."""
        if self._in_memory:
            return self._value if self._value is not None else self._kind()
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=self._kind)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return self._kind()

    def save(self, value: T) -> None:
        """Replace what was kept, in one step. Where that can't be done, the old stays."""
        if self._in_memory:
            self._value = value
            return
        with contextlib.suppress(OSError):
            replace_file(self.path, msgspec.json.encode(value) + b"\n")


def replace_file(target: Path, data: bytes) -> None:
    """Write ``target`` anew in one step: who reads it meanwhile gets the old or the new. Only the user may read it.

    A symbolic link stays one, and its file is replaced. Raises OSError.
    """
    target = Path(os.path.realpath(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)  # with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
