"""How the talk is cut into columns: a mark, the time, the names and the text."""

from __future__ import annotations

import msgspec

MARK = 1  # cells for what makes a line stand out
MARGIN = 1  # right of the text
HANG = 2  # how far text goes in where there is no column of names
ENDING = 2  # cells behind a name: ": "
# The widths from which names have a column of their own, and how wide it is.
NAME_COLUMNS = ((130, 16), (100, 14), (70, 11))
TIMES = {True: len("12:34"), False: len("12:34 PM")}


class Grid(msgspec.Struct, frozen=True):
    """For a view that is ``width`` cells wide."""

    width: int
    airy: bool = False  # whether an empty row stands above what another person says
    hours24: bool = True

    @property
    def gutter(self) -> int:
        """What stands left of names and text: the mark and the time."""
        return MARK + TIMES[self.hours24] + 1

    @property
    def names(self) -> int:
        """The width of the column of names, with what stands behind them. 0: the text follows the name at once."""
        return next((names + ENDING for least, names in NAME_COLUMNS if self.width >= least), 0)

    @property
    def left(self) -> int:
        """Where text begins, from its second row on at the latest."""
        return self.gutter + (self.names or HANG)

    @property
    def text(self) -> int:
        """How wide text may be."""
        return max(1, self.width - self.left - MARGIN)
