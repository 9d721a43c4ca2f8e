"""The rooms at the left: the server's own, channels, talks with one person; what is unread beside them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Hashable, Sequence

from chatkit.client.hues import hue_of
from chatkit.client.model import LinkState, Room
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.palette import Palette
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

HEADINGS = {"channel": "ROOMS", "direct": "DIRECT TALKS"}
ICONS = {"server": "hdd-network", "channel": "hash", "direct": "person"}
MAX_COUNT = 99
TEXT_AT = 38  # units from the left
ROW_UNITS = 32
DOT = 8


class RoomList(VirtualList[Room | str]):
    """Rooms, and headings, which are words. A click opens a room.

    With several networks, each begins with its own room, which shows how the connection is.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, look, row_units=ROW_UNITS)
        self._focus: Room | None = None
        self._several = False
        self.canvas.bind("<Button-1>", lambda event: self.open_at(event.y))

    def show_rooms(self, rooms: Sequence[Room], focus: Room | None) -> None:
        """List these, which come network by network."""
        self._several = len({id(room.chat) for room in rooms}) > 1
        items = list(rooms) if self._several else _with_headings(rooms)
        moved = focus is not self._focus
        self._focus = focus
        self.show(items)
        if moved and focus is not None and focus in items:
            self.see(items.index(focus))

    def key_of(self, item: Room | str) -> Hashable:
        return item if isinstance(item, str) else item.id

    def is_open(self, item: Room | str) -> bool:
        return not isinstance(item, str)

    def is_chosen(self, item: Room | str) -> bool:
        return item is self._focus

    def draw_row(self, item: Room | str, top: int, width: int, ground: str) -> None:
        if isinstance(item, str):
            self._draw_heading(item, top)
        elif item.kind == "server" and self._several:
            self._draw_network(item, top, width, ground)
        else:
            self._draw_room(item, top, width, ground)

    def _draw_heading(self, text: str, top: int) -> None:
        look = self.look
        self.canvas.create_text(
            look.px(INSET + 10), top + self.row_height - look.px(5), text=text, anchor="sw",
            font=look.fonts["time"], fill=look.palette.dim,
        )  # fmt: skip

    def _draw_network(self, room: Room, top: int, width: int, ground: str) -> None:
        """Its name, and a dot for how the connection is."""
        look, palette = self.look, self.look.palette
        middle, size = top + self.row_height // 2, look.px(DOT)
        colour = state_colour(palette, room.chat.status.state)
        self.picture(look.px(INSET + 18), middle, shapes.rounded(size, size, size // 2, colour, ground), "center")
        taken = self._draw_badge(room, middle, width, ground)
        text = look.fit(self._name_of(room), "small-bold", width - look.px(TEXT_AT + INSET + 4) - taken)
        fill = palette.text if room is self._focus else palette.dim
        self.canvas.create_text(
            look.px(TEXT_AT), middle, text=text, anchor="w", font=look.fonts["small-bold"], fill=fill
        )

    def _name_of(self, room: Room) -> str:
        """What its network calls itself; or, where two call themselves the same, what the user calls it."""
        chat = room.chat
        same = {
            other.chat.label for other in self.items if isinstance(other, Room) and other.chat.network == chat.network
        }
        return chat.network if len(same) == 1 else chat.label

    def _draw_room(self, room: Room, top: int, width: int, ground: str) -> None:
        look, palette = self.look, self.look.palette
        middle = top + self.row_height // 2
        lively = room.unread > 0 or room is self._focus
        colour = palette.text if room.joined and not room.away and lively else palette.dim
        self._draw_icon(room, middle, ground)
        taken = self._draw_badge(room, middle, width, ground)
        font = "list-bold" if room.unread else "list"
        text = look.fit(label_of(room), font, width - look.px(TEXT_AT + INSET + 4) - taken)
        self.canvas.create_text(look.px(TEXT_AT), middle, text=text, anchor="w", font=look.fonts[font], fill=colour)

    def _draw_icon(self, room: Room, middle: int, ground: str) -> None:
        """What kind of room it is; a person has the colour of the name."""
        look, palette = self.look, self.look.palette
        x = look.px(INSET + 18)
        if room.typing and room.is_direct:
            self.canvas.create_image(x, middle, image=look.icon("three-dots", 14, palette.accent))
        elif room.is_direct:
            size, hue = look.px(DOT + 2), palette.hues[hue_of(room.name)]
            colours = (ground, ground, palette.dim) if room.away else (hue, ground, "")
            self.picture(x, middle, shapes.rounded(size, size, size // 2, *colours), "center")
        else:
            name = "pin-angle" if room.pinned else "bell-slash" if room.alerts == "none" else ICONS[room.kind]
            icon = look.icon(name, 14, palette.accent if room is self._focus else palette.dim)
            self.canvas.create_image(x, middle, image=icon)

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
    if room.kind == "server":
        return "Server"
    return room.name[1:] if room.kind == "channel" and room.name[:1] == "#" and room.name[1:] else room.name


def state_colour(palette: Palette, state: LinkState) -> str:
    """What a connection's state looks like."""
    return {"online": palette.good, "connecting": palette.waiting, "offline": palette.danger}[state]


def _with_headings(rooms: Sequence[Room]) -> list[Room | str]:
    items: list[Room | str] = []
    for room in rooms:
        heading = HEADINGS.get(room.kind)
        if heading and heading not in items:
            items.append(heading)
        items.append(room)
    return items
