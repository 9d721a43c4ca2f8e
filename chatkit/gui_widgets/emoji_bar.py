"""A few emoji to react with, where the mouse is; and the way to all others."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.passing import Passing


class EmojiBar(Passing):
    """Out of sight until ``offer``. A click anywhere, or Escape, closes it."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self.on_closed: Callable[[], None] = lambda: None
        self._on_choice: Callable[[str], None] = lambda emoji: None
        self._on_others: Callable[[], None] = lambda: None
        self._box = ttk.Frame(self, style="Float.TFrame")
        self._inside = tk.Frame(self._box, borderwidth=0)
        self._box.pack()
        self._inside.pack(padx=look.px(4), pady=look.px(4))
        self.bind("<Escape>", lambda event: self.close())
        self.bind("<Button-1>", self._outside)
        look.on_change(self._repaint)

    def offer(
        self,
        emoji: Sequence[str],
        x: int,
        y: int,
        on_choice: Callable[[str], None],
        on_others: Callable[[], None],
    ) -> None:
        """Show these near that place of the screen."""
        self._on_choice, self._on_others = on_choice, on_others
        for old in self._inside.winfo_children():
            old.destroy()
        for each in emoji:
            self._add(each)
        others = IconButton(self._inside, self._look, "three-dots", self._others, "Others…", ground="base")
        others.pack(side="left")
        self._put(x, y)

    def choose(self, emoji: str) -> None:
        """Take one of them."""
        self.close()
        self._on_choice(emoji)

    def close(self) -> None:
        """Be gone."""
        self.grab_release()
        self.place_forget()
        self.on_closed()

    def _put(self, x: int, y: int) -> None:
        window = self.winfo_toplevel()
        self.update_idletasks()
        left, top = x - window.winfo_rootx(), y - window.winfo_rooty()
        left = max(4, min(left, window.winfo_width() - self.winfo_reqwidth() - 4))
        top = max(4, min(top, window.winfo_height() - self.winfo_reqheight() - 4))
        self.place(x=left, y=top)
        self.lift()
        self.update_idletasks()  # Tk only gives keyboard and mouse to what is on the screen
        if self.winfo_viewable():
            self.grab_set()
        self._inside.winfo_children()[0].focus_set()

    def _add(self, emoji: str) -> None:
        look, palette = self._look, self._look.palette
        button = tk.Button(
            self._inside, text=emoji, command=lambda: self.choose(emoji), borderwidth=0, relief="flat", cursor="hand2",
            font=look.fonts["title"], padx=look.px(6), pady=look.px(2), background=palette.base,
            foreground=palette.text, activebackground=palette.hover, activeforeground=palette.text,
            highlightthickness=1, highlightbackground=palette.base, highlightcolor=palette.accent,
        )  # fmt: skip
        button.bind("<Return>", lambda event: button.invoke())
        button.bind("<Escape>", lambda event: self.close())
        button.bind("<Right>", lambda event: self._step(button, 1))
        button.bind("<Left>", lambda event: self._step(button, -1))
        button.pack(side="left")

    def _step(self, button: tk.Widget, step: int) -> None:
        stops = self._inside.winfo_children()
        stops[(stops.index(button) + step) % len(stops)].focus_set()

    def _others(self) -> None:
        self.close()
        self._on_others()

    def _outside(self, event: tk.Event[tk.Misc]) -> None:
        """The mouse is held here: what is not on the bar is outside of it."""
        inside = 0 <= event.x < self.winfo_width() and 0 <= event.y < self.winfo_height()
        if event.widget is self and not inside:
            self.close()

    def _repaint(self) -> None:
        self._inside.configure(background=self._look.palette.base)
