"""Context menus."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable

import msgspec

from chatkit.gui_widgets.look import Look

# Units: how long the line between groups is, and its room. Tk's own separators have the looks of another time.
LINE, GAP = 190, 3


class Choice(msgspec.Struct, frozen=True):
    """One entry."""

    label: str
    action: Callable[[], object]
    checked: bool = False
    danger: bool = False


class Popup(tk.Menu):
    """One menu for the whole window: there is never more than one of them on the screen."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, tearoff=False)
        self._look = look
        self._line = tk.PhotoImage(master=self, width=1, height=1)
        look.on_change(self._repaint)

    @property
    def labels(self) -> list[str]:
        """What it offered last."""
        last = self.index("end")
        return [] if last is None else [label for n in range(last + 1) if (label := self.entrycget(n, "label"))]

    def offer(self, choices: Iterable[Choice | None], x: int, y: int) -> None:
        """Show ``choices`` at that place of the screen; None is a line between two of them."""
        self.fill(choices)
        if self.labels:
            self.tk_popup(x, y)

    def fill(self, choices: Iterable[Choice | None]) -> None:
        """Have these choices."""
        self.delete(0, "end")
        for choice in choices:
            if choice is None:
                self.add_command(image=self._line, state="disabled", font=("", -self._look.px(GAP)))
            else:
                mark = "✓ " if choice.checked else ""
                self.add_command(label=f"  {mark}{choice.label}  ", command=choice.action)
                if choice.danger:
                    self.entryconfigure("end", foreground=self._look.palette.danger)

    def _repaint(self) -> None:
        palette = self._look.palette
        self._line = tk.PhotoImage(master=self, width=self._look.px(LINE), height=1)
        self._line.put(palette.line, to=(0, 0, self._line.width(), 1))
        self.configure(
            relief="raised", borderwidth=1, disabledforeground=palette.dim,
            font=self._look.fonts["list"], background=palette.base, foreground=palette.text,
            activebackground=palette.chosen, activeforeground=palette.text, activeborderwidth=self._look.px(3),
        )  # fmt: skip
