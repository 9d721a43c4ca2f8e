"""Who is in the room, at the right: by rank, then by name; who is away is dim."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Hashable

from chatkit.client.hues import hue_of
from chatkit.client.model import Person, Room
from chatkit.client.words import count
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

# What the highest prefix means, beside the name.
ROLES = {"~": "owner", "&": "admin", "@": "operator", "%": "helper", "+": "voice"}
TEXT_AT = 34  # units from the left
ROW_UNITS = 30
DOT = 8


class PeopleList(VirtualList[Person]):
    """A double click, or Return, opens a talk with a person."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, look, row_units=ROW_UNITS)
        self._heading = tk.Label(self, anchor="w", borderwidth=0)
        self._heading.pack(side="top", fill="x", before=self.canvas)
        self.canvas.bind("<Double-Button-1>", lambda event: self.open_at(event.y))
        self.canvas.bind("<Button-1>", self._pressed)
        look.on_change(self._repaint_heading)

    @property
    def heading(self) -> str:
        """What stands above the list."""
        return str(self._heading.cget("text"))

    def show_room(self, room: Room) -> None:
        """List who is in it."""
        self._heading.configure(text=count(len(room.people), "person", "people"))
        self.show(room.people)

    def key_of(self, item: Person) -> Hashable:
        return item.nick

    def draw_row(self, item: Person, top: int, width: int, ground: str) -> None:
        look, palette = self.look, self.look.palette
        middle, size = top + self.row_height // 2, look.px(DOT)
        hue = palette.hues[hue_of(item.nick)]
        dot = shapes.rounded(
            size, size, size // 2, *((ground, ground, palette.dim) if item.away else (hue, ground, ""))
        )
        self.picture(look.px(INSET + 14), middle, dot, "center")
        role = ROLES.get(item.prefix[:1], "")
        taken = self._draw_role(role, middle, width) if role else 0
        text = look.fit(item.nick, "list", width - look.px(TEXT_AT + INSET + 4) - taken)
        colour = palette.dim if item.away else palette.text
        self.canvas.create_text(look.px(TEXT_AT), middle, text=text, anchor="w", font=look.fonts["list"], fill=colour)

    def _draw_role(self, role: str, middle: int, width: int) -> int:
        font, right = self.look.fonts["time"], width - self.look.px(INSET + 8)
        self.canvas.create_text(right, middle, text=role, anchor="e", font=font, fill=self.look.palette.dim)
        return font.measure(role) + self.look.px(6)

    def _pressed(self, event: tk.Event[tk.Misc]) -> None:
        index = self._index_at(event.y)
        if index >= 0:
            self._cursor = index
            self.canvas.focus_set()
            self.draw_soon()

    def _repaint_heading(self) -> None:
        look = self.look
        self._heading.configure(
            font=look.fonts["small-bold"], background=look.palette.side, foreground=look.palette.dim,
            padx=look.px(16), pady=look.px(15),
        )  # fmt: skip
