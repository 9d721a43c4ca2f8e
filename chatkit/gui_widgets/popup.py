"""Context menus."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable

import msgspec

from chatkit.gui_widgets.look import Look


class Choice(msgspec.Struct, frozen=True):
    """One entry."""

    label: str
    action: Callable[[], None]
    checked: bool = False


class Popup(tk.Menu):
    """One menu for the whole window: there is never more than one of them on the screen."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, tearoff=False)
        self._look = look
        look.on_change(self._repaint)

    @property
    def labels(self) -> list[str]:
        """What it offered last."""
        last = self.index("end")
        return (
            [] if last is None else [self.entrycget(n, "label") for n in range(last + 1) if self.type(n) == "command"]
        )

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
                self.add_separator()
            else:
                mark = "✓ " if choice.checked else ""
                self.add_command(label=f"  {mark}{choice.label}  ", command=choice.action)

    def _repaint(self) -> None:
        palette = self._look.palette
        self.configure(
            font=self._look.fonts["list"], background=palette.base, foreground=palette.text,
            activebackground=palette.chosen, activeforeground=palette.text, activeborderwidth=self._look.px(4),
        )  # fmt: skip
