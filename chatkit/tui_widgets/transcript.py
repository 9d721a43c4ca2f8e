"""One room's lines laid out in rows of one width: which line stands on which row, and where the user is reading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from chatkit.client.model import Line
from chatkit.tui_widgets.local_time import day_of, long_date
from chatkit.tui_widgets.phrasing import phrase_text
from chatkit.tui_widgets.wrapping import cells, wrap

HEADER_ROWS = 1  # above the first line: whether there is more

DividerKind = Literal["day", "new"]


class Divider(msgspec.Struct, frozen=True):
    """A row of its own above a line."""

    kind: DividerKind
    text: str


class Block(msgspec.Struct, frozen=True):
    """A line with the dividers above it."""

    line: Line
    day: date
    width: int  # that it would have on a single row
    dividers: tuple[Divider, ...] = ()


class Spot(msgspec.Struct, frozen=True):
    """A row by the line that is nearest, which stays true when rows above it come and go."""

    line_id: int
    offset: int  # rows from the line's first row of text; negative on a divider or the header


class Transcript:
    """Owned by the view that shows the room. Lines are measured when they come, and drawn by the view when seen."""

    def __init__(self, width: int) -> None:
        self.following = True  # whether the view stays at the end as lines arrive
        self.spot: Spot | None = None  # where the view is when it isn't following
        self.below = 0  # talk that arrived meanwhile
        self._width = width
        self._blocks: list[Block] = []
        self._ends: list[int] = []  # the row behind each block
        self._new_from: int | None = None  # the id of the first line that the user has not seen

    @property
    def height(self) -> int:
        """All rows, the header's included."""
        return self._ends[-1] if self._ends else HEADER_ROWS

    @property
    def lines(self) -> list[Line]:
        """The lines, oldest first."""
        return [block.line for block in self._blocks]

    def rewrap(self, width: int) -> None:
        """Lay everything out for another width."""
        if width != self._width:
            self._width = width
            self._measure_from(0)

    def append(self, lines: Sequence[Line]) -> None:
        """Lines behind all others."""
        self._splice(len(self._blocks), lines)
        if not self.following:
            self.below += sum(line.is_talk for line in lines)

    def prepend(self, lines: Sequence[Line]) -> None:
        """Lines before all others."""
        self._splice(0, lines)

    def insert(self, before: int, lines: Sequence[Line]) -> None:
        """Lines right before the one with the id ``before``."""
        index = self._index(before)
        self._splice(len(self._blocks) if index is None else index, lines)

    def replace(self, line: Line) -> None:
        """``line`` takes the place of the one with its id."""
        index = self._index(line.id)
        if index is not None:
            self._blocks[index] = _block(line)
            self._divide(index)
            self._divide(index + 1)
            self._measure_from(index)

    def remove(self, ids: Iterable[int]) -> None:
        """Take lines away."""
        gone = set(ids)
        first = next((index for index, block in enumerate(self._blocks) if block.line.id in gone), None)
        if first is None:
            return
        self._blocks = [block for block in self._blocks if block.line.id not in gone]
        for index in range(first, min(first + len(gone), len(self._blocks)) + 1):
            self._divide(index)
        self._measure_from(first)

    def mark_new(self, line_id: int | None) -> None:
        """Put a divider above the first line that is new to the user, or take it away with None."""
        old, self._new_from = self._new_from, line_id
        for marked in {old, line_id} - {None}:
            index = self._index(marked)
            if index is not None:
                self._divide(index)
                self._measure_from(index)

    @property
    def has_new(self) -> bool:
        """Whether there is such a divider."""
        return self._new_from is not None

    def at(self, row: int) -> tuple[Block, int] | None:
        """What stands on ``row``: the block, and which of its rows it is. None is the header, or nothing."""
        index = bisect_right(self._ends, row)
        if row < HEADER_ROWS or index >= len(self._blocks):
            return None
        return self._blocks[index], row - self._top(index)

    def spot_at(self, row: int) -> Spot | None:
        """To find ``row`` again after changes. None where there are no lines."""
        if not self._blocks:
            return None
        index = min(bisect_right(self._ends, row), len(self._blocks) - 1)
        return Spot(self._blocks[index].line.id, row - self._text_top(index))

    def row_of(self, spot: Spot | None) -> int:
        """Where ``spot`` is now; the top where its line is gone."""
        index = None if spot is None else self._index(spot.line_id)
        if spot is None or index is None:
            return 0
        return max(0, min(self._text_top(index) + spot.offset, self._ends[index] - 1))

    def _splice(self, index: int, lines: Sequence[Line]) -> None:
        self._blocks[index:index] = map(_block, lines)
        for changed in range(index, index + len(lines) + 1):
            self._divide(changed)
        self._measure_from(index)

    def _divide(self, index: int) -> None:
        """Give a block the dividers that it needs behind the one before it."""
        if index >= len(self._blocks):
            return
        block = self._blocks[index]
        dividers = []
        if index == 0 or self._blocks[index - 1].day != block.day:
            dividers.append(Divider("day", long_date(block.day)))
        if block.line.id == self._new_from:
            dividers.append(Divider("new", "new"))
        if block.dividers != tuple(dividers):
            self._blocks[index] = msgspec.structs.replace(block, dividers=tuple(dividers))

    def _measure_from(self, index: int) -> None:
        del self._ends[index:]
        end = self._top(index)
        for block in self._blocks[index:]:
            end += self._rows(block)
            self._ends.append(end)

    def _rows(self, block: Block) -> int:
        if block.width <= self._width:
            return len(block.dividers) + 1
        return len(block.dividers) + len(wrap(phrase_text(block.line), self._width))

    def _top(self, index: int) -> int:
        return self._ends[index - 1] if index else HEADER_ROWS

    def _text_top(self, index: int) -> int:
        return self._top(index) + len(self._blocks[index].dividers)

    def _index(self, line_id: int | None) -> int | None:
        indexes = range(len(self._blocks) - 1, -1, -1)  # what changes is near the end
        return next((index for index in indexes if self._blocks[index].line.id == line_id), None)


def _block(line: Line) -> Block:
    return Block(line, day_of(line.time_ms), cells(phrase_text(line)))
