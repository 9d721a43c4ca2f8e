"""A frame that scrolls where it is higher than its place."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap

from chatkit.gui_widgets.look import Look

WHEEL_PIXELS = 60


class Scrolled(tk.Frame):
    """What is to scroll goes into ``inside``."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self._canvas = tk.Canvas(self, borderwidth=0, highlightthickness=0)
        self._bar = ttkbootstrap.Scrollbar(self, bootstyle="round", command=self._canvas.yview)
        self.inside = tk.Frame(self._canvas, borderwidth=0)
        self._item = self._canvas.create_window(0, 0, window=self.inside, anchor="nw")
        self._canvas.configure(yscrollcommand=self._moved)
        self._canvas.pack(side="left", fill="both", expand=True)
        self._canvas.bind("<Configure>", lambda event: self._canvas.itemconfigure(self._item, width=event.width))
        self.inside.bind("<Configure>", lambda event: self._measure())
        look.on_change(self._repaint)

    def fit(self, most: int) -> None:
        """Be as large as what is inside needs, but no higher than ``most`` pixels."""
        self.inside.update_idletasks()
        height = min(self.inside.winfo_reqheight(), max(most, self._look.px(WHEEL_PIXELS)))
        self._canvas.configure(width=self.inside.winfo_reqwidth(), height=height)

    def see(self, widget: tk.Misc) -> None:
        """Scroll until a widget of what is inside can be seen."""
        top, total = widget.winfo_rooty() - self.inside.winfo_rooty(), max(1, self.inside.winfo_height())
        first, last = (share * total for share in self._canvas.yview())
        if not first <= top <= last - widget.winfo_height():
            self._canvas.yview_moveto(max(0, top - self._look.px(WHEEL_PIXELS)) / total)

    def to_top(self) -> None:
        """Show the beginning; and let the wheel scroll over all that is inside by now."""
        self._canvas.yview_moveto(0)
        self._listen(self.inside)

    def _listen(self, widget: tk.Misc) -> None:
        widget.bind("<MouseWheel>", lambda event: self._wheel(-1 if event.delta > 0 else 1), add=True)
        widget.bind("<Button-4>", lambda event: self._wheel(-1), add=True)
        widget.bind("<Button-5>", lambda event: self._wheel(1), add=True)
        for child in widget.winfo_children():
            self._listen(child)

    def _wheel(self, direction: int) -> str:
        if self._bar.winfo_manager():
            self._canvas.yview_scroll(direction, "units")
        return "break"

    def _measure(self) -> None:
        self._canvas.configure(
            scrollregion=(0, 0, 0, self.inside.winfo_reqheight()), yscrollincrement=self._look.px(WHEEL_PIXELS)
        )

    def _moved(self, first: float, last: float) -> None:
        self._bar.set(first, last)
        if float(first) <= 0 and float(last) >= 1:
            self._bar.pack_forget()
        elif not self._bar.winfo_manager():
            self._bar.pack(side="right", fill="y", before=self._canvas)

    def _repaint(self) -> None:
        for widget in (self, self._canvas, self.inside):
            widget.configure(background=self._look.palette.base)
