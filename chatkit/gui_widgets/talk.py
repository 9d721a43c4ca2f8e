"""What is said in a room: read-only text that sticks to its end, or to the place where the user reads."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap

from chatkit.client.hues import HUES
from chatkit.client.model import Line, Room
from chatkit.gui_widgets.jump_button import JumpButton
from chatkit.gui_widgets.line_text import LINK, RETRY, pieces
from chatkit.gui_widgets.look import Look, menu_buttons
from chatkit.gui_widgets.shown_lines import Edit, Row, Stretch, edits, rows_of

WHEEL_PIXELS = 60
PAD = 18  # units at both sides
LOADING, BEGINNING = "Loading older messages…", "This is where it begins"


class Talk(tk.Frame):
    """Row ``n`` of ``rows`` is line ``n + 1`` of the text widget: there is no other book-keeping.

    ``refresh`` compares the room with what is shown and changes only what differs, so it may be called at any time.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.rows: list[Row] = []
        self.on_retry: Callable[[Line], None] = lambda line: None
        self.on_link: Callable[[str], object] = lambda address: None
        self.on_older: Callable[[], object] = lambda: None  # the user wants what came before the room's first line
        self.on_menu: Callable[[Row | None, int, int], None] = lambda row, x, y: None
        self.on_typed: Callable[[str], None] = lambda text: None  # typed while the talk has the keyboard
        self._room: Room | None = None
        self._stretch = Stretch()
        self._following = True
        self._read_to = 0  # the id of the last line that was there when the user scrolled up
        self.text = tk.Text(self, wrap="word", state="disabled", borderwidth=0, cursor="xterm")
        self._bar = ttkbootstrap.Scrollbar(self, bootstyle="round", command=self._bar_moved)
        self._jump = JumpButton(self, look, self.to_end)
        self.text.configure(yscrollcommand=self._view_moved)
        self.text.pack(fill="both", expand=True)
        self._bind()
        look.on_change(self._repaint)

    @property
    def following(self) -> bool:
        """Whether the end is in sight, and stays so."""
        return self._following

    def show(self, room: Room) -> None:
        """Show ``room`` as it is now: another one from its end, the same one where the user is."""
        if room is self._room:
            self.refresh()
            return
        self._room = room
        self._stretch.to_end()
        self._following = True
        self._replace([Edit(0, len(self.rows), ())])
        self.rows = []
        self.refresh()

    def refresh(self) -> None:
        """The room may be different from what is shown."""
        room = self._room
        if room is None:
            return
        if not self._following and self._row_at(0, 0) == 0:
            self._stretch.extend_up(room.lines)  # the user waits for them
        start, end = self._stretch.of(room.lines, following=self._following)
        new = rows_of(room.lines[start:end], _head(room) if start == 0 else "")
        changes = edits(self.rows, new)
        if changes:
            self._change(changes, new)
        self._count_new()

    def to_end(self) -> None:
        """Go to what was said last."""
        self._stretch.to_end()
        self._following = True
        self.refresh()
        self.text.see("end-1c")

    def scroll(self, pages: int) -> None:
        """By screenfuls, up where negative."""
        self.text.yview_scroll(pages, "pages")
        self._moved_by_hand()

    def selected(self) -> str:
        """The selected text."""
        return self.text.get("sel.first", "sel.last") if self.text.tag_ranges("sel") else ""

    # Changing the text.

    def _change(self, changes: list[Edit], new: list[Row]) -> None:
        anchor = None if self._following else self._anchor()
        self._replace(changes)
        self.rows = new
        if self._following:
            self.text.see("end-1c")
        elif anchor is not None:
            self._restore(*anchor)

    def _replace(self, changes: list[Edit]) -> None:
        self.text.configure(state="normal")
        for edit in changes:
            at = f"{edit.at + 1}.0"
            if edit.removed:
                self.text.delete(at, f"{edit.at + edit.removed + 1}.0")
            parts = [part for row in edit.rows for piece in pieces(row) for part in piece]
            if parts:
                self.text.insert(at, *parts)  # type: ignore[arg-type]  # text and tags in turn, as Tk takes them
        self.text.configure(state="disabled")

    def _anchor(self) -> tuple[Row, int] | None:
        """The first line whose beginning is on the screen, and where it is: it shall stay there."""
        for number in range(self._row_at(0, 0), len(self.rows)):
            info = self.text.dlineinfo(f"{number + 1}.0")
            if info is not None and isinstance(self.rows[number], Line):
                return self.rows[number], info[1]
        top = self._row_at(0, 0)  # one line fills the screen
        return (self.rows[top], 0) if top < len(self.rows) else None

    def _restore(self, row: Row, y: int) -> None:
        line_id = row.id if isinstance(row, Line) else None
        same = (n for n, new in enumerate(self.rows) if isinstance(new, Line) and new.id == line_id)
        number = next(same, None)
        if number is not None:
            self.text.yview(f"{number + 1}.0")
            now = self.text.dlineinfo(f"{number + 1}.0")
            self.text.yview_scroll((now[1] if now else 0) - y, "pixels")

    def _row_at(self, x: int, y: int) -> int:
        return int(self.text.index(f"@{x},{y}").split(".")[0]) - 1

    # Scrolling.

    def _view_moved(self, first: float, last: float) -> None:
        """Tk says so after every change of what is on the screen, whoever made it."""
        self._bar.set(first, last)
        self._show_bar(float(first) > 0 or float(last) < 1)
        if self.text.winfo_viewable() and self.rows:
            self._look_around()

    def _show_bar(self, needed: bool) -> None:
        """Its room stays kept where it is not needed: or the text would wrap anew."""
        if needed and not self._bar.winfo_manager():
            self._bar.place(relx=1.0, rely=0, relheight=1.0, anchor="ne")
        elif not needed and self._bar.winfo_manager():
            self._bar.place_forget()

    def _moved_by_hand(self) -> None:
        self.after_idle(self._look_around)

    def _look_around(self) -> None:
        """See whether the user is at an end, and what is to be done about it."""
        at_bottom = self.text.dlineinfo("end-1c") is not None
        following = at_bottom and self._stretch.at_end
        if self._following and not following and self._room is not None and self._room.lines:
            self._read_to = self._room.lines[-1].id
        self._following = following
        if self._row_at(0, 0) == 0:
            self._reached_top()
        elif at_bottom and not following and self._room is not None and self._stretch.extend_down(self._room.lines):
            self.refresh()
        self._count_new()

    def _reached_top(self) -> None:
        if self._room is None:
            return
        if self._stretch.extend_up(self._room.lines):
            self.refresh()
        else:
            self.on_older()

    def _count_new(self) -> None:
        """Offer the way down while the end is out of sight."""
        if self._following or self._room is None:
            self._jump.hide()
            return
        fresh = 0
        for line in reversed(self._room.lines):
            if line.id == self._read_to:
                break
            fresh += line.is_talk and not line.mine
        else:
            fresh = 0
        self._jump.show(fresh)

    def _resized(self) -> None:
        if self._following:
            self.text.see("end-1c")

    def _bar_moved(self, *how: str) -> None:
        self.text.yview(*how)
        self._moved_by_hand()

    def _wheel(self, direction: int) -> str:
        self.text.yview_scroll(direction * self.look.px(WHEEL_PIXELS), "pixels")
        self._moved_by_hand()
        return "break"

    # Mouse and keys.

    def _bind(self) -> None:
        text = self.text
        text.bind("<Configure>", lambda event: self._resized())
        text.bind("<Button-4>", lambda event: self._wheel(-1))
        text.bind("<Button-5>", lambda event: self._wheel(1))
        text.bind("<MouseWheel>", lambda event: self._wheel(-1 if event.delta > 0 else 1))
        text.bind("<Button-1>", lambda event: text.focus_set(), add=True)
        for button in menu_buttons(self):
            text.bind(button, self._menu_by_mouse)
        text.bind("<Key>", self._typed)
        for tag, action in ((RETRY, self._retry), (LINK, self._open_link)):
            text.tag_bind(tag, "<ButtonRelease-1>", action)
            text.tag_bind(tag, "<Enter>", lambda event: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda event: text.configure(cursor="xterm"))

    def _retry(self, event: tk.Event[tk.Misc]) -> None:
        row = self.row_under(event)
        if isinstance(row, Line) and not self.selected():
            self.on_retry(row)

    def _open_link(self, event: tk.Event[tk.Misc]) -> None:
        if not self.selected():
            self.on_link(self.link_at(event.x, event.y))

    def link_at(self, x: int, y: int) -> str:
        """The address shown there; empty where there is none."""
        if LINK not in self.text.tag_names(f"@{x},{y}"):
            return ""
        return self.text.get(*self.text.tag_prevrange(LINK, f"@{x},{y} + 1 chars"))

    def row_under(self, event: tk.Event[tk.Misc]) -> Row | None:
        """What the mouse is on."""
        number = self._row_at(event.x, event.y)
        return self.rows[number] if number < len(self.rows) else None

    def _menu_by_mouse(self, event: tk.Event[tk.Misc]) -> None:
        self.on_menu(self.row_under(event), event.x_root, event.y_root)

    def _typed(self, event: tk.Event[tk.Misc]) -> None:
        control_or_alt = int(event.state) & 0x000C
        if event.char.isprintable() and event.char and not control_or_alt:
            self.on_typed(event.char)

    # Colours and measures.

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        self.configure(background=palette.base)
        self.text.configure(
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
        for tag, options in self._tags().items():
            self.text.tag_configure(tag, options)
            self.text.tag_raise(tag)
        self.text.tag_raise("sel")
        if self._following:
            self.text.see("end-1c")

    def _tags(self) -> dict[str, dict[str, Any]]:
        """What the tags of ``line_text.pieces`` look like; later ones win."""
        look, palette, fonts = self.look, self.look.palette, self.look.fonts
        pad, gap = look.px(PAD), look.px(3)
        column = pad + fonts["time"].measure("00:00") + look.px(14)
        tags: dict[str, dict[str, Any]] = {
            "row": {
                "font": fonts["talk"], "lmargin1": pad, "lmargin2": column, "rmargin": pad, "tabs": (column,),
                "spacing1": gap, "spacing2": look.px(2), "spacing3": gap,
            },
            "event": {"font": fonts["quiet"], "spacing1": look.px(1), "spacing3": look.px(1)},
            "mentioned": {
                "background": palette.mentioned, "lmargincolor": palette.mentioned, "rmargincolor": palette.mentioned,
            },
            "time": {"font": fonts["time"], "foreground": palette.dim},
            "divider": {
                "font": fonts["small-bold"], "foreground": palette.dim, "justify": "center",
                "spacing1": look.px(12), "spacing3": look.px(8),
            },
            "notice": {"foreground": palette.dim},
            "info": {"foreground": palette.dim},
            "quiet": {"foreground": palette.dim},
            "error": {"foreground": palette.danger},
            "action": {"foreground": palette.text},
            LINK: {"foreground": palette.accent, "underline": True},
        }  # fmt: skip
        for hue in range(HUES):
            tags[f"hue{hue}"] = {"font": fonts["nick"], "foreground": palette.hues[hue]}
        tags["pending"] = {"foreground": palette.dim}
        tags["failed"] = {"foreground": palette.danger}
        tags[RETRY] = {"font": fonts["small"], "foreground": palette.danger, "underline": True}
        return tags


def _head(room: Room) -> str:
    if room.loading:
        return LOADING
    return BEGINNING if room.exhausted else ""
