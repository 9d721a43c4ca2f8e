"""The talk: the lines of the room in focus, however many, of which only those on the screen are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from chatkit.client.model import Line, Room
from chatkit.tui_widgets.marking import marked_text, show_marked
from chatkit.tui_widgets.painting import STYLES, Painter, text_width
from chatkit.tui_widgets.transcript import Transcript

NEAR_TOP = 3  # rows from the top at which older lines are asked for


class TalkView(ScrollView, can_focus=False):
    """Keeps the lines of every room, as the events of the client core tell them, and shows those of one.

    It stays at the end while lines arrive, until the user scrolls up; then what the user reads stays where it is.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"talk--{name}" for name in STYLES}
    ALLOW_SELECT = True

    class OlderWanted(Message):
        """The user comes near the top of ``room``."""

        def __init__(self, room: Room) -> None:
            super().__init__()
            self.room = room

    class RetryWanted(Message):
        """The user clicked a line that was not sent."""

        def __init__(self, line_id: int) -> None:
            super().__init__()
            self.line_id = line_id

    class BelowChanged(Message):
        """``count`` messages arrived below what the user looks at."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._transcripts: dict[int, Transcript] = {}  # by room id
        self._width = 80  # for which all is laid out and drawn, until a resize is handled
        self._painter: Painter | None = None
        self._told_below = 0
        self._moving = False  # whether it scrolls by itself, not by the user's hand

    # What happens in rooms.

    def add_lines(self, room: Room, lines: Sequence[Line]) -> None:
        """New lines at the end of ``room``."""
        transcript = self._transcript(room)
        with self._change(transcript):
            transcript.append(lines)
            if room is not self._room and room.unread and not transcript.has_new:
                transcript.mark_new(next((line.id for line in lines if line.is_talk and not line.mine), None))

    def add_older(self, room: Room, lines: Sequence[Line]) -> None:
        """Older lines."""
        transcript = self._transcript(room)
        with self._change(transcript):
            transcript.prepend(lines)

    def insert_lines(self, room: Room, before: int, lines: Sequence[Line]) -> None:
        """Lines before the one with the id ``before``."""
        transcript = self._transcript(room)
        with self._change(transcript):
            transcript.insert(before, lines)

    def change_line(self, room: Room, line: Line) -> None:
        """A line changed."""
        transcript = self._transcript(room)
        with self._change(transcript):
            transcript.replace(line)

    def drop_lines(self, room: Room, ids: Iterable[int]) -> None:
        """Lines are gone."""
        transcript = self._transcript(room)
        with self._change(transcript):
            transcript.remove(ids)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._transcripts.pop(room.id, None)

    def show(self, room: Room) -> None:
        """Show another room, at the place where the user left it."""
        if room is not self._room:
            self._current.mark_new(None)
            self.screen.clear_selection()
        self._room = room
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

    def last_failed(self) -> int | None:
        """The id of the last line here that was not sent."""
        lines = reversed(self._current.lines)
        return next((line.id for line in lines if line.state == "failed"), None)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and self._painter is not None:
            self._user_moved(round(new_value))

    def on_mouse_scroll_up(self) -> None:
        self._ask_for_older()

    def on_click(self, event: events.Click) -> None:
        found = self._current.at(self._row(event.y))
        if found is not None and found[0].line.state == "failed":
            self.post_message(self.RetryWanted(found[0].line.id))

    # Drawing.

    def on_resize(self) -> None:
        self._settle()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        painter = self._ready_painter()
        row = self._row(y)
        found = self._current.at(row)
        if found is not None:
            block, number = found
            strip = painter.block(block)[number]
        else:
            strip = painter.header(self._header()) if row == 0 else painter.blank()
        if self.text_selection is not None:
            marked = self.screen.get_component_rich_style("screen--selection")
            strip = show_marked(strip, row, self.text_selection, marked)
        return strip.apply_offsets(0, max(0, row))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse marked, for the clipboard."""
        return marked_text(self._current, self._ready_painter(), selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _row(self, y: int) -> int:
        """The transcript's row that the view shows at ``y``: lines that do not fill the view stand at its end."""
        return self.scroll_offset.y + y - max(0, self.size.height - self._current.height)

    @property
    def _current(self) -> Transcript:
        return self._transcript(self._room)

    def _transcript(self, room: Room) -> Transcript:
        found = self._transcripts.get(room.id)
        if found is None:
            found = self._transcripts[room.id] = Transcript(text_width(self._width))
        return found

    def _ready_painter(self) -> Painter:
        if self._painter is None or self._painter.width != self._width:
            styles = {name: self.get_component_rich_style(f"talk--{name}") for name in STYLES}
            self._painter = Painter(self._width, styles, dark=self.app.current_theme.dark)
        return self._painter

    def _header(self) -> str:
        if self._room.loading:
            return "Loading older messages…"
        return f"This is where {self._room.name} begins" if self._room.exhausted else ""

    @contextmanager
    def _change(self, transcript: Transcript) -> Iterator[None]:
        """Around a change of ``transcript``: afterwards the screen shows the same place of it as before."""
        yield
        if transcript is self._current:
            self._settle()

    def _settle(self) -> None:
        """Scroll to where the user is in the room, and draw."""
        if not self.size:
            return
        current = self._current
        self._width = self.size.width
        current.rewrap(text_width(self._width))
        self._moving = True
        self._set_height(current.height)
        row = current.height if current.following else current.row_of(current.spot)
        self.scroll_to(y=row, animate=False, force=True)
        self._moving = False
        self._tell_below()
        self.refresh()

    def _set_height(self, height: int) -> None:
        """As ``virtual_size = `` does, but without a new layout of the whole screen, many times a second."""
        self.set_reactive(TalkView.virtual_size, Size(self._width, height))
        self.vertical_scrollbar.window_virtual_size = height
        self.vertical_scrollbar.window_size = self.size.height

    def _scroll(self, row: int) -> None:
        self.scroll_to(y=row, animate=False, force=True)
        self._user_moved(self.scroll_offset.y)

    def _user_moved(self, row: int) -> None:
        current = self._current
        current.following = row >= self.max_scroll_y
        current.spot = current.spot_at(row)
        if current.following:
            current.below = 0
        self._tell_below()
        self._ask_for_older()

    def _ask_for_older(self) -> None:
        if self.scroll_offset.y <= NEAR_TOP and not self._room.loading and not self._room.exhausted:
            self.post_message(self.OlderWanted(self._room))

    def _tell_below(self) -> None:
        if self._told_below != self._current.below:
            self._told_below = self._current.below
            self.post_message(self.BelowChanged(self._told_below))
