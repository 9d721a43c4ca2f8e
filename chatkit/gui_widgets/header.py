"""What stands over the talk: the room, its topic, and the buttons that concern the window."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap

from chatkit.client.model import Room
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look, menu_buttons

WRAP = 480  # units, of a long topic under the mouse


class Header(tk.Frame):
    """The topic is cut off where it is too long, and shown whole under the mouse."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.on_search: Callable[[], None] = lambda: None
        self.on_room_menu: Callable[[int, int], None] = lambda x, y: None
        self.on_people: Callable[[], None] = lambda: None
        self.on_menu: Callable[[int, int], None] = lambda x, y: None  # with the place on the screen
        self._topic_text = ""
        self._row = tk.Frame(self, borderwidth=0)
        self._line = tk.Frame(self, height=1, borderwidth=0)
        self._title = tk.Label(self._row, borderwidth=0, anchor="w", cursor="hand2")
        self._topic = tk.Label(self._row, borderwidth=0, anchor="w", width=1)
        self._whole = ttkbootstrap.ToolTip(self._topic, text="", delay=500, padding=8, wraplength=look.px(WRAP))
        self._menu = IconButton(self._row, look, "three-dots-vertical", self._open_menu, "Menu", ground="base")
        self._people = IconButton(
            self._row, look, "people", lambda: self.on_people(), "Show or hide people (F3)", ground="base"
        )
        self._search = IconButton(self._row, look, "search", lambda: self.on_search(), "Search (Ctrl+F)", ground="base")
        self._lay_out()
        for label in (self._title, self._topic):
            for button in ("<Button-1>", *menu_buttons(self)):
                label.bind(button, lambda event: self.on_room_menu(event.x_root, event.y_root), add=True)
        self._topic.bind("<Configure>", lambda event: self._fit_topic(), add=True)
        look.on_change(self._repaint)

    @property
    def title(self) -> str:
        """The room's name as it is shown."""
        return str(self._title.cget("text"))

    @property
    def topic(self) -> str:
        """The topic as far as it is shown."""
        return str(self._topic.cget("text"))

    def show_room(self, room: Room) -> None:
        """Show another room, or the same as it is now."""
        self._title.configure(text=room.title)
        self._topic_text = _about(room)
        self._whole.configure(text=self._topic_text or room.title)
        self._fit_topic()

    def _open_menu(self) -> None:
        self.on_menu(self._menu.winfo_rootx(), self._menu.winfo_rooty() + self._menu.winfo_height())

    def _fit_topic(self) -> None:
        text = self.look.fit(self._topic_text, "list", self._topic.winfo_width())
        if text != self.topic:
            self._topic.configure(text=text)

    def _lay_out(self) -> None:
        px = self.look.px
        self._row.pack(fill="x", padx=(px(18), px(8)), pady=px(8))
        self._line.pack(fill="x")
        self._title.pack(side="left")
        for button in (self._menu, self._people, self._search):
            button.pack(side="right", padx=px(1))
        self._topic.pack(side="left", fill="x", expand=True, padx=px(14))

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        for frame in (self, self._row):
            frame.configure(background=palette.base)
        self._line.configure(background=palette.line)
        self._title.configure(font=look.fonts["title"], background=palette.base, foreground=palette.text)
        self._topic.configure(font=look.fonts["list"], background=palette.base, foreground=palette.dim)
        self._fit_topic()


def _about(room: Room) -> str:
    """What stands beside the name."""
    if not room.joined:
        return "You are not in this room at the moment"
    if room.is_direct and room.away:
        return f"away: {room.away}"
    return room.topic.replace("\n", " ")
