"""A list of rows of which only those on the screen are drawn: rooms, people, and whatever is picked from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chatkit.tui_widgets.painting import ground, restyle
from chatkit.tui_widgets.palette import nick_style
from chatkit.tui_widgets.wrapping import cells, clip

Key = str | int
Look = Literal["heading", "plain", "current", "unread", "dim", "danger"]
BadgeLook = Literal["badge", "mention", "value", "good", "waiting", "bad"]
STYLES = (
    "heading", "plain", "current", "unread", "dim", "danger", "badge", "mention", "value", "good", "waiting", "bad",
    "mark", "hover", "cursor", "detail", "strong",
)  # fmt: skip
RIGHT_BUTTON = 3
GAP = 2  # before the detail


class Row(msgspec.Struct, frozen=True):
    """One row: a mark, a name, something about it, and at the right a badge."""

    name: str
    mark: str = " "
    badge: str = ""
    look: Look = "plain"
    badge_look: BadgeLook = "badge"
    nick: str = ""  # whose colour the name gets
    key: Key | None = None  # what Chosen says when it is chosen; None for what can't be
    detail: str = ""
    strong: tuple[tuple[int, int], ...] = ()  # where in the name it fits what was typed


class RowList(ScrollView, can_focus=True):
    """Shows the rows that it was given last. Has a cursor where it has the keyboard, or ``always``."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"row--{name}" for name in STYLES}
    ALLOW_SELECT = False
    FOCUS_ON_CLICK = False  # one goes on typing
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("enter,space", "choose", show=False),
        Binding("m,shift+f10", "menu", show=False),
    ]

    class Chosen(Message):
        """The user chose the row with this key."""

        def __init__(self, source: RowList, key: Key) -> None:
            super().__init__()
            self.source = source
            self.key = key

        @property
        def control(self) -> RowList:
            """The list, for ``@on`` with a selector."""
            return self.source

    class Moved(Message):
        """The cursor is on another row."""

    class MenuWanted(Chosen):
        """The user wants to know what can be done with the row; ``at`` is where on the screen."""

        def __init__(self, source: RowList, key: Key, at: Offset) -> None:
            super().__init__(source, key)
            self.at = at

    def __init__(self, *, id: str | None = None, always: bool = False) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._hovered: int | None = None
        self._always = always
        self.cursor = 0

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    @property
    def chosen(self) -> Key | None:
        """The key of the row under the cursor."""
        return self._rows[self.cursor].key if self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[Row]) -> None:
        """Show ``rows`` from now on. The cursor stays at the same number, or at the nearest row that can be chosen."""
        if len(rows) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(rows))
        self._rows = rows
        self.cursor = self._choosable(max(0, min(self.cursor, len(rows) - 1)))
        self.refresh()

    def reveal(self, index: int) -> None:
        """Scroll as far as is needed to see a row."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= index < top + height:
            self.scroll_to(y=index - height // 2, animate=False, force=True)

    def put_cursor(self, key: Key) -> None:
        """Move the cursor to the row with this key, if there is one."""
        self._put(next((index for index, row in enumerate(self._rows) if row.key == key), self.cursor))

    def action_move(self, by: int) -> None:
        step = 1 if by > 0 else -1
        wanted = max(0, min(self.cursor + by, len(self._rows) - 1))
        onward = range(wanted, len(self._rows) if step > 0 else -1, step)
        self._put(next((index for index in onward if self._rows[index].key is not None), self.cursor))

    def action_choose(self) -> None:
        if self.chosen is not None:
            self.post_message(self.Chosen(self, self.chosen))

    def action_menu(self) -> None:
        if self.chosen is not None:
            at = self.region.offset + Offset(2, self.cursor - self.scroll_offset.y + 1)
            self.post_message(self.MenuWanted(self, self.chosen, at))

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y
        if not 0 <= index < len(self._rows) or (key := self._rows[index].key) is None:
            return
        event.stop()
        self.cursor = index
        if event.button == RIGHT_BUTTON:
            self.post_message(self.MenuWanted(self, key, event.screen_offset))
        else:
            self.post_message(self.Chosen(self, key))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self.scroll_offset.y + event.y)

    def on_leave(self) -> None:
        self._hover(None)

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        if not 0 <= index < len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        row = self._rows[index]
        strip = self._draw(row, self.size.width)
        if index == self.cursor and (self._always or self.has_focus) and row.key is not None:
            return restyle(strip, ground(self.get_component_rich_style("row--cursor")))
        if index == self._hovered and row.key is not None:
            return restyle(strip, ground(self.get_component_rich_style("row--hover")))
        return strip

    def _draw(self, row: Row, width: int) -> Strip:
        style = self.get_component_rich_style(f"row--{row.look}")
        badge = f" {row.badge} " if row.badge else ""
        room = max(0, width - cells(row.mark) - cells(badge) - 1)
        name = clip(row.name, room)
        detail = clip(row.detail, room - cells(name) - GAP) if room > cells(name) + GAP else ""
        space = room - cells(name) - (cells(detail) + GAP if detail else 0)
        segments = [
            Segment(row.mark, style + self._part("mark")),
            *self._paint_name(row, name, style),
            *([Segment(" " * GAP + detail, style + self._part("detail"))] if detail else []),
            Segment(" " * space, style),
            Segment(badge, style + self._part(row.badge_look)),
        ]
        return Strip(segments).crop_extend(0, width, style)

    def _paint_name(self, row: Row, name: str, style: Style) -> Iterator[Segment]:
        if row.nick:
            style += nick_style(row.nick, dark=self.app.current_theme.dark)
        end = 0
        for start, stop in row.strong:
            yield Segment(name[end:start], style)
            yield Segment(name[start:stop], style + self._part("strong"))
            end = stop
        yield Segment(name[end:], style)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"row--{name}", partial=True)

    def _choosable(self, index: int) -> int:
        """The first row from ``index`` on that can be chosen, or else the last before it."""
        for way in (range(index, len(self._rows)), range(index - 1, -1, -1)):
            for other in way:
                if self._rows[other].key is not None:
                    return other
        return 0

    def _put(self, index: int) -> None:
        self.cursor = index
        self.reveal(index)
        self.refresh()
        self.post_message(self.Moved())

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.refresh()
