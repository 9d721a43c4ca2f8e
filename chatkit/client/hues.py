"""One colour per person, the same in every front end, on every day and machine."""

from __future__ import annotations

import zlib

from chatkit.proto.casemapping import casefold

HUES = 12  # as many as the eye tells apart; a front end has a table of so many colours for each background

_ENDINGS = "_`^"  # what gets appended to a name that is taken


def hue_of(nick: str) -> int:
    """The number of a nick's colour, less than HUES. ``Bob``, ``bob`` and ``bob_`` have the same."""
    key = casefold(nick)
    return zlib.crc32((key.rstrip(_ENDINGS) or key).encode(errors="replace")) % HUES
