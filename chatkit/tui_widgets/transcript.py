"""What the talk of one room shows, row by row, and where in it the user is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from chatkit.client.timeline import Row, Splice
from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.layout import height
from chatkit.tui_widgets.row_heights import RowHeights

HEADER = 1  # rung above the first row: whether there is more
SCREENS = 2  # so far from what is looked at, heights are measured


class Spot(msgspec.Struct, frozen=True):
    """A rung by the row that it belongs to, which stays true while rows above it come and go."""

    index: int
    offset: int  # rungs from the row's first one; negative on the header


class Place(msgspec.Struct, frozen=True):
    """What stands on a rung: a row, its number, and which of its rungs."""

    row: Row
    index: int
    rung: int


class Transcript:
    """Owned by the view that shows the room. ``settle`` measures what is near, before anything is drawn."""

    def __init__(self, grid: Grid) -> None:
        self.following = True  # whether the view stays at the end as lines arrive
        self.spot = Spot(0, 0)  # what is at the top of the view when it isn't following
        self.selected: int | None = None  # the number of the row that keys act on
        self.below = 0  # talk that arrived meanwhile
        self._grid = grid
        self._rows = RowHeights(grid)

    @property
    def height(self) -> int:
        """All rungs, the header's included."""
        return HEADER + self._rows.total

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self._rows.count

    def apply(self, splices: Iterable[Splice], *, old: bool = False) -> None:
        """Change the rows. ``old`` is whether what comes is history, and so nothing that was missed."""
        for splice in splices:
            at_end = splice.at + splice.removed == self.count
            taken = self._rows.splice(splice.at, splice.removed, splice.rows)
            self.spot = self._moved(self.spot, splice, taken)
            if self.selected is not None:
                self.selected = self._moved(Spot(self.selected, 0), splice, taken).index if self.count else None
            if at_end and not old and not self.following:
                self.below += max(0, _talk(splice.rows) - _talk(taken))

    def settle(self, grid: Grid, rungs: int) -> None:
        """Lay out for ``grid``, as far as a view of that many ``rungs`` may come to see before it settles again."""
        if grid != self._grid:
            self._grid = grid
            self._rows.regrid(grid)
        if self.count:
            self._rows.measure_around(self.count - 1 if self.following else self.spot.index, SCREENS * rungs)

    def at(self, rung: int) -> Place | None:
        """What stands there. None is the header, or nothing."""
        found = self._rows.at(rung - HEADER)
        return None if found is None else Place(self._rows.row(found[0]), *found)

    def row(self, index: int) -> Row:
        """The row with this number."""
        return self._rows.row(index)

    def spot_at(self, rung: int) -> Spot:
        """To find ``rung`` again after changes."""
        found = self._rows.at(rung - HEADER)
        if found is not None:
            return Spot(*found)
        return Spot(0, rung - HEADER) if rung < HEADER else Spot(max(0, self.count - 1), 0)

    def spot_of(self, index: int) -> Spot:
        """The first rung of a row."""
        return Spot(index, 0)

    def rung_of(self, spot: Spot) -> int:
        """Where ``spot`` is now."""
        return max(0, HEADER + self._rows.top(spot.index) + spot.offset) if self.count else 0

    def measure_near(self, index: int, rungs: int) -> bool:
        """Measure what is near a row. Whether there was need: then rows stand elsewhere than before."""
        return self._rows.measure_around(index, SCREENS * rungs)

    def find(self, line_id: int) -> int | None:
        """The number of the row that holds a line."""
        return self._rows.find(line_id)

    def _moved(self, spot: Spot, splice: Splice, taken: Sequence[Row]) -> Spot:
        """Where ``spot`` is after ``splice``. Where its row is gone, it stays as far above the next one that is not."""
        if spot.index < splice.at:
            return spot
        if spot.index >= splice.at + len(taken):
            return Spot(spot.index + len(splice.rows) - len(taken), spot.offset)
        new = {(row.kind, row.key): number for number, row in enumerate(splice.rows)}
        offset = spot.offset
        for row in taken[spot.index - splice.at :]:
            if (row.kind, row.key) in new:
                return Spot(splice.at + new[row.kind, row.key], offset)
            offset -= height(row, self._grid)
        behind = splice.at + len(splice.rows)
        return Spot(behind, offset) if behind < self.count else Spot(max(0, self.count - 1), 0)


def _talk(rows: Sequence[Row]) -> int:
    """How many of them somebody said."""
    return sum(row.kind == "line" and row.lines[0].is_talk for row in rows)
