"""Who is typing, in the line between the talk and where one types. Its room is always kept: nothing jumps."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence

from chatkit.gui_widgets.look import Look

MOST = 3  # names


class TypingLine(tk.Label):
    """One small line."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0, anchor="w", padx=look.px(18), pady=0)
        self._look = look
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """What it says."""
        return str(self.cget("text"))

    def show(self, nicks: Sequence[str]) -> None:
        """These are typing."""
        text = typing_words(nicks)
        if text != self.words:
            self.configure(text=text)

    def _repaint(self) -> None:
        palette = self._look.palette
        self.configure(font=self._look.fonts["small"], background=palette.base, foreground=palette.dim)


def typing_words(nicks: Sequence[str]) -> str:
    """``Bob and Eve are typing…``; empty where nobody is."""
    if not nicks:
        return ""
    if len(nicks) == 1:
        return f"{nicks[0]} is typing…"
    if len(nicks) > MOST:
        return "Several people are typing…"
    return f"{', '.join(nicks[:-1])} and {nicks[-1]} are typing…"
