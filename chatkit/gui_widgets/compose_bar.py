"""What the next message will be, above where it is typed: an answer to somebody, or the new wording of an own one."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from chatkit.client.model import Composing
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.line_text import sentence
from chatkit.gui_widgets.look import Look

ICON = 12  # units


class ComposeBar(tk.Frame):
    """Out of sight while the next message is nothing but itself."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self.on_end: Callable[[], None] = lambda: None
        self._composing: Composing | None = None
        self._mark = tk.Frame(self, width=look.px(3), borderwidth=0)
        self._label = tk.Label(self, borderwidth=0, anchor="w", width=1)
        self._close = IconButton(
            self, look, "x-lg", lambda: self.on_end(), "Not that (Escape)", ground="base", size=ICON
        )
        self._mark.pack(side="left", fill="y", padx=(look.px(18), look.px(8)), pady=look.px(4))
        self._close.pack(side="right", padx=look.px(16))
        self._label.pack(side="left", fill="x", expand=True)
        self._label.bind("<Configure>", lambda event: self._fit(), add=True)
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """What it says; empty while it is out of sight."""
        return _words(self._composing) if self._composing is not None else ""

    def show(self, composing: Composing | None, *, above: tk.Misc) -> None:
        """Say what is composed, above that widget; None: nothing."""
        self._composing = composing
        if composing is None:
            self.pack_forget()
            return
        self._fit()
        if not self.winfo_manager():
            self.pack(side="bottom", fill="x", after=above)

    def _fit(self) -> None:
        text = self._look.fit(self.words, "small", self._label.winfo_width())
        if text != self._label.cget("text"):
            self._label.configure(text=text)

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        self.configure(background=palette.base)
        self._mark.configure(background=palette.accent)
        self._label.configure(font=look.fonts["small"], background=palette.base, foreground=palette.dim)
        self._fit()


def _words(composing: Composing) -> str:
    if composing.kind == "edit":
        return "Editing your message – Escape leaves it as it is"
    return f"Replying to {sentence(composing.line)}".replace("\n", " ")
