"""What the window remembers from one time to the next: a small file beside the last address and name."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from chatkit.client import remembered

FILE_NAME = "desktop.json"

Theme = Literal["system", "light", "dark"]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=20_000)]


class Settings(msgspec.Struct, frozen=True):
    """All of it, with what holds the first time; a size of 0 is none."""

    theme: Theme = "system"
    width: Pixels = 0  # of the window; its place on the screen is the desktop's business
    height: Pixels = 0
    zoom: int = 0  # points added to the size of the text
    people: bool = True  # whether they are shown
    rooms_width: Pixels = 0
    people_width: Pixels = 0


def path() -> Path:
    """The file."""
    return remembered.path().with_name(FILE_NAME)


def load() -> Settings:
    """What was kept; the defaults where the file is missing or broken."""
    try:
        return msgspec.json.decode(path().read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Settings()


def save(settings: Settings) -> None:
    """Keep them. Where that can't be done, the next time begins with the defaults: nobody loses a word."""
    with contextlib.suppress(OSError):
        remembered.replace_file(path(), msgspec.json.encode(settings) + b"\n")
