"""The address and name of the last time, kept as defaults for the next: a small file in the user's configuration."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

from chatkit.config import config_dir

FILE_NAME = "last.json"


class Remembered(msgspec.Struct, frozen=True):
    """What is kept. Empty where nothing is."""

    address: str = ""
    nick: str = ""
    fingerprint: str = ""  # of the certificate at that address, where one was given


def path() -> Path:
    """The file."""
    return config_dir() / FILE_NAME


def recall() -> Remembered:
    """What was kept; nothing where the file is missing or broken."""
    try:
        return msgspec.json.decode(path().read_bytes(), type=Remembered)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Remembered()


def remember(what: Remembered) -> None:
    """Replace the file in one step. Where it cannot be written, nothing is kept: nobody needs it to talk."""
    with contextlib.suppress(OSError):
        replace_file(path(), msgspec.json.encode(what) + b"\n")


def replace_file(target: Path, data: bytes) -> None:
    """Write ``target`` anew in one step: who reads it meanwhile gets the old or the new. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
