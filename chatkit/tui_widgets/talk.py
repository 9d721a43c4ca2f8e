"""The talk: what was said in the room in focus, however much, of which only what is on the screen is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from chatkit.client.events import RowsChanged
from chatkit.client.model import Line, Room
from chatkit.client.timeline import Row, Splice
from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.marking import marked_text, show_marked
from chatkit.tui_widgets.painting import MARKED, STYLES, Painter, ground, restyle
from chatkit.tui_widgets.row_list import RIGHT_BUTTON
from chatkit.tui_widgets.transcript import Place, Transcript

AHEAD = 3  # screens from the top at which older lines are asked for
AIRY = 34  # rows that a screen has at least for empty ones between people
FLASH = 1.5  # seconds that a line stands out that one went to
MOVES = {"up": -1, "k": -1, "down": 1, "j": 1}  # keys that select another message
TOOLS = (("↩", "reply"), ("☺", "react"), ("⋯", "menu"))  # at the line under the mouse: sign, and what it means

Tools = Callable[[Line], frozenset[str]]


class TalkView(ScrollView, can_focus=True):
    """Keeps the rows of every room that was looked at, and shows those of one.

    It stays at the end while lines arrive, until the user scrolls up; then what the user reads stays where it is. While
    it has the keyboard, one line is selected, which keys act on.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"talk--{name}" for name in STYLES}
    ALLOW_SELECT = True
    FOCUS_ON_CLICK = False

    class OlderWanted(Message):
        """The user comes near the top of ``room``."""

        def __init__(self, room: Room) -> None:
            super().__init__()
            self.room = room

    class Pressed(Message):
        """The user clicked, or chose by key. ``meta`` says what is under the pointer; ``at`` where on the screen."""

        def __init__(self, row: Row, meta: Mapping[str, Any], at: Offset, *, menu: bool = False) -> None:
            super().__init__()
            self.row = row
            self.meta = meta
            self.at = at
            self.menu = menu

    class BelowChanged(Message):
        """``count`` messages arrived below what the user looks at."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    class SelectionChanged(Message):
        """Another line is selected, or none any more."""

    class LetGo(Message):
        """No line is selected any more: the keyboard may go back to where one types."""

    def __init__(
        self, tools: Tools, keys: Mapping[str, Callable[[], None]], write: Callable[[events.Key], None]
    ) -> None:
        """``tools`` says what of "reply" and "react" one can do with a line; ``keys`` act on the selected one, and
        ``write`` gets any other that has a character."""
        super().__init__()
        self._keys = keys
        self._write = write
        self._room: Room | None = None
        self._transcripts: dict[int, Transcript] = {}  # by room id
        self._grid = Grid(80)  # for which all is laid out and drawn, until a resize is handled
        self._cosy = self._hours24 = True  # as the user likes it
        self._painter: Painter | None = None
        self._revealed: frozenset[int] = frozenset()
        self._tools = tools
        self._told_below = 0
        self._moving = False  # whether it scrolls by itself, not by the user's hand
        self._hovered: int | None = None  # the number of the row under the mouse
        self._flashing: int | None = None

    # What happens in rooms.

    def change_rows(self, event: RowsChanged) -> None:
        """The rows of a room are others. A room that nobody looked at yet has none here."""
        transcript = self._transcripts.get(event.room.id)
        if transcript is None:
            return
        transcript.apply(event.splices, old=event.old)
        if event.room is self._room:
            self._settle()

    def header_changed(self) -> None:
        """What stands above the first row may be something else."""
        if self._row(0) <= 0:  # or nobody sees it
            self.refresh()

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._transcripts.pop(room.id, None)

    def show(self, room: Room, rows: Sequence[Row]) -> None:
        """Show a room, at the place where the user left it. ``rows`` are all that it has now."""
        if self._room is not None and room is not self._room:
            self.screen.clear_selection()
            self._hovered = self._flashing = None
        self._room = room
        if room.id not in self._transcripts:
            self._transcripts[room.id] = Transcript(self._grid)
            self._transcripts[room.id].apply([Splice(0, 0, tuple(rows))], old=True)
        self._settle()

    def prefer(self, *, cosy: bool, hours24: bool) -> None:
        """The user wants it to look like this."""
        self._cosy, self._hours24 = cosy, hours24
        self._settle()

    # What the user does.

    def page(self, direction: int) -> None:
        """Scroll by a page, up (-1) or down (1)."""
        self._scroll(self.scroll_offset.y + direction * max(1, self.size.height - 2))

    def go_top(self) -> None:
        """Scroll to the oldest line."""
        self._scroll(0)

    def go_end(self) -> None:
        """Scroll to the newest line, and follow again."""
        self._scroll(self._current.height)

    def go_to(self, line_id: int) -> bool:
        """Scroll to a line and let it stand out for a moment. Whether it is here."""
        index = self._current.find(line_id)
        if index is None:
            return False
        self._bring(index)
        self._flashing = index
        self.set_timer(FLASH, self._end_flash)
        self.refresh()
        return True

    def last(self, wanted: Callable[[Line], bool]) -> Line | None:
        """The newest line on which ``wanted`` is true."""
        lines = reversed(self._room.lines if self._room else ())
        return next((line for line in lines if wanted(line)), None)

    def reveal(self, line_id: int) -> None:
        """Show what a line hides, or hide it again."""
        self._revealed ^= {line_id}
        self._painter = None
        self.refresh()

    @property
    def selected(self) -> Row | None:
        """The row that keys act on."""
        index = self._current.selected
        return None if index is None or not self.has_focus else self._current.row(index)

    def select(self, by: int) -> None:
        """Select the line ``by`` places below the one that is."""
        current = self._current
        last = current.count if current.selected is None else current.selected
        index = last + by
        while 0 <= index < current.count and current.row(index).kind not in ("line", "fold"):
            index += by
        if 0 <= index < current.count:
            current.selected = index
            self._bring(index, gently=True)
            self._selection_changed()
        elif by > 0:
            self.let_go()

    def let_go(self) -> None:
        self._current.selected = None
        self._selection_changed()
        self.post_message(self.LetGo())

    def on_key(self, event: events.Key) -> None:
        """At once, not by bindings, which are looked up later: each key finds what the one before it has done."""
        focused = self.screen.focused  # changes at once, where ``has_focus`` waits for an event
        if focused is not self and focused is not None:
            focused.post_message(events.Key(event.key, event.character))
        elif event.key == "escape":
            self.let_go()
        elif event.key in MOVES:
            self.select(MOVES[event.key])
        elif event.key in self._keys:
            self._keys[event.key]()
        elif event.is_printable:
            self._write(events.Key(event.key, event.character))
        else:
            return
        event.stop()
        event.prevent_default()

    def on_focus(self, event: events.Focus) -> None:
        """The newest message is selected first; where the terminal itself was left meanwhile, the one that was."""
        current = self._current
        if current.selected is None or not event.from_app_focus:
            found = (n for n in range(current.count - 1, -1, -1) if _is_talk(current.row(n)))
            current.selected = next(found, current.count - 1) if current.count else None
            if current.selected is not None:
                self._bring(current.selected, gently=True)
        self._selection_changed()

    def on_blur(self) -> None:
        self._selection_changed()

    def _selection_changed(self) -> None:
        self.refresh()
        self.post_message(self.SelectionChanged())

    def where(self) -> Offset:
        """Where on the screen the selected row begins."""
        index = self._current.selected
        rung = 0 if index is None else self._first_rung(index)
        return self.region.offset + Offset(self._grid.left, rung - self._row(0) + 1)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and self._painter is not None:
            self._user_moved(round(new_value))

    def on_mouse_scroll_up(self) -> None:
        self._ask_for_older()

    def on_click(self, event: events.Click) -> None:
        place = self._current.at(self._row(event.y))
        if place is None:
            return
        meta = event.style.meta
        menu = event.button == RIGHT_BUTTON or meta.get("do") == "menu"
        self.post_message(self.Pressed(place.row, meta, event.screen_offset, menu=menu))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        place = self._current.at(self._row(event.y))
        self._hover(None if place is None else place.index)

    def on_leave(self) -> None:
        self._hover(None)

    # Drawing.

    def on_resize(self) -> None:
        self._settle()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is drawn. Textual would ask ``render_line`` for each, and put its own cache around it, in which no line
        of a room that scrolls is ever found again; the painter's strips keep what the filters made of them."""
        strips = [self._strip(y) for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span == (0, self.region.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """A line that knows which of the transcript it is: for text marked with the mouse."""
        return self._strip(y).apply_offsets(0, max(0, self._row(y)))

    def _strip(self, y: int) -> Strip:
        painter = self._ready_painter()
        rung = self._row(y)
        place = self._current.at(rung)
        if place is not None:
            strip = self._dress(painter.row(place.row)[place.rung], place)
        else:
            strip = painter.header(self._header()) if rung == 0 else painter.blank()
        if self.text_selection is not None:
            marked = self.screen.get_component_rich_style("screen--selection")
            strip = show_marked(strip, rung, self.text_selection, marked)
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse marked, for the clipboard."""
        return marked_text(self._current, self._ready_painter(), selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _dress(self, strip: Strip, place: Place) -> Strip:
        """``strip`` as it is while its row is selected, gone to or under the mouse."""
        if place.index == self._flashing:
            strip = restyle(strip, ground(self.get_component_rich_style("talk--found")))
        if place.index == self._current.selected and self.has_focus and strip.text.strip():
            selected = ground(self.get_component_rich_style("talk--selected"))
            strip = Strip.join([Strip([Segment(MARKED, self._look("mention-mark"))]), strip.crop(1)])
            strip = restyle(strip, selected)
        if place.index == self._hovered and place.rung == self._first_shown(place.row):
            return self._with_tools(strip, place.row)
        return strip

    def _with_tools(self, strip: Strip, row: Row) -> Strip:
        if not _is_talk(row):
            return strip
        can = self._tools(row.lines[0]) | {"menu"}
        look = self._look("tools")
        tools = [Segment(f" {sign} ", look + Style(meta={"do": what})) for sign, what in TOOLS if what in can]
        shown = Strip(tools)
        kept = strip.crop(0, max(0, self._grid.width - shown.cell_length - 1))
        return Strip.join([kept, shown, strip.crop(self._grid.width - 1, self._grid.width)])

    def _first_shown(self, row: Row) -> int:
        """Which of its rungs is the first that isn't empty."""
        strips = self._ready_painter().row(row)
        return next((number for number, strip in enumerate(strips) if strip.text.strip()), 0)

    def _first_rung(self, index: int) -> int:
        current = self._current
        rung = current.rung_of(current.spot_of(index))
        return rung + self._first_shown(current.row(index))

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"talk--{name}", partial=True)

    def _row(self, y: int) -> int:
        """The transcript's rung that the view shows at ``y``: rows that do not fill the view stand at its end."""
        return self.scroll_offset.y + y - max(0, self.size.height - self._current.height)

    @property
    def _current(self) -> Transcript:
        found = None if self._room is None else self._transcripts.get(self._room.id)
        return found or Transcript(self._grid)

    def _ready_painter(self) -> Painter:
        if self._painter is None or self._painter.grid != self._grid:
            styles = {name: self.get_component_rich_style(f"talk--{name}") for name in STYLES}
            for name in ("link", "code"):  # they are laid over others
                styles[name] = self._look(name)
            self._painter = Painter(self._grid, styles, self._revealed, dark=self.app.current_theme.dark)
        return self._painter

    def _header(self) -> str:
        if self._room is None:
            return ""
        if self._room.loading:
            return "Loading older messages…"
        return f"This is where {self._room.title} begins" if self._room.exhausted else ""

    def _settle(self) -> None:
        """Scroll to where the user is in the room, and draw."""
        if not self.size or self._room is None:
            return
        current = self._current
        airy = self._cosy and self.app.size.height >= AIRY
        self._grid = Grid(self.size.width, airy=airy, hours24=self._hours24)
        current.settle(self._grid, self.size.height)
        self._moving = True
        self._set_height(current.height)
        rung = current.height if current.following else current.rung_of(current.spot)
        self.scroll_to(y=rung, animate=False, force=True)
        self._moving = False
        self._tell_below()
        self.refresh()

    def _set_height(self, height: int) -> None:
        """As ``virtual_size = `` does, but without a new layout of the whole screen, many times a second."""
        self.set_reactive(TalkView.virtual_size, Size(self._grid.width, height))
        self.vertical_scrollbar.window_virtual_size = height
        self.vertical_scrollbar.window_size = self.size.height

    def _bring(self, index: int, *, gently: bool = False) -> None:
        """Scroll so that a row is seen; ``gently``: not if it is seen already."""
        current = self._current
        if current.measure_near(index, self.size.height):
            self._settle()
        rung, top, height = self._first_rung(index), self.scroll_offset.y, self.size.height
        if gently and current.height <= height:
            return
        if not gently:
            self._scroll(rung - height // 2)
        elif rung < top:
            self._scroll(rung)
        elif rung >= top + height - 1:
            self._scroll(rung - height + 2)

    def _scroll(self, rung: int) -> None:
        self.scroll_to(y=rung, animate=False, force=True)
        self._user_moved(self.scroll_offset.y)

    def _user_moved(self, rung: int) -> None:
        current = self._current
        current.following = rung >= self.max_scroll_y
        current.spot = current.spot_at(rung)
        if current.following:
            current.below = 0
        if current.count and current.measure_near(current.spot.index, self.size.height):
            self._settle()
        self._tell_below()
        self._ask_for_older()

    def _ask_for_older(self) -> None:
        room = self._room
        near = self.scroll_offset.y <= AHEAD * self.size.height
        if near and room is not None and not room.loading and not room.exhausted:
            self.post_message(self.OlderWanted(room))

    def _tell_below(self) -> None:
        if self._told_below != self._current.below:
            self._told_below = self._current.below
            self.post_message(self.BelowChanged(self._told_below))

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.refresh()

    def _end_flash(self) -> None:
        self._flashing = None
        self.refresh()


def _is_talk(row: Row) -> bool:
    return row.kind == "line" and row.lines[0].is_talk
