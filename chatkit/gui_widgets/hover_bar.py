"""The small buttons over the message under the mouse: answer, react, and all the rest."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from chatkit.client.model import Line
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look

SIZE = 13  # units, of the icons


class HoverBar(tk.Frame):
    """Out of sight until ``show``."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self.line: Line | None = None
        self._shown: tuple[int, bool, bool] | None = None  # the line's id, and what can be done with it
        self.on_reply: Callable[[Line], None] = lambda line: None
        self.on_react: Callable[[Line, int, int], None] = lambda line, x, y: None  # with the place on the screen
        self.on_menu: Callable[[Line, int, int], None] = lambda line, x, y: None
        self._box = ttk.Frame(self, style="Float.TFrame")
        self._inside = tk.Frame(self._box, borderwidth=0)
        self._time = tk.Label(self._inside, borderwidth=0)
        self._reply = self._button("reply", lambda line: self.on_reply(line), "Reply")
        self._react = self._button("emoji-smile", lambda line: self.on_react(line, *self._below()), "React")
        self._more = self._button("three-dots", lambda line: self.on_menu(line, *self._below()), "More")
        self._box.pack()
        self._time.pack(side="left", padx=look.px(6))
        self._inside.pack(padx=look.px(3), pady=look.px(2))
        look.on_change(self._repaint)

    def show(self, line: Line, y: int, time: str, *, reply: bool, react: bool) -> None:
        """Be over ``line``, which begins at ``y``, with what can be done with it; say when it was said."""
        self._time.configure(text=time)
        if (line.id, reply, react) != self._shown:
            self._shown = (line.id, reply, react)
            for button, has in ((self._reply, reply), (self._react, react), (self._more, True)):
                button.pack_forget()
                if has:
                    button.pack(side="left")
        self.line = line
        self.place(relx=1.0, x=-self._look.px(24), y=max(0, y - self._look.px(14)), anchor="ne")

    def hide(self) -> None:
        """Be gone."""
        if self.line is not None:
            self.line = None
            self.place_forget()

    def holds(self, x: int, y: int) -> bool:
        """Whether that place of the screen is on it."""
        found = self.winfo_containing(x, y)
        return found is not None and str(found).startswith(str(self))

    def _button(self, icon: str, action: Callable[[Line], None], hint: str) -> IconButton:
        def press() -> None:
            if self.line is not None:
                action(self.line)

        button = IconButton(self._inside, self._look, icon, press, hint, ground="base", size=SIZE)
        button.configure(takefocus=False)  # the keys have a way of their own
        return button

    def _repaint(self) -> None:
        look = self._look
        self._inside.configure(background=look.palette.base)
        self._time.configure(font=look.fonts["time"], background=look.palette.base, foreground=look.palette.dim)

    def _below(self) -> tuple[int, int]:
        return self.winfo_rootx(), self.winfo_rooty() + self.winfo_height()
