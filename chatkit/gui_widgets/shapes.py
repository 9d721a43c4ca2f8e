"""Round shapes with smooth edges, as PNG: a Tk canvas draws none.

A pixel is covered as far as the distance of its centre to the shape's edge says.
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import lru_cache

OPAQUE = 255
RGB, RGBA = 2, 6  # PNG's numbers for kinds of pixels

Box = tuple[float, float, float, float]  # left, top, right, bottom
Corner = tuple[tuple[int, ...], ...]  # how much of each pixel of the upper left one lies inside, of OPAQUE


@lru_cache(maxsize=256)
def rounded(width: int, height: int, radius: int, fill: str, behind: str, border: str = "") -> bytes:
    """A rectangle with round corners, and ``behind`` in them; ``border``, one pixel wide, where it has a colour.

    Opaque: under X11 Tk fetches what is on the screen to draw a transparent image on it, which takes its time.
    """
    radius = min(radius, width // 2, height // 2)
    edge = border or fill
    shades = [_mix(behind, edge, alpha) for alpha in range(OPAQUE + 1)]
    cores = [_mix(edge, fill, alpha) for alpha in range(OPAQUE + 1)]
    outer, inner = _corner(radius), _corner(max(radius - 1, 0))

    def drawn(y: int) -> bytes:
        row = [shades[alpha] for alpha in _row_of(y, width, height, outer)]
        if border and 0 < y < height - 1:
            core = _row_of(y - 1, width - 2, height - 2, inner)
            row[1:-1] = [cores[alpha] if alpha else row[x] for x, alpha in enumerate(core, 1)]
        return b"".join(row)

    upper = [drawn(y) for y in range(min(radius + 2, (height + 1) // 2))]  # below, all are the same until the corners
    return _png(width, height, [upper[min(y, height - 1 - y, len(upper) - 1)] for y in range(height)], RGB)


@lru_cache(maxsize=8)
def logo(size: int, colour: str, ink: str) -> bytes:
    """The program's sign: two lines of talk in a bubble. Its measures are those of a square of 32."""
    unit = size / 32
    shades = [_mix(colour, ink, alpha) for alpha in range(OPAQUE + 1)]
    rows = []
    for row in range(size):
        pixels = b""
        for column in range(size):
            x, y = (column + 0.5) / unit, (row + 0.5) / unit
            bubble = min(_box_distance(x, y, (1.5, 2.5, 30.5, 25.5), 7), _tail_distance(x, y))
            bars = min(_box_distance(x, y, (8, 9, 24, 12), 1.5), _box_distance(x, y, (8, 16, 18, 19), 1.5))
            pixels += shades[_cover(bars * unit)] + bytes([_cover(bubble * unit)])
        rows.append(pixels)
    return _png(size, size, rows, RGBA)


@lru_cache(maxsize=256)
def rgb(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` in numbers."""
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


def _row_of(y: int, width: int, height: int, corner: Corner) -> list[int]:
    """How much of each pixel of row ``y`` lies inside."""
    radius = len(corner)
    from_edge = min(y, height - 1 - y)
    if from_edge >= radius:
        return [OPAQUE] * width
    start = list(corner[from_edge])
    return start + [OPAQUE] * (width - 2 * radius) + start[::-1]


@lru_cache(maxsize=64)
def _corner(radius: int) -> Corner:
    def cover(x: int, y: int) -> int:
        return _cover(math.hypot(radius - x - 0.5, radius - y - 0.5) - radius)

    return tuple(tuple(cover(x, y) for x in range(radius)) for y in range(radius))


def _cover(distance: float) -> int:
    """How much of a pixel is covered whose centre lies ``distance`` pixels outside of a shape."""
    return round(OPAQUE * min(1.0, max(0.0, 0.5 - distance)))


def _box_distance(x: float, y: float, box: Box, radius: float) -> float:
    left, top, right, bottom = box
    dx = max(left + radius - x, x - (right - radius))
    dy = max(top + radius - y, y - (bottom - radius))
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius


def _tail_distance(x: float, y: float) -> float:
    return max(7 - x, 22 - y, ((x - 7) + (y - 31.5)) / math.sqrt(2))


def _mix(below: str, above: str, alpha: int) -> bytes:
    return bytes((b * (OPAQUE - alpha) + a * alpha) // OPAQUE for b, a in zip(rgb(below), rgb(above), strict=True))


def _png(width: int, height: int, rows: list[bytes], kind: int) -> bytes:
    """Rows of pixels, 8 bits a colour. Spec: https://www.w3.org/TR/png-3/"""
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)  # each behind its filter: none
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
