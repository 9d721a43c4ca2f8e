"""How Textual draws, made quicker where keys would wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import screen
from textual.strip import Strip

# Seconds between two looks of a screen whether something is to be drawn. Textual's own are 1/60; a look that comes late
# because something long was drawn then skips one as well, and a key would wait for 30 ms with nothing to do. How often
# the talk is drawn is up to the app.
LOOK = 1 / 250

_divide = Strip.divide


def draw_soon() -> None:
    """For every screen that is made from now on."""
    vars(screen)["UPDATE_PERIOD"] = LOOK  # said to be final, but looked up for each screen


def leave_no_garbage() -> None:
    """Free strips when they are drawn no more. Textual's own hold themselves, each with a dozen objects."""
    Strip.divide = _divide_unless_whole  # type: ignore[assignment, method-assign]  # the only way into the compositor


def _divide_unless_whole(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    inside = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if inside == [strip.cell_length] else _divide(strip, inside)
