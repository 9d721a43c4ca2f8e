"""The bar above the talk: which room this is, and what it is about."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from chatkit.client.model import Room
from chatkit.client.words import count
from chatkit.tui_widgets.wrapping import cells, clip

GAP = 2  # between the parts
MENU = "⋯"


class TopicBar(Widget):
    """Shows ``room``. A click on it opens what can be done with the room."""

    room: reactive[Room | None] = reactive(None, always_update=True)

    class MenuWanted(Message):
        """The user wants to know what can be done with the room."""

        def __init__(self, at: Offset) -> None:
            super().__init__()
            self.at = at

    def render(self) -> Content:
        room = self.room
        if room is None:
            return Content("chatkit")
        name = clip(room.title, max(1, self.size.width - cells(MENU) - GAP))
        space = self.size.width - cells(name) - GAP
        tail = f"{_tail(room)}{' ' * GAP}{MENU}".lstrip()
        if space < cells(tail) + 2 * GAP:
            tail = MENU
        about = clip(_about(room), max(0, space - cells(tail) - GAP))
        fill = " " * max(0, space - cells(about) - cells(tail))
        parts = [(name, "bold"), (" " * GAP + about + fill, "$muted"), (tail, "$muted")]
        return Content.assemble(*[part for part in parts if part[0]])

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.MenuWanted(event.screen_offset))


def _about(room: Room) -> str:
    if room.kind == "server":
        return "what the server itself says"
    if room.is_direct:
        return f"away: {room.away}" if room.away else "between the two of you"
    if not room.joined and room.chat.status.state == "online":
        return "you are not in this room at the moment"
    return room.topic


def _tail(room: Room) -> str:
    return count(len(room.members), "person", "people") if room.kind == "channel" and room.members else ""
