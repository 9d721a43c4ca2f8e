"""A list of rows of which only those on the screen are drawn: what rooms and people are listed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chatkit.tui_widgets.painting import restyle
from chatkit.tui_widgets.palette import nick_style
from chatkit.tui_widgets.wrapping import cells, clip

Look = Literal["heading", "plain", "current", "unread", "dim"]
BadgeLook = Literal["badge", "mention"]
STYLES = ("heading", "plain", "current", "unread", "dim", "badge", "mention", "mark", "hover")


class Row(msgspec.Struct, frozen=True):
    """One row: a mark, a name and at the right a badge."""

    name: str
    mark: str = " "
    badge: str = ""
    look: Look = "plain"
    badge_look: BadgeLook = "badge"
    nick: str = ""  # whose colour the name gets
    key: str | int | None = None  # what Chosen says when it is clicked; None for what can't be


class RowList(ScrollView, can_focus=False):
    """Shows the rows that it was given last."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"row--{name}" for name in STYLES}
    ALLOW_SELECT = False

    class Chosen(Message):
        """The user clicked the row with this key."""

        def __init__(self, source: RowList, key: str | int) -> None:
            super().__init__()
            self.source = source
            self.key = key

        @property
        def control(self) -> RowList:
            """The list, for ``@on`` with a selector."""
            return self.source

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._hovered: int | None = None

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[Row]) -> None:
        """Show ``rows`` from now on."""
        if len(rows) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(rows))
        self._rows = rows
        self.refresh()

    def reveal(self, index: int) -> None:
        """Scroll as far as is needed to see a row."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= index < top + height:
            self.scroll_to(y=index - height // 2, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        row = self._row_at(event.y)
        if row is not None and row.key is not None:
            self.post_message(self.Chosen(self, row.key))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self.scroll_offset.y + event.y)

    def on_leave(self) -> None:
        self._hover(None)

    def render_line(self, y: int) -> Strip:
        row = self._row_at(y)
        if row is None:
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._draw(row, self.size.width)
        if row.key is not None and self.scroll_offset.y + y == self._hovered:
            return restyle(strip, self.get_component_rich_style("row--hover", partial=True))
        return strip

    def _draw(self, row: Row, width: int) -> Strip:
        style = self.get_component_rich_style(f"row--{row.look}")
        badge = f" {row.badge} " if row.badge else ""
        room = max(0, width - cells(row.mark) - cells(badge) - 1)
        name = clip(row.name, room)
        dark = self.app.current_theme.dark
        segments = [
            Segment(row.mark, style + self.get_component_rich_style("row--mark", partial=True)),
            Segment(name, style + nick_style(row.nick, dark=dark) if row.nick else style),
            Segment(" " * (room - cells(name)), style),
            Segment(badge, style + self.get_component_rich_style(f"row--{row.badge_look}", partial=True)),
        ]
        return Strip(segments).crop_extend(0, width, style)

    def _row_at(self, y: int) -> Row | None:
        index = self.scroll_offset.y + y
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.refresh()
