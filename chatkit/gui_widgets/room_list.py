"""The rooms at the left: the server's own, channels, talks with one person; what is unread beside them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Hashable

from chatkit.client.model import Chat, Room
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

HEADINGS = {"channel": "ROOMS", "direct": "DIRECT TALKS"}
ICONS = {"server": "hdd-network", "channel": "hash", "direct": "person"}
MAX_COUNT = 99
TEXT_AT = 38  # units from the left
ROW_UNITS = 32


class RoomList(VirtualList[Room | str]):
    """Rooms, and headings, which are words. A click opens a room."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, look, row_units=ROW_UNITS)
        self._focus: Room | None = None
        self.canvas.bind("<Button-1>", lambda event: self._open(self._index_at(event.y)))

    def show_chat(self, chat: Chat) -> None:
        """List its rooms."""
        items: list[Room | str] = []
        for room in chat.rooms:
            heading = HEADINGS.get(room.kind)
            if heading and heading not in items:
                items.append(heading)
            items.append(room)
        moved = chat.focus is not self._focus
        self._focus = chat.focus
        self.show(items)
        if moved and chat.focus in items:
            self.see(items.index(chat.focus))

    def key_of(self, item: Room | str) -> Hashable:
        return item if isinstance(item, str) else item.id

    def is_open(self, item: Room | str) -> bool:
        return not isinstance(item, str)

    def is_chosen(self, item: Room | str) -> bool:
        return item is self._focus

    def draw_row(self, item: Room | str, top: int, width: int, ground: str) -> None:
        if isinstance(item, str):
            self._draw_heading(item, top)
        else:
            self._draw_room(item, top, width, ground)

    def _draw_heading(self, text: str, top: int) -> None:
        look = self.look
        self.canvas.create_text(
            look.px(INSET + 10), top + self.row_height - look.px(5), text=text, anchor="sw",
            font=look.fonts["time"], fill=look.palette.dim,
        )  # fmt: skip

    def _draw_room(self, room: Room, top: int, width: int, ground: str) -> None:
        look, palette = self.look, self.look.palette
        middle = top + self.row_height // 2
        lively = room.unread > 0 or room is self._focus
        colour = palette.text if room.joined and lively else palette.dim
        icon = look.icon(ICONS[room.kind], 14, palette.accent if room is self._focus else palette.dim)
        self.canvas.create_image(look.px(INSET + 18), middle, image=icon)
        taken = self._draw_badge(room, middle, width, ground)
        font = "list-bold" if room.unread else "list"
        text = look.fit(label_of(room), font, width - look.px(TEXT_AT + INSET + 4) - taken)
        self.canvas.create_text(look.px(TEXT_AT), middle, text=text, anchor="w", font=look.fonts[font], fill=colour)

    def _draw_badge(self, room: Room, middle: int, width: int, ground: str) -> int:
        """The number of unread messages; red where one of them is for the user. Returns the pixels taken."""
        if not room.unread:
            return 0
        look, palette = self.look, self.look.palette
        back, fore = (palette.alert, palette.on_alert) if room.mentions else (palette.badge, palette.on_badge)
        text = f"{MAX_COUNT}+" if room.unread > MAX_COUNT else str(room.unread)
        height = look.line_height("small") + look.px(2)
        long = max(height, look.fonts["small-bold"].measure(text) + look.px(12))
        right = width - look.px(INSET + 8)
        self.picture(right, middle, shapes.rounded(long, height, height // 2, back, ground), "e")
        self.canvas.create_text(right - long // 2, middle, text=text, font=look.fonts["small-bold"], fill=fore)
        return long + look.px(8)


def label_of(room: Room) -> str:
    """A room's name as the list shows it: its icon stands for the ``#``."""
    return room.name[1:] if room.kind == "channel" and room.name[:1] == "#" and room.name[1:] else room.name
