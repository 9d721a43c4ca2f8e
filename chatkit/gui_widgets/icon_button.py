"""A flat button with one of Bootstrap's icons, a hint under the mouse, and a place in the tab order."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap

from chatkit.gui_widgets.look import Look

SIZE = 16  # units
ROOM = 7  # units around the icon


class IconButton(tk.Canvas):
    """``ground`` names the palette's colour that it stands on."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        icon: str,
        on_press: Callable[[], None],
        hint: str,
        *,
        ground: str,
        size: int = SIZE,
    ) -> None:
        super().__init__(master, borderwidth=0, takefocus=True, cursor="hand2")
        self._look = look
        self._icon = icon
        self._ground = ground
        self._size = size
        self._hovered = False
        self.press = on_press
        self._hint = ttkbootstrap.ToolTip(self, text=hint, delay=500, padding=6)
        for event in ("<Button-1>", "<Return>", "<space>"):
            self.bind(event, lambda event: self.press(), add=True)
        self.bind("<Enter>", lambda event: self._hover(True), add=True)
        self.bind("<Leave>", lambda event: self._hover(False), add=True)
        look.on_change(self._draw)

    def change(self, icon: str, hint: str) -> None:
        """Mean something else from now on."""
        self._icon = icon
        self._hint.configure(text=hint)
        self._draw()

    def _hover(self, hovered: bool) -> None:
        self._hovered = hovered
        self._draw()

    def _draw(self) -> None:
        look, palette = self._look, self._look.palette
        ground = getattr(palette, self._ground)
        edge = look.px(self._size + 2 * ROOM)
        self.configure(
            width=edge, height=edge, background=palette.hover if self._hovered else ground,
            highlightthickness=1, highlightbackground=ground, highlightcolor=palette.accent,
        )  # fmt: skip
        self.delete("all")
        colour = palette.text if self._hovered else palette.dim
        self.create_image(edge // 2 + 1, edge // 2 + 1, image=look.icon(self._icon, self._size, colour))
