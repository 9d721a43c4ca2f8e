"""What is said in a room: text that sticks to its end, or to the place where the user reads."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap

from chatkit.client.events import RowsChanged
from chatkit.client.model import Room, Status
from chatkit.client.timeline import Row, Splice, Timeline
from chatkit.gui_widgets.jump_button import JumpButton
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.row_text import RowText
from chatkit.gui_widgets.status_bar import TRY_NOW
from chatkit.gui_widgets.stretch import Stretch

WHEEL_PIXELS = 60
NEAR = 60  # rows from the top: older ones are loaded before the user gets there
FLASH_MS = 1200
TRY_AGAIN = f"“{TRY_NOW}”, below, tries again."
LOADING, BEGINNING = "Loading older messages…", "This is where it begins"


class Talk(tk.Frame):
    """A stretch of a room's timeline, kept in step with it by ``change``.

    Where the user is at the end, the end stays in sight; elsewhere the line stays where it is on the screen.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.on_older: Callable[[], object] = lambda: None  # the user comes near the room's first line
        self.on_moved: Callable[[], None] = lambda: None  # something else is on the screen
        self._room: Room | None = None
        self._timeline: Timeline | None = None
        self._stretch = Stretch()
        self._following = True
        self._view = (0.0, 1.0)  # what is on the screen, as Tk says it
        self._newest_ms = 0  # the time of the last line there was: what is older doesn't count as new
        self._fresh = 0  # messages that came since the user scrolled up
        self.text = RowText(self, look)
        self._bar = ttkbootstrap.Scrollbar(self, bootstyle="round", command=self._bar_moved)
        self._jump = JumpButton(self, look, self.to_end)
        self.text.configure(yscrollcommand=self._view_moved)
        self.text.pack(fill="both", expand=True)
        self._bind()
        look.on_change(self._repaint)

    @property
    def room(self) -> Room | None:
        """The room that is shown."""
        return self._room

    @property
    def following(self) -> bool:
        """Whether the end is in sight, and stays so."""
        return self._following

    def show(self, room: Room, timeline: Timeline) -> None:
        """Show another room, from its end."""
        self._room, self._timeline = room, timeline
        self._following = True
        self._stretch.to_end(len(timeline.rows))
        self._fill()
        self.refresh()

    def change(self, event: RowsChanged) -> None:
        """The timeline of the room that is shown has changed so."""
        self._count(event.splices)
        shown = [change for splice in event.splices if (change := self._stretch.apply(splice)) is not None]
        if shown:
            if (cut := self._stretch.trim(following=self._following)) is not None:
                shown.append(cut)
            self._edit(shown)
        self._moved_by_hand()  # what was loaded may be waited for

    def refresh(self) -> None:
        """The room is as it is now, and so is what stands above its first line."""
        place = None if self._following else self.text.first_in_sight()
        self.text.heading = self._heading()
        self._settle(place)

    def check(self) -> None:
        """All changes have been told: begin anew where that isn't how it is."""
        if not self._is_true:
            self.show_end() if self._following else self._fill_around(self.text.first_in_sight())

    @property
    def _is_true(self) -> bool:
        return self._timeline is None or self._stretch.is_true_of(self.text.rows, self._timeline.rows)

    def show_end(self) -> None:
        """Have the last rows of the room here."""
        if self._timeline is not None:
            self._stretch.to_end(len(self._timeline.rows))
            self._fill()

    def to_end(self) -> None:
        """Go to what was said last."""
        if not self._stretch.open:
            self.show_end()
        self._following = True
        self._offer_end()
        self.text.see("end-1c")

    def to_top(self) -> None:
        """Go to the oldest line there is here."""
        if self._timeline is not None:
            self._stretch.around(0, len(self._timeline.rows))
            self._fill()
            self._following = False
            self.text.yview("1.0")
            self._moved_by_hand()

    def reveal(self, line_id: int) -> bool:
        """Bring a line into the middle of the screen, and let it flash. Returns whether it is here."""
        timeline = self._timeline
        index = None if timeline is None else timeline.index_of(line_id)
        if timeline is None or index is None:
            return False
        if self.text.find(timeline.rows[index]) is None:
            self._stretch.around(index, len(timeline.rows))
            self._fill()
        self._following = False
        shown = self.text.find(timeline.rows[index])
        if shown is not None:
            self.text.restore(timeline.rows[index], self.text.winfo_height() // 3)
            self.text.mark_row("flash", timeline.rows[index])
            self.after(FLASH_MS, lambda: self.text.mark_row("flash", None))
        self._moved_by_hand()
        return True

    def write(self, *, hours24: bool, large: bool) -> None:
        """Write times, and emoji that stand alone, in this way."""
        text = self.text
        if (text.hours24, text.large) != (hours24, large):
            text.hours24, text.large = hours24, large
            place = None if self._following else text.first_in_sight()
            text.fit()
            text.redraw()
            self._settle(place)

    def scroll(self, pages: int) -> None:
        """By screenfuls, up where negative."""
        self.text.yview_scroll(pages, "pages")
        self._moved_by_hand()

    def see(self, row: Row) -> None:
        """Scroll no further than needed to have the whole row on the screen."""
        index = self.text.find(row)
        if index is not None:
            self.text.see(f"{self.text.end_of(index)} - 1 chars")
            self.text.see(self.text.start_of(index))
            self._moved_by_hand()

    # Changing the text.

    def _fill(self) -> None:
        """Write what the stretch says, in place of all that is there."""
        rows = self._timeline.rows[self._stretch.start : self._stretch.end] if self._timeline is not None else []
        self.text.clear()
        self.text.change([Splice(0, 0, tuple(rows))])
        self._newest_ms = max((line.time_ms for row in rows for line in row.lines), default=0)
        self._settle(None)

    def _fill_around(self, place: tuple[Row, int] | None) -> None:
        timeline = self._timeline
        index = None if place is None or timeline is None else timeline.index_of(place[0].key)
        if timeline is None or index is None:
            self.show_end()
            return
        self._stretch.around(index, len(timeline.rows))
        self._fill()
        self._settle(place)

    def _edit(self, changes: Sequence[Splice]) -> None:
        place = None if self._following else self.text.first_in_sight()
        self.text.change(changes)
        self._settle(place)

    def _settle(self, place: tuple[Row, int] | None) -> None:
        """Have on the screen what belongs there."""
        if self._following:
            self.text.see("end-1c")
        elif place is not None:
            self.text.restore(*place)

    def _heading(self) -> str:
        if self._room is None or self._stretch.start > 0:
            return ""
        if self._timeline is not None and not self._timeline.rows and self._room.chat.status.state != "online":
            return _why_empty(self._room.chat.status)
        if self._room.loading:
            return LOADING
        return BEGINNING if self._room.exhausted else ""

    # Scrolling.

    def _view_moved(self, first: float, last: float) -> None:
        """Tk says so after every change of what is on the screen, whoever made it."""
        self._bar.set(first, last)
        self._show_bar(float(first) > 0 or float(last) < 1)
        if self.text.winfo_viewable() and self.text.rows:
            self._look_around()
        if (first, last) != self._view:  # colours alone move nothing
            self._view = (first, last)
            self.on_moved()

    def _show_bar(self, needed: bool) -> None:
        """Its room stays kept where it is not needed: or the text would wrap anew."""
        if needed and not self._bar.winfo_manager():
            self._bar.place(relx=1.0, rely=0, relheight=1.0, anchor="ne")
        elif not needed and self._bar.winfo_manager():
            self._bar.place_forget()

    def _moved_by_hand(self) -> None:
        self.after_idle(self._look_around)

    def _look_around(self) -> None:
        """See whether the user is near an end, and what is to be done about it."""
        at_bottom = self.text.dlineinfo("end-1c") is not None
        following = at_bottom and self._stretch.open
        if self._following and not following:
            self._fresh = 0
        self._following = following
        top = self.text.row_at(0, 0)
        if top == 0 or (not following and top is not None and top < NEAR):
            self._near_top()
        elif at_bottom and not following and self._timeline is not None:
            self._extend(self._stretch.extend_down)
        self._offer_end()

    def _near_top(self) -> None:
        if self._stretch.start > 0:
            self._extend(self._stretch.extend_up)
        elif self._room is not None:
            self.on_older()

    def _extend(self, extend: Callable[[Sequence[Row]], list[Splice]]) -> None:
        if self._timeline is None or not self._is_true:
            return  # changes are on their way here, and then there is another look
        changes = extend(self._timeline.rows)
        if changes:
            self._edit(changes)
            self.refresh()

    def _count(self, splices: Sequence[Splice]) -> None:
        came = (line for splice in splices for row in splice.rows for line in row.lines)
        lines = [line for line in came if line.time_ms > self._newest_ms]
        self._newest_ms = max((line.time_ms for line in lines), default=self._newest_ms)
        self._fresh += sum(line.is_talk and not line.mine for line in lines)

    def _offer_end(self) -> None:
        """Offer the way down while the end is out of sight."""
        if self._following or self._room is None:
            self._fresh = 0
            self._jump.hide()
        else:
            self._jump.show(self._fresh)

    def _resized(self) -> None:
        self.text.fit()
        if self._following:
            self.text.see("end-1c")

    def _bar_moved(self, *how: str) -> None:
        self.text.yview(*how)
        self._moved_by_hand()

    def _wheel(self, direction: int) -> str:
        self.text.yview_scroll(direction * self.look.px(WHEEL_PIXELS), "pixels")
        self._moved_by_hand()
        return "break"

    def _bind(self) -> None:
        text = self.text
        text.bind("<Configure>", lambda event: self._resized())
        text.bind("<Button-4>", lambda event: self._wheel(-1))
        text.bind("<Button-5>", lambda event: self._wheel(1))
        text.bind("<MouseWheel>", lambda event: self._wheel(-1 if event.delta > 0 else 1))
        text.bind("<Button-1>", lambda event: text.focus_set(), add=True)

    def _repaint(self) -> None:
        self.configure(background=self.look.palette.base)
        if self._following:
            self.text.see("end-1c")


def _why_empty(status: Status) -> str:
    """What to read on a page that is empty because there is no connection."""
    is_over = status.state == "offline" and status.retry_at is None
    return f"{status.text} {TRY_AGAIN}" if is_over else status.text
