"""Searching: a field above the talk, and below it what was found, while one types."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from typing import Literal

import ttkbootstrap

from chatkit.client.finder import Hit
from chatkit.client.hues import hue_of
from chatkit.client.local_time import clock, day_of
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.passing import Passing
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

Anchor = Literal["w", "e"]
ROW_UNITS, MOST_ROWS = 30, 8
WAIT_MS = 120  # after the last key
SERVER_WAIT_MS = 600
HERE, EVERYWHERE = "Here", "Everywhere"


class HitList(VirtualList[Hit]):
    """What was found, the newest first."""

    chosen = 0
    everywhere = False
    hours24 = True

    def key_of(self, item: Hit) -> Hashable:
        return item.room.id, item.line_id, item.msgid

    def is_chosen(self, item: Hit) -> bool:
        return self.chosen < len(self.items) and item is self.items[self.chosen]

    def draw_row(self, item: Hit, top: int, width: int, ground: str) -> None:
        look, palette = self.look, self.look.palette
        middle, x = top + self.row_height // 2, look.px(INSET + 12)
        day = day_of(item.time_ms)
        when = f"{day.day} {day:%b}, {clock(item.time_ms, hours24=self.hours24)}"
        where = f"{item.room.title} · {when}" if self.everywhere else when
        self._word(width - look.px(INSET + 12), middle, where, "small", palette.dim, "e")
        room = width - look.px(2 * INSET + 40) - look.fonts["small"].measure(where)
        name = f"{item.nick}: " if item.nick else ""
        x = self._word(x, middle, name, "list-bold", palette.hues[hue_of(item.nick)])
        self._draw_text(item, x, middle, room - look.fonts["list-bold"].measure(name))

    def _draw_text(self, item: Hit, x: int, middle: int, room: int) -> None:
        """With what was looked for in bold; long text begins near it."""
        first = item.ranges[0][0] if item.ranges else 0
        skipped = max(0, first - 30)
        text = ("…" if skipped else "") + item.text[skipped:].replace("\n", " ")
        text = self.look.fit(text, "list", max(10, room))
        shift = (1 if skipped else 0) - skipped
        at = 0
        for start, end in (*item.ranges, (len(item.text), len(item.text))):
            start, end = max(at, start + shift), max(at, end + shift)
            x = self._word(x, middle, text[at:start], "list", self.look.palette.text)
            x = self._word(x, middle, text[start:end], "list-bold", self.look.palette.accent)
            at = end

    def _word(self, x: int, y: int, text: str, font: str, colour: str, anchor: Anchor = "w") -> int:
        """Write it; returns where the next begins."""
        fonts = self.look.fonts
        self.canvas.create_text(x, y, text=text, anchor=anchor, font=fonts[font], fill=colour)
        return x + fonts[font].measure(text)


class SearchBar(Passing):
    """Out of sight until ``open``. Opened again, it looks in all rooms."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self.everywhere = False
        self.find: Callable[[str], Sequence[Hit]] = lambda query: ()  # in what is loaded
        self.ask_server: Callable[[str], None] = lambda query: None  # ``found`` follows
        self.on_open: Callable[[bool], None] = lambda everywhere: None  # a new search begins
        self.on_hit: Callable[[Hit], None] = lambda hit: None
        self.on_closed: Callable[[], None] = lambda: None
        self._timers: dict[str, str] = {}
        self._row = tk.Frame(self, borderwidth=0)
        self.entry = ttkbootstrap.Entry(self._row, font=look.fonts["talk"])
        self._count = tk.Label(self._row, borderwidth=0, anchor="e")
        self._scope = ttkbootstrap.Button(self._row, bootstyle="link", command=self.toggle_scope, width=11)
        self._close = IconButton(self._row, look, "x-lg", self.close, "Close (Escape)", ground="base", size=12)
        self.list = HitList(self, look, row_units=ROW_UNITS, ground="base")
        self.list.on_open = self._go
        self._line = tk.Frame(self, height=1, borderwidth=0)
        self._lay_out()
        self._bind()
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """How much was found, in words."""
        return str(self._count.cget("text"))

    def open(self, *, before: tk.Misc, query: str | None = None) -> None:
        """Be there, above that widget; where it is already, look in all rooms."""
        if self.shown and query is None:
            self.toggle_scope()
        elif not self.shown:
            self.everywhere = False
            self.pack(side="top", fill="x", before=before)
        if query is not None:
            self.entry.delete(0, "end")
            self.entry.insert(0, query)
        self._begin()
        self.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        self.entry.focus_set()
        self.entry.selection_range(0, "end")

    def close(self) -> None:
        """Be gone."""
        if self.shown:
            for timer in self._timers.values():
                self.after_cancel(timer)
            self.pack_forget()
            self._show(())
            self.on_closed()

    def toggle_scope(self) -> None:
        """Here, or in all rooms."""
        self.everywhere = not self.everywhere
        self._begin()

    def found(self, query: str, hits: Sequence[Hit]) -> None:
        """The server found these too: what isn't loaded follows what is."""
        if not self.shown or query != self.query:
            return
        known = {hit.msgid for hit in self.list.items if hit.msgid}
        more = [hit for hit in hits if hit.msgid not in known]
        self._show(sorted((*self.list.items, *more), key=lambda hit: -hit.time_ms), keep=True)

    @property
    def query(self) -> str:
        """What is looked for."""
        return str(self.entry.get()).strip()

    def _begin(self) -> None:
        self._scope.configure(text=EVERYWHERE if self.everywhere else HERE)
        self.list.everywhere = self.everywhere
        self.on_open(self.everywhere)
        self._search()

    def _search(self) -> None:
        query = self.query
        self._show(self.find(query) if query else ())
        if query:
            self._later("server", SERVER_WAIT_MS, lambda: self.ask_server(query))

    def _show(self, hits: Sequence[Hit], *, keep: bool = False) -> None:
        if not keep:
            self.list.chosen = 0
        self.list.show(tuple(hits))
        self._count.configure(text=(f"{len(hits)} found" if hits else "nothing") if self.query else "")
        rows = min(MOST_ROWS, len(hits))
        self.list.pack_forget()
        self._line.pack_forget()
        if rows:
            self.list.canvas.configure(height=rows * self.list.row_height)
            self.list.pack(fill="x", pady=(0, self._look.px(4)))
        self._line.pack(fill="x")

    def _go(self, hit: Hit) -> None:
        if hit in self.list.items:
            self.list.chosen = list(self.list.items).index(hit)
            self.list.draw_soon()
        self.on_hit(hit)

    def _move(self, step: int) -> str:
        if self.list.items:
            self.list.chosen = max(0, min(self.list.chosen + step, len(self.list.items) - 1))
            self.list.see(self.list.chosen)
            self.on_hit(self.list.items[self.list.chosen])
        return "break"

    def _accept(self) -> str:
        if self.list.items:
            self.on_hit(self.list.items[self.list.chosen])
        return "break"

    def _typed(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym not in ("Up", "Down", "Return", "Escape", "Prior", "Next"):
            self._later("here", WAIT_MS, self._search)

    def _later(self, what: str, delay_ms: int, action: Callable[[], None]) -> None:
        if what in self._timers:
            self.after_cancel(self._timers[what])
        self._timers[what] = self.after(delay_ms, action)

    def _bind(self) -> None:
        entry = self.entry
        entry.bind("<KeyRelease>", self._typed)
        entry.bind("<Up>", lambda event: self._move(-1))
        entry.bind("<Down>", lambda event: self._move(1))
        for key in ("<Return>", "<KP_Enter>"):
            entry.bind(key, lambda event: self._accept())

    def _lay_out(self) -> None:
        px = self._look.px
        self._row.pack(fill="x", padx=px(14), pady=px(6))
        self.entry.pack(side="left", fill="x", expand=True)
        self._close.pack(side="right")
        self._scope.pack(side="right", padx=px(4))
        self._count.pack(side="right", padx=px(8))

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        for frame in (self, self._row):
            frame.configure(background=palette.base)
        self._line.configure(background=palette.line)
        self._count.configure(font=look.fonts["small"], background=palette.base, foreground=palette.dim)
