"""The rooms at the left, with what is unread in them."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit.client.model import Chat, Room
from chatkit.tui_widgets.row_list import Look, Row, RowList

MOST = 999  # that a badge counts to
HEADINGS = {"channel": "Rooms", "direct": "Direct talks"}


class RoomList(RowList):
    """Shows ``chat.rooms``; a row's key is its room's id."""

    def update_rooms(self, chat: Chat) -> None:
        """Show the rooms as they are now."""
        self.show(list(_rows(chat)))
        self.reveal(next((index for index, row in enumerate(self.rows) if row.key == chat.focus.id), 0))


def title(chat: Chat, room: Room) -> str:
    """What a room is called; the server's own is called after the network."""
    return chat.network if room.kind == "server" else room.name


def _rows(chat: Chat) -> Iterator[Row]:
    kind = ""
    for room in chat.rooms:
        if room.kind != kind and room.kind in HEADINGS:
            if kind:
                yield Row("")
            yield Row(HEADINGS[room.kind], look="heading")
        kind = room.kind
        yield _row(chat, room)


def _row(chat: Chat, room: Room) -> Row:
    return Row(
        title(chat, room),
        mark="▌" if room is chat.focus else " ",
        badge=f"@{_count(room.mentions)}" if room.mentions else _count(room.unread),
        look=_look(chat, room),
        badge_look="mention" if room.mentions else "badge",
        key=room.id,
    )


def _look(chat: Chat, room: Room) -> Look:
    if room is chat.focus:
        return "current"
    if room.unread:
        return "unread"
    return "plain" if room.joined else "dim"


def _count(number: int) -> str:
    if not number:
        return ""
    return str(number) if number <= MOST else f"{MOST}+"
