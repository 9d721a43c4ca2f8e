"""A chart as SVG: lines over two logarithmic axes. Drawn by hand, for it takes no more than this."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 62, 60  # margins
COLOURS = ("#d6453d", "#2f6fb3", "#3a9a5b", "#8a6fc0", "#c98a1b", "#5b6470")
TEXT, GRID, PAPER = "#333333", "#dddddd", "#ffffff"

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from ``low`` to ``high``, which stand at the pixels ``start`` and ``end``.

    With ``has_zero`` there is room for a 0 at the start, as far from ``low`` as a tenth of it would be.
    """

    title: str
    low: float
    high: float
    start: float
    end: float
    has_zero: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value."""
        least = self.low / 10 if self.has_zero else self.low
        share = (math.log(value or least) - math.log(least)) / (math.log(self.high) - math.log(least))
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten on the axis, and 0 if it is there."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [*([0.0] if self.has_zero else []), *(10.0**power for power in range(first, last + 1))]


def draw(title: str, x_title: str, y_title: str, lines: dict[str, Sequence[Point]]) -> str:
    """An SVG with one line for each name. No value is below 0, and none of the y is 0."""
    points = [point for line in lines.values() for point in line]
    has_zero = any(p[0] == 0 for p in points)
    x = Axis(x_title, *_span(p[0] for p in points if p[0]), LEFT, WIDTH - RIGHT, has_zero)
    y = Axis(y_title, *_decades(p[1] for p in points), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="{TEXT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _text(LEFT, 26, title, size=16),
        *_grid(x, y),
        *(part for place, name in enumerate(lines) for part in _line(place, name, lines[name], x, y)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _span(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    return (min(known), max(known)) if min(known) < max(known) else (min(known) / 2, max(known) * 2)


def _decades(values: Iterable[float]) -> tuple[float, float]:
    low, high = _span(values)
    return 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))


def _grid(x: Axis, y: Axis) -> Iterable[str]:
    for value in x.ticks:
        yield _rule(x.at(value), y.start, x.at(value), y.end)
        yield _text(x.at(value), y.start + 20, f"{value:,.0f}", anchor="middle")
    for value in y.ticks:
        yield _rule(x.start, y.at(value), x.end, y.at(value))
        yield _text(x.start - 8, y.at(value) + 4, f"{value:,g}", anchor="end")
    yield _text((x.start + x.end) / 2, HEIGHT - 16, x.title, anchor="middle")
    yield _text(x.start - 60, TOP - 16, y.title)


def _line(place: int, name: str, points: Sequence[Point], x: Axis, y: Axis) -> Iterable[str]:
    colour = COLOURS[place % len(COLOURS)]
    pixels = [(x.at(px), y.at(py)) for px, py in points]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in pixels)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for px, py in pixels:
        yield f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>'
    height = TOP + 14 + 20 * place
    yield f'<circle cx="{WIDTH - RIGHT + 20}" cy="{height - 4}" r="5" fill="{colour}"/>'
    yield _text(WIDTH - RIGHT + 32, height, name)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GRID}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
