"""What stands in the window at times only."""

from __future__ import annotations

import tkinter as tk


class Passing(tk.Frame):
    """Out of sight until it is put somewhere."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, borderwidth=0)

    @property
    def shown(self) -> bool:
        """Whether it is there."""
        return bool(self.winfo_manager())
