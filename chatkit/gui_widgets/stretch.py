"""Which of a room's rows are in the text widget. No Tk in here.

A room may have 100,000 rows; the widget holds a stretch of some hundred, and the stretch follows the user.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatkit.client.timeline import Row, Splice

TAIL = 300  # rows shown at the end of a room
SLACK = 200  # more of them before the oldest go
PAGE = 200  # rows added when the user scrolls to an end of the stretch
LIMIT = 1500  # rows shown at once while the user reads further up


class Stretch:
    """``rows[start:end]`` of a timeline.

    What changes there goes through ``apply``, in order; it says what that means for what is shown. All splices that it
    returns count from the first row shown.
    """

    def __init__(self) -> None:
        self.start = self.end = 0
        self.open = True  # whether it ends where the room ends, and grows with it

    @property
    def size(self) -> int:
        """How many rows are shown."""
        return self.end - self.start

    def to_end(self, total: int) -> None:
        """Show the last of ``total`` rows."""
        self.start, self.end, self.open = max(0, total - TAIL), total, True

    def around(self, index: int, total: int) -> None:
        """Show the row at ``index`` of ``total``, and those near it."""
        self.start = max(0, index - TAIL // 2)
        self.end = min(total, self.start + TAIL)
        self.open = self.end == total

    def is_true_of(self, shown: Sequence[Row], rows: Sequence[Row]) -> bool:
        """Whether ``shown`` is that part of ``rows``, as far as a look at its ends tells."""
        if self.end > len(rows) or (self.open and self.end != len(rows)) or len(shown) != self.size:
            return False
        return not shown or (shown[0] is rows[self.start] and shown[-1] is rows[self.end - 1])

    def apply(self, splice: Splice) -> Splice | None:
        """The timeline changed so. What changes in what is shown; None where that is out of sight."""
        start, end, grown = self.start, self.end, len(splice.rows) - splice.removed
        last = splice.at + splice.removed
        if splice.at > end or (splice.at == end and not self.open):
            return None
        if last <= start and splice.at < end:
            self.start, self.end = start + grown, end + grown
            return None
        first, behind = max(splice.at, start), min(last, end)
        self.start = min(start, splice.at)
        self.end = splice.at + len(splice.rows) + end - behind
        return Splice(first - start, behind - first, splice.rows)

    def trim(self, *, following: bool) -> Splice | None:
        """What is to go because there is too much: the oldest while the user is at the end, else the newest."""
        size = self.size
        if following and self.open and size > TAIL + SLACK:
            self.start = self.end - TAIL
            return Splice(0, size - TAIL)
        if not following and size > LIMIT:
            self.end, self.open = self.start + LIMIT, False
            return Splice(LIMIT, size - LIMIT)
        return None

    def extend_up(self, rows: Sequence[Row]) -> list[Splice]:
        """Take in older rows, and let go of the newest where it becomes too much."""
        older = max(0, self.start - PAGE)
        if older == self.start:
            return []
        taken = Splice(0, 0, tuple(rows[older : self.start]))
        self.start = older
        cut = self.trim(following=False)
        return [taken] if cut is None else [taken, cut]

    def extend_down(self, rows: Sequence[Row]) -> list[Splice]:
        """Take in newer rows, and let go of the oldest where it becomes too much."""
        newer = min(len(rows), self.end + PAGE)
        if newer == self.end:
            return []
        changes = [Splice(self.size, 0, tuple(rows[self.end : newer]))]
        self.end, self.open = newer, newer == len(rows)
        if self.size > LIMIT:
            changes.append(Splice(0, self.size - LIMIT))
            self.start = self.end - LIMIT
        return changes
