"""The bar above the talk: which room this is, and what it is about."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from chatkit.client.model import Chat
from chatkit.client.words import count
from chatkit.tui_widgets.room_list import title
from chatkit.tui_widgets.wrapping import cells, clip

GAP = 2  # between the parts


class TopicBar(Widget):
    """Shows the room in focus of ``chat``."""

    def __init__(self, chat: Chat) -> None:
        super().__init__()
        self._chat = chat

    def render(self) -> Content:
        name = clip(title(self._chat, self._chat.focus), self.size.width)
        space = self.size.width - cells(name) - GAP
        tail = self._tail()
        if space < cells(tail) + 2 * GAP:
            tail = ""
        about = clip(self._about(), max(0, space - cells(tail) - GAP))
        fill = " " * max(0, space - cells(about) - cells(tail))
        parts = [(name, "bold"), (" " * GAP + about + fill, "$muted"), (tail, "$muted")]
        return Content.assemble(*[part for part in parts if part[0]])

    def _about(self) -> str:
        room = self._chat.focus
        if room.kind == "server":
            return "what the server itself says"
        if room.is_direct:
            return "between the two of you"
        if not room.joined and self._chat.status.state == "online":
            return "you are not in this room at the moment"
        return room.topic

    def _tail(self) -> str:
        room = self._chat.focus
        return count(len(room.members), "person", "people") if room.kind == "channel" and room.members else ""
