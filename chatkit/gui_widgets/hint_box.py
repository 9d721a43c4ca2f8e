"""Help for what is being typed: how the command is written, what it does, what the word may become."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from chatkit.client.hints import Hint
from chatkit.gui_widgets.look import Look

MOST = 12  # choices


class HintBox(tk.Frame):
    """Floats above where one types; out of sight while there is nothing to say."""

    def __init__(self, master: tk.Misc, look: Look, above: tk.Misc) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self._above = above
        self._hint: Hint | None = None
        self._box = ttk.Frame(self, style="Float.TFrame")
        self._usage = tk.Label(self._box, borderwidth=0, anchor="w")
        self._help = tk.Label(self._box, borderwidth=0, anchor="w")
        self._choices = tk.Label(self._box, borderwidth=0, anchor="w", justify="left")
        self._box.pack(fill="both", expand=True, padx=look.px(14))
        look.on_change(self._repaint)

    @property
    def words(self) -> list[str]:
        """What it says, line by line; nothing while it is out of sight."""
        labels = (self._usage, self._help, self._choices)
        return [str(label.cget("text")) for label in labels if label.cget("text")] if self._hint else []

    def show(self, hint: Hint | None) -> None:
        """Say this; None: nothing."""
        if hint == self._hint:
            return
        self._hint = hint
        if hint is None:
            self.place_forget()
            return
        more = len(hint.choices) - MOST
        choices = "   ".join(hint.choices[:MOST]) + (f"   and {more} more" if more > 0 else "")
        for label, text in ((self._usage, hint.usage), (self._help, hint.help), (self._choices, choices)):
            label.configure(text=text)
            label.pack_forget()
            if text:
                label.pack(fill="x", padx=self._look.px(12), pady=self._look.px(3))
        self.place(in_=self._above, relx=0, rely=0, relwidth=1, anchor="sw")
        self._choices.configure(wraplength=max(200, self._above.winfo_width() - self._look.px(60)))
        self.lift()

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        self.configure(background=palette.base)
        for label, font, colour in (
            (self._usage, "small-bold", palette.text),
            (self._help, "small", palette.dim),
            (self._choices, "small", palette.accent),
        ):
            label.configure(font=look.fonts[font], background=palette.base, foreground=colour)
