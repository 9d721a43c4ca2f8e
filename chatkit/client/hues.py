"""One colour per person, the same in every front end, on every day and machine."""

from __future__ import annotations

import functools
import zlib

from chatkit.proto.casemapping import casefold

HUES = 12  # as many as the eye tells apart; a front end has a table of so many colours for each background
READABLE = 4.5  # the contrast that text needs
_DARK_GROUND, _LIGHT_GROUND = bytes.fromhex("2a2d33"), bytes.fromhex("e4e7ec")  # the worst of those that faces have
_STEPS = 20
_ENDINGS = "_`^"  # what gets appended to a name that is taken


def hue_of(nick: str) -> int:
    """The number of a nick's colour, less than HUES. ``Bob``, ``bob`` and ``bob_`` have the same."""
    key = casefold(nick)
    return zlib.crc32((key.rstrip(_ENDINGS) or key).encode(errors="replace")) % HUES


@functools.lru_cache(maxsize=512)
def readable(colour: str, *, dark: bool) -> str:
    """``colour`` (``#rrggbb``), made lighter or darker until it reads on a dark or light ground (4.5 : 1)."""
    parts = bytes.fromhex(colour[1:])
    ground, goal = (_DARK_GROUND, 255) if dark else (_LIGHT_GROUND, 0)
    for step in range(_STEPS + 1):
        mixed = bytes(part + (goal - part) * step // _STEPS for part in parts)
        if contrast(mixed, ground) >= READABLE:
            break
    return f"#{mixed.hex()}"


def contrast(one: bytes, other: bytes) -> float:
    """How well one colour (red, green, blue) stands out from another, from 1 to 21.

    Spec: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: bytes) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
