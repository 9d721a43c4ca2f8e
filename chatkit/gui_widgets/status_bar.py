"""How the connection is, in words, at the bottom; and a way to hurry it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from chatkit.client.model import LinkState
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look

DOT = 8  # units
TRY_NOW = "Try now"


class StatusBar(tk.Frame):
    """A dot, a sentence and, where it helps, a word to click."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self._state: LinkState = "connecting"
        self.on_retry: Callable[[], None] = lambda: None
        self._dot = tk.Label(self, borderwidth=0)
        self._words = tk.Label(self, borderwidth=0, anchor="w")
        self._retry = tk.Button(self, text=TRY_NOW, borderwidth=0, relief="flat", cursor="hand2", padx=4, pady=0)
        self._retry.configure(command=lambda: self.on_retry())
        self._retry.bind("<Return>", lambda event: self.on_retry())
        self._dot.pack(side="left", padx=(look.px(14), look.px(7)), pady=look.px(4))
        self._words.pack(side="left", fill="x")
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """The sentence."""
        return str(self._words.cget("text"))

    @property
    def can_retry(self) -> bool:
        """Whether it offers to try now."""
        return bool(self._retry.winfo_manager())

    def show(self, state: LinkState, words: str, *, can_retry: bool) -> None:
        """Say how it is."""
        self._words.configure(text=words)
        if can_retry and not self.can_retry:
            self._retry.pack(side="left", padx=self._look.px(8))
        elif not can_retry and self.can_retry:
            self._retry.pack_forget()
        if state != self._state:
            self._state = state
            self._repaint()

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        size = look.px(DOT)
        colour = {"online": palette.good, "connecting": palette.waiting, "offline": palette.danger}[self._state]
        self.configure(background=palette.side)
        self._dot.configure(
            image=look.image(shapes.rounded(size, size, size // 2, colour, palette.side)), background=palette.side
        )
        self._words.configure(font=look.fonts["small"], background=palette.side, foreground=palette.dim)
        self._retry.configure(
            font=look.fonts["small-bold"], background=palette.side, foreground=palette.accent,
            activebackground=palette.hover, activeforeground=palette.accent,
            highlightbackground=palette.side, highlightcolor=palette.accent, highlightthickness=1,
        )  # fmt: skip
