"""A read-only text widget made of rows: which row is where, and how rows change."""

from __future__ import annotations

import tkinter as tk
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from chatkit.client.timeline import Row, Splice
from chatkit.gui_widgets import text_tags
from chatkit.gui_widgets.line_text import height_of, pieces
from chatkit.gui_widgets.look import Look

FIRST = 2  # the first line of the first row; above it is the heading
ANCHORS = 2  # rows looked at for one whose place is kept
Place = tuple[Row, int]  # a row, and how many pixels below the upper edge it begins


class RowText(tk.Text):
    """Rows stand in it one below the other, each as so many lines as its pieces have, below a heading.

    It never scrolls by itself.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, wrap="word", state="disabled", borderwidth=0, cursor="xterm")
        self.look = look
        self.rows: list[Row] = []
        self.hours24 = True
        self.large = True  # whether a lone emoji is drawn so
        self._heights: list[int] = []  # of the rows, in lines
        self._made: set[str] = set()  # the tags that say themselves what they are
        self._measures: text_tags.Measures | None = None
        self._marked: dict[str, Row] = {}  # by tag: the one row that has it
        self._heading = ""
        self._write("1.0", "\n", ("rule",))
        look.on_change(self._repaint)

    @property
    def heading(self) -> str:
        """What stands above the first row."""
        return self._heading

    @heading.setter
    def heading(self, text: str) -> None:
        if text != self._heading:
            self._heading = text
            self.configure(state="normal")
            self.delete("1.0", "2.0")
            self._write("1.0", f"{text}\n", ("divider", "day") if text else ("rule",))

    def clear(self) -> None:
        """Have no rows."""
        self.change([Splice(0, len(self.rows))])

    def change(self, splices: Sequence[Splice]) -> None:
        """Do these, one after the other."""
        self.configure(state="normal")
        for splice in splices:
            self._splice(splice)
        self.configure(state="disabled")

    def redraw(self) -> None:
        """The same rows, written anew."""
        rows = tuple(self.rows)
        self.change([Splice(0, len(rows), rows)])

    # Which row is where.

    def row_at(self, x: int, y: int) -> int | None:
        """The number of the row there."""
        ends = list(accumulate(self._heights))
        line = int(self.index(f"@{x},{y}").split(".")[0]) - FIRST
        index = bisect_right(ends, max(0, line))
        return index if index < len(self.rows) else None

    def row_under(self, x: int, y: int) -> Row | None:
        """The row there, but not above or below it."""
        index = self.row_at(x, y)
        info = self.dlineinfo(f"@{x},{y}")
        if index is None or info is None or y > info[1] + info[3]:
            return None
        return self.rows[index]

    def start_of(self, index: int) -> str:
        """Where the row begins, in Tk's words."""
        return f"{sum(self._heights[:index]) + FIRST}.0"

    def end_of(self, index: int) -> str:
        """Where the next row begins."""
        return self.start_of(index + 1)

    def find(self, row: Row) -> int | None:
        """The number of a row, or of the one that took its place."""
        places = (n for n, other in enumerate(self.rows) if other.key == row.key and other.kind == row.kind)
        return next(places, None)

    def find_line(self, line_id: int) -> int | None:
        """The number of the row that has the line."""
        indexes = range(len(self.rows) - 1, -1, -1)
        return next((n for n in indexes if any(line.id == line_id for line in self.rows[n].lines)), None)

    def span_at(self, x: int, y: int) -> int | None:
        """What the tag ``at:3`` says of that place."""
        found = [tag for tag in self.tag_names(f"@{x},{y}") if tag.startswith("at:")]
        return int(found[0][3:]) if found else None

    # Places to come back to.

    def first_in_sight(self) -> Place | None:
        """A row near the upper edge whose beginning is on the screen, and where.

        Not the very first: what comes above it can change how it looks, and so how high it is.
        """
        top = self.row_at(0, 0)
        if top is None:
            return None
        place: Place = self.rows[top], 0  # one row fills the screen
        found = 0
        for index in range(top, len(self.rows)):
            info = self.dlineinfo(self.start_of(index))
            if info is not None and self.rows[index].kind in ("line", "fold"):
                place, found = (self.rows[index], info[1]), found + 1
            if found == ANCHORS or (found and info is None):
                break
        return place

    def restore(self, row: Row, y: int) -> None:
        """Scroll until the row begins there again."""
        index = self.find(row)
        if index is not None:
            self.yview(self.start_of(index))
            info = self.dlineinfo(self.start_of(index))
            self.yview_scroll((info[1] if info else 0) - y, "pixels")

    # Marks on one row.

    def mark_row(self, tag: str, row: Row | None) -> None:
        """Have ``tag`` on that row, and on no other."""
        if self._marked.get(tag) is row:
            return
        self.tag_remove(tag, "1.0", "end")
        self._marked.pop(tag, None)
        index = None if row is None else self.find(row)
        if index is not None:
            self._marked[tag] = self.rows[index]
            self.tag_add(tag, self.start_of(index), self.end_of(index))

    def marked(self, tag: str) -> Row | None:
        """The row that has it."""
        return self._marked.get(tag)

    # Inside.

    def _write(self, at: str, text: str, tags: tuple[str, ...]) -> None:
        self.configure(state="normal")
        self.insert(at, text, tags)
        self.configure(state="disabled")

    def _splice(self, splice: Splice) -> None:
        at, last = splice.at, splice.at + splice.removed
        start = self.start_of(at)
        gone = {id(row) for row in self.rows[at:last]} if self._marked else set()
        marks = {tag: row for tag, row in self._marked.items() if id(row) in gone}
        if splice.removed:
            self.delete(start, f"{int(start[:-2]) + sum(self._heights[at:last])}.0")
        made = [pieces(row, hours24=self.hours24, large=self.large) for row in splice.rows]
        parts = [part for found in made for piece in found for part in piece]
        self._make_tags({tag for found in made for _, tags in found for tag in tags if ":" in tag})
        if parts:
            self.insert(start, *parts)  # type: ignore[arg-type]  # text and tags in turn, as Tk takes them
        self.rows[at:last] = splice.rows
        self._heights[at:last] = [height_of(found) for found in made]
        for tag, row in marks.items():  # the same row as it is now
            self._marked.pop(tag)
            self.mark_row(tag, row)

    def _make_tags(self, names: set[str]) -> None:
        for name in names - self._made:
            self.tag_configure(name, text_tags.of_name(self.look, name))
        if names - self._made:
            self._made |= names
            self._order()

    def _order(self) -> None:
        """What lies above all others."""
        for name in ("spoiler", "retry", "sel"):
            self.tag_raise(name)

    def fit(self) -> None:
        """The width, or the look, may be another: measure anew."""
        found = text_tags.measures(self.look, max(1, self.winfo_width()), hours24=self.hours24)
        if found != self._measures:
            self._measures = found
            self._configure_tags(found)

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        self.configure(
            background=palette.base,
            foreground=palette.text,
            inactiveselectbackground=palette.selection,
            selectbackground=palette.selection,
            selectforeground=palette.text,
            font=look.fonts["time"],  # of the empty line that Tk keeps at the end
            highlightthickness=0,
            padx=0,
            pady=look.px(6),
        )
        self._measures = text_tags.measures(look, max(1, self.winfo_width()), hours24=self.hours24)
        self._configure_tags(self._measures)

    def _configure_tags(self, measures: text_tags.Measures) -> None:
        for tag, options in text_tags.table(self.look, measures).items():
            self.tag_configure(tag, options)
            self.tag_raise(tag)
        for tag in self._made:
            self.tag_configure(tag, text_tags.of_name(self.look, tag))
            self.tag_raise(tag)
        self._order()
