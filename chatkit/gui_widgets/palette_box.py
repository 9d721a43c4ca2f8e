"""The command palette: type a part of what you want, and choose."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from tkinter import ttk

import ttkbootstrap

from chatkit.client.actions import Choice
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.passing import Passing
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

WIDTH, ROWS, ROW_UNITS = 560, 9, 34  # units, rows, units
TOP = 56  # units from the window's upper edge

ICONS = {
    "room": "hash", "person": "person", "action": "lightning-charge", "command": "slash-square",
    "setting": "sliders", "message": "chat-left-text", "network": "hdd-network",
    "emoji": "emoji-smile",
}  # fmt: skip


class ChoiceList(VirtualList[Choice]):
    """What fits, the best first. The first is chosen until keys choose another."""

    chosen = 0

    def key_of(self, item: Choice) -> Hashable:
        return item.kind, item.title

    def is_chosen(self, item: Choice) -> bool:
        return self.chosen < len(self.items) and item is self.items[self.chosen]

    def draw_row(self, item: Choice, top: int, width: int, ground: str) -> None:
        look, palette, canvas = self.look, self.look.palette, self.canvas
        middle = top + self.row_height // 2
        icon = look.icon(ICONS.get(item.kind, "dot"), 14, palette.dim)
        canvas.create_image(look.px(INSET + 18), middle, image=icon)
        detail = look.fit(item.detail or item.kind, "small", width // 2)
        right = width - look.px(INSET + 10)
        canvas.create_text(right, middle, text=detail, anchor="e", font=look.fonts["small"], fill=palette.dim)
        room = right - look.fonts["small"].measure(detail) - look.px(TITLE_AT + 12)
        self._draw_title(item, look.px(TITLE_AT), middle, room)

    def _draw_title(self, item: Choice, x: int, middle: int, room: int) -> None:
        """With what was typed in bold."""
        look, palette = self.look, self.look.palette
        text = look.fit(item.title, "list", room)
        at = 0
        for start, end in (*item.ranges, (len(text), len(text))):
            for part, font in ((text[at:start], "list"), (text[start:end], "list-bold")):
                self.canvas.create_text(x, middle, text=part, anchor="w", font=look.fonts[font], fill=palette.text)
                x += look.fonts[font].measure(part)
            at = max(at, end)


TITLE_AT = 40  # units from the left


class PaletteBox(Passing):
    """Out of sight until ``open``."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self.find: Callable[[str], Sequence[Choice]] = lambda query: ()
        self.on_closed: Callable[[], None] = lambda: None
        self._box = ttk.Frame(self, style="Float.TFrame")
        self.entry = ttkbootstrap.Entry(self._box, font=look.fonts["talk"])
        self.list = ChoiceList(self._box, look, row_units=ROW_UNITS, ground="base")
        self.list.on_open = self._choose
        self._none = tk.Label(self._box, text="Nothing fits that", borderwidth=0)
        self._box.pack(fill="both", expand=True)
        self.entry.pack(fill="x", padx=look.px(12), pady=look.px(12))
        self._bind()
        look.on_change(self._repaint)

    @property
    def titles(self) -> list[str]:
        """What it offers."""
        return [choice.title for choice in self.list.items]

    def open(self, query: str = "") -> None:
        """Be there, with ``query`` typed."""
        self.entry.delete(0, "end")
        self.entry.insert(0, query)
        self._fill()
        px, window = self._look.px, self.winfo_toplevel()
        width = min(px(WIDTH), window.winfo_width() - px(24))
        height = min(px(ROW_UNITS) * ROWS + px(64), window.winfo_height() - px(TOP + 12))
        self.place(relx=0.5, y=px(TOP), anchor="n", width=width, height=height)
        self.lift()
        self.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        self.entry.focus_set()

    def close(self) -> None:
        """Be gone."""
        if self.shown:
            self.place_forget()
            self.on_closed()

    def accept(self) -> None:
        """Do what is chosen."""
        if self.list.items:
            self._choose(self.list.items[self.list.chosen])

    def _choose(self, choice: Choice) -> None:
        self.close()
        choice.run()

    def _fill(self) -> None:
        self.list.chosen = 0
        self.list.show(tuple(self.find(self.entry.get().strip())))
        self.list.see(0)
        found = bool(self.list.items)
        for widget, wanted in ((self.list, found), (self._none, not found)):
            widget.pack_forget()
            if wanted:
                widget.pack(fill="both", expand=True, padx=self._look.px(2), pady=(0, self._look.px(6)))

    def _move(self, step: int) -> str:
        if self.list.items:
            self.list.chosen = (self.list.chosen + step) % len(self.list.items)
            self.list.see(self.list.chosen)
        return "break"

    def _bind(self) -> None:
        self.entry.bind("<KeyRelease>", self._typed)
        for key, step in (("<Up>", -1), ("<Down>", 1), ("<Tab>", 1), ("<Prior>", -ROWS), ("<Next>", ROWS)):
            self.entry.bind(key, lambda event, step=step: self._move(step))  # type: ignore[misc]  # mypy can't infer it
        for key in ("<Return>", "<KP_Enter>"):
            self.entry.bind(key, lambda event: self.accept())
        self.entry.bind("<Escape>", lambda event: self.close())
        self.entry.bind("<FocusOut>", lambda event: self.after_idle(self._lost))

    def _lost(self) -> None:
        """A click somewhere else closes it."""
        here = self.focus_get()
        if self.shown and here is not None and not str(here).startswith(str(self)):
            self.close()

    def _typed(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym not in ("Up", "Down", "Tab", "Prior", "Next", "Return", "Escape"):
            self._fill()

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        self.configure(background=palette.base)
        self._none.configure(font=look.fonts["list"], background=palette.base, foreground=palette.dim)
