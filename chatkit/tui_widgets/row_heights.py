"""Where each of very many rows stands on a tall page, without ever walking through all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from chatkit.client.timeline import Row
from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.layout import height

CHUNK = 512  # rows in a chunk, more or less
ESTIMATE = 1  # rungs of a row that was not measured


class Chunk:
    """Some rows that follow each other. A height of 0 was not measured."""

    __slots__ = ("_ends", "heights", "measured", "rows", "total")

    def __init__(self, rows: list[Row], heights: list[int], *, measured: bool) -> None:
        self.rows = rows
        self.heights = heights
        self.measured = measured
        self.total = sum(tall or ESTIMATE for tall in heights)
        self._ends: list[int] = []  # the rung behind each row; empty: to be made anew

    @property
    def ends(self) -> list[int]:
        """The rung behind each row."""
        if not self._ends:
            self._ends = list(accumulate(tall or ESTIMATE for tall in self.heights))
        return self._ends

    def changed(self, by: int) -> None:
        """Rows came or went: the chunk is higher ``by`` so many rungs."""
        self.total += by
        self._ends = []

    def measure(self, grid: Grid) -> None:
        """Give every row its height."""
        self.heights = [tall or height(row, grid) for row, tall in zip(self.rows, self.heights, strict=True)]
        self.changed(sum(self.heights) - self.total)
        self.measured = True


class RowHeights:
    """Rows in their order, each as high as ``height`` says. What lies far from what is looked at is estimated."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._chunks = [Chunk([], [], measured=True)]
        self.total = 0  # rungs
        self.count = 0  # rows

    def regrid(self, grid: Grid) -> None:
        """Forget all heights: the columns are others."""
        self._grid = grid
        self._chunks = [Chunk(chunk.rows, [0] * len(chunk.rows), measured=False) for chunk in self._chunks]
        self.total = self.count * ESTIMATE

    def splice(self, at: int, removed: int, rows: Sequence[Row]) -> list[Row]:
        """Take ``removed`` rows away from ``at`` on, and put ``rows`` there. Returns those that were taken."""
        number, index = self._locate(at)
        taken = self._take(number, index, removed)
        self.count -= len(taken)
        number, index = self._locate(at)
        self._put(number, index, rows)
        self.count += len(rows)
        return taken

    def row(self, index: int) -> Row:
        """The row with this number."""
        number, inside = self._locate(index)
        return self._chunks[number].rows[inside]

    def at(self, rung: int) -> tuple[int, int] | None:
        """The number of the row that stands at ``rung``, and which of its own rungs that is. None: beyond the end."""
        if not 0 <= rung < self.total:
            return None
        number, top, first = self._chunk_at(rung)
        ends = self._chunks[number].ends
        inside = bisect_right(ends, rung - top)
        return first + inside, rung - top - (ends[inside - 1] if inside else 0)

    def top(self, index: int) -> int:
        """The first rung of a row."""
        number, inside = self._locate(index)
        before = sum(chunk.total for chunk in self._chunks[:number])
        return before + (self._chunks[number].ends[inside - 1] if inside else 0)

    def find(self, line_id: int) -> int | None:
        """The number of the row that holds a line; looked for from the end on."""
        first = self.count
        for chunk in reversed(self._chunks):
            first -= len(chunk.rows)
            for inside in range(len(chunk.rows) - 1, -1, -1):
                if any(line.id == line_id for line in chunk.rows[inside].lines) and not chunk.rows[inside].open:
                    return first + inside
        return None

    def measure_around(self, index: int, rungs: int) -> bool:
        """Measure the row with this number, and on both sides of it at least so many rungs. Whether there was need."""
        number, _ = self._locate(index)
        changed = self._measure(number)
        for way in (-1, 1):
            wanted, other = rungs, number + way
            while wanted > 0 and 0 <= other < len(self._chunks):
                changed |= self._measure(other)
                wanted -= self._chunks[other].total
                other += way
        return changed

    def _measure(self, number: int) -> bool:
        chunk = self._chunks[number]
        if chunk.measured:
            return False
        before = chunk.total
        chunk.measure(self._grid)
        self.total += chunk.total - before
        return True

    def _locate(self, index: int) -> tuple[int, int]:
        """The chunk that has row ``index``, or behind whose last row it would stand, and its place there."""
        if index > self.count // 2:  # what changes is near the end
            first = self.count
            for number in range(len(self._chunks) - 1, -1, -1):
                first -= len(self._chunks[number].rows)
                if index >= first:
                    return number, index - first
        for number, chunk in enumerate(self._chunks):
            if index < len(chunk.rows):
                return number, index
            index -= len(chunk.rows)
        return len(self._chunks) - 1, len(self._chunks[-1].rows)

    def _chunk_at(self, rung: int) -> tuple[int, int, int]:
        """The chunk in which ``rung`` is, its first rung and the number of its first row."""
        if rung > self.total // 2:
            top, first = self.total, self.count
            for number in range(len(self._chunks) - 1, -1, -1):
                top -= self._chunks[number].total
                first -= len(self._chunks[number].rows)
                if rung >= top:
                    return number, top, first
        top = first = 0
        for number, chunk in enumerate(self._chunks):
            if rung < top + chunk.total:
                return number, top, first
            top += chunk.total
            first += len(chunk.rows)
        return len(self._chunks) - 1, top, first

    def _take(self, number: int, index: int, count: int) -> list[Row]:
        taken: list[Row] = []
        while len(taken) < count and number < len(self._chunks):
            chunk = self._chunks[number]
            end = index + count - len(taken)
            gone = sum(tall or ESTIMATE for tall in chunk.heights[index:end])
            taken += chunk.rows[index:end]
            del chunk.rows[index:end], chunk.heights[index:end]
            chunk.changed(-gone)
            self.total -= gone
            if chunk.rows or len(self._chunks) == 1:
                number += 1
            else:
                del self._chunks[number]
            index = 0
        return taken

    def _put(self, number: int, index: int, rows: Sequence[Row]) -> None:
        chunk = self._chunks[number]
        if len(chunk.rows) + len(rows) <= 2 * CHUNK:
            heights = [height(row, self._grid) if chunk.measured else 0 for row in rows]
            chunk.rows[index:index] = rows
            chunk.heights[index:index] = heights
            added = sum(tall or ESTIMATE for tall in heights)
            chunk.changed(added)
            self.total += added
            return
        all_rows = [*chunk.rows[:index], *rows, *chunk.rows[index:]]
        all_heights = [*chunk.heights[:index], *[0] * len(rows), *chunk.heights[index:]]
        self._chunks[number : number + 1] = [
            Chunk(all_rows[start : start + CHUNK], all_heights[start : start + CHUNK], measured=False)
            for start in range(0, len(all_rows), CHUNK)
        ]
        self.total += len(rows) * ESTIMATE
