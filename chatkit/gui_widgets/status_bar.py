"""How the connection is, in words, at the bottom; a way to hurry it; and what else a glance should tell."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import msgspec
import ttkbootstrap

from chatkit.client.model import LinkState, Security
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.room_list import state_colour

DOT = 8  # units
ICON = 12
TRY_NOW = "Try now"

# How safe the connection is: an icon, and the words under the mouse.
LOCKS: dict[Security, tuple[str, str]] = {
    "": ("unlock", "Not encrypted: whoever is on the way can read along"),
    "pinned": ("lock", "Encrypted; the certificate is the one that was there the first time"),
    "vouched": ("lock-fill", "Encrypted; the certificate is vouched for"),
    "local": ("pc-display", "It does not leave this computer"),
}


class State(msgspec.Struct, frozen=True):
    """What the bar says."""

    state: LinkState
    words: str
    can_retry: bool = False
    security: Security = ""
    lag_ms: int | None = None
    quiet: bool = False  # whether the user does not want to be disturbed


class StatusBar(tk.Frame):
    """A dot, a sentence and, where it helps, a word to click; at the right, how safe and quick the connection is."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self._shown = State("connecting", "")
        self.on_retry: Callable[[], None] = lambda: None
        self.on_quiet: Callable[[], None] = lambda: None
        self._dot = tk.Label(self, borderwidth=0)
        self._words = tk.Label(self, borderwidth=0, anchor="w")
        self._retry = tk.Button(self, text=TRY_NOW, borderwidth=0, relief="flat", cursor="hand2", padx=4, pady=0)
        self._retry.configure(command=lambda: self.on_retry())
        self._retry.bind("<Return>", lambda event: self.on_retry())
        self._lag = tk.Label(self, borderwidth=0)
        self._lock = tk.Label(self, borderwidth=0)
        self._bell = tk.Label(self, borderwidth=0, cursor="hand2")
        self._bell.bind("<Button-1>", lambda event: self.on_quiet())
        self._lock_words = ttkbootstrap.ToolTip(self._lock, text="", delay=500, padding=6)
        ttkbootstrap.ToolTip(self._bell, text="Do not disturb (Ctrl+T)", delay=500, padding=6)
        ttkbootstrap.ToolTip(self._lag, text="How long the server takes to answer", delay=500, padding=6)
        self._dot.pack(side="left", padx=(look.px(14), look.px(7)), pady=look.px(6))
        for label in (self._bell, self._lock, self._lag):
            label.pack(side="right", padx=(0, look.px(12)))
        self._words.pack(side="left", fill="x")
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """The sentence."""
        return self._shown.words

    @property
    def quiet(self) -> bool:
        """Whether the user does not want to be disturbed."""
        return self._shown.quiet

    @property
    def lag(self) -> str:
        """How quick the server is."""
        return str(self._lag.cget("text"))

    @property
    def lock(self) -> str:
        """How safe the connection is, in words."""
        return LOCKS[self._shown.security][1] if self._shown.state == "online" else ""

    @property
    def can_retry(self) -> bool:
        """Whether it offers to try now."""
        return bool(self._retry.winfo_manager())

    def show(self, state: State) -> None:
        """Say how it is."""
        if state == self._shown:
            return
        self._shown = state
        if state.can_retry and not self.can_retry:
            self._retry.pack(side="left", padx=self._look.px(8))
        elif not state.can_retry and self.can_retry:
            self._retry.pack_forget()
        self._repaint()

    def _repaint(self) -> None:
        look, palette, shown = self._look, self._look.palette, self._shown
        size = look.px(DOT)
        dot = shapes.rounded(size, size, size // 2, state_colour(palette, shown.state), palette.side)
        self.configure(background=palette.side)
        self._dot.configure(image=look.image(dot), background=palette.side)
        lag = "" if shown.lag_ms is None or shown.state != "online" else f"{shown.lag_ms} ms"
        for label, text in ((self._words, shown.words), (self._lag, lag)):
            label.configure(text=text, font=look.fonts["small"], background=palette.side, foreground=palette.dim)
        self._paint_icons()
        self._retry.configure(
            font=look.fonts["small-bold"], background=palette.side, foreground=palette.accent,
            activebackground=palette.hover, activeforeground=palette.accent,
            highlightbackground=palette.side, highlightcolor=palette.accent, highlightthickness=1,
        )  # fmt: skip

    def _paint_icons(self) -> None:
        look, palette, shown = self._look, self._look.palette, self._shown
        icon, words = LOCKS[shown.security]
        colour = palette.dim if shown.security else palette.waiting
        image = look.icon(icon, ICON, colour) if shown.state == "online" else ""
        self._lock.configure(image=image, background=palette.side)
        self._lock_words.configure(text=words)
        bell = look.icon("bell-slash" if shown.quiet else "bell", ICON, palette.waiting if shown.quiet else palette.dim)
        self._bell.configure(image=bell, background=palette.side)
