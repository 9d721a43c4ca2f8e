"""What the window remembers of its own from one time to the next; what a user wants of it is in the settings."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chatkit.client.kept import Kept

FILE_NAME = "desktop.json"

Pixels = Annotated[int, msgspec.Meta(ge=0, le=20_000)]


class Geometry(msgspec.Struct, frozen=True):
    """Sizes; 0 is none yet. Where the window is on the screen is the desktop's business."""

    width: Pixels = 0
    height: Pixels = 0
    rooms: bool = True  # whether they are shown
    rooms_width: Pixels = 0
    people_width: Pixels = 0


def kept() -> Kept[Geometry]:
    """The file."""
    return Kept(FILE_NAME, Geometry)
