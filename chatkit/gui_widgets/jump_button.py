"""The button that floats over the talk while its end is out of sight: what came meanwhile, and the way there."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from chatkit.client.words import count
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look

LATEST = "Jump to the latest"


class JumpButton(tk.Canvas):
    """Out of sight until ``show``."""

    def __init__(self, master: tk.Misc, look: Look, on_press: Callable[[], None]) -> None:
        super().__init__(master, borderwidth=0, highlightthickness=0, cursor="hand2", takefocus=False)
        self._look = look
        self._fresh: int | None = None
        self._back: tk.PhotoImage | None = None
        self.bind("<Button-1>", lambda event: on_press())
        look.on_change(self._draw)

    @property
    def label(self) -> str:
        """What it says; empty while it is out of sight."""
        if self._fresh is None:
            return ""
        return count(self._fresh, "new message", "new messages") if self._fresh else LATEST

    def show(self, fresh: int) -> None:
        """Say that so many messages came."""
        if fresh == self._fresh:
            return
        self._fresh = fresh
        self._draw()
        self.place(relx=0.5, rely=1.0, y=-self._look.px(10), anchor="s")

    def hide(self) -> None:
        """It isn't needed."""
        if self._fresh is not None:
            self._fresh = None
            self.place_forget()

    def _draw(self) -> None:
        look, palette = self._look, self._look.palette
        back, fore = (palette.accent, palette.on_accent) if self._fresh else (palette.badge, palette.on_badge)
        height = look.line_height("small-bold") + look.px(12)
        width = look.fonts["small-bold"].measure(self.label) + look.px(46)
        self._back = tk.PhotoImage(master=self, data=shapes.rounded(width, height, height // 2, back, palette.base))
        self.configure(width=width, height=height, background=palette.base)
        self.delete("all")
        self.create_image(0, 0, image=self._back, anchor="nw")
        self.create_image(look.px(18), height // 2, image=look.icon("arrow-down", 12, fore))
        self.create_text(
            look.px(30), height // 2, text=self.label, anchor="w", font=look.fonts["small-bold"], fill=fore
        )
