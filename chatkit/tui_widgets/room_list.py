"""The rooms at the left, with what is unread in them, under their networks where there are several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatkit.client.model import Chat, LinkState, Room
from chatkit.tui_widgets.row_list import BadgeLook, Look, Row, RowList

MOST = 999  # that a badge counts to
HEADINGS = {"channel": "Rooms", "direct": "Direct talks"}
JOIN = "join"  # the key of the row by which one gets into another room
JOIN_ROW = Row("Join a room…", "+ ", look="dim", key=JOIN)
LINKS: dict[LinkState, tuple[str, BadgeLook]] = {
    "online": ("●", "good"), "connecting": ("◌", "waiting"), "offline": ("○", "bad"),
}  # fmt: skip


class RoomList(RowList):
    """Shows the rooms of a Hub; a row's key is its room's id."""

    def update_rooms(self, chats: Sequence[Chat], rooms: Sequence[Room], focus: Room | None) -> None:
        """Show the rooms as they are now."""
        self.show([*(_several(chats, rooms, focus) if len(chats) > 1 else _one(rooms, focus)), Row(""), JOIN_ROW])
        if focus is not None and not self.has_focus:
            self.cursor = next((index for index, row in enumerate(self.rows) if row.key == focus.id), 0)
            self.reveal(self.cursor)


def _one(rooms: Sequence[Room], focus: Room | None) -> Iterator[Row]:
    kind = ""
    for room in rooms:
        if room.kind != kind and room.kind in HEADINGS:
            if kind:
                yield Row("")
            yield Row(HEADINGS[room.kind], look="heading")
        kind = room.kind
        yield _row(room, focus)


def _several(chats: Sequence[Chat], rooms: Sequence[Room], focus: Room | None) -> Iterator[Row]:
    """Every network's own room is the heading of its others."""
    for number, chat in enumerate(chats):
        if number:
            yield Row("")
        for room in rooms:
            if room.chat is chat:
                yield _heading(room, focus) if room.kind == "server" else _row(room, focus, inset=" ")


def _heading(room: Room, focus: Room | None) -> Row:
    sign, look = LINKS[room.chat.status.state]
    return Row(
        room.title,
        mark="▌" if room is focus else " ",
        badge=_badge(room) or sign,
        look="current" if room is focus else "unread" if room.unread else "heading",
        badge_look=_badge_look(room) if room.unread else look,
        key=room.id,
    )


def _row(room: Room, focus: Room | None, inset: str = "") -> Row:
    return Row(
        inset + _sign(room) + room.title,
        mark="▌" if room is focus else " ",
        badge=_badge(room),
        look=_look(room, focus),
        badge_look=_badge_look(room),
        key=room.id,
        detail="✎" if room.draft and room is not focus else "",
    )


def _sign(room: Room) -> str:
    return "★ " if room.pinned else ""


def _badge(room: Room) -> str:
    if room.mentions:
        return f"@{_count(room.mentions)}"
    return _count(room.unread) if room.unread else "away" if room.away else ""


def _badge_look(room: Room) -> BadgeLook:
    return "mention" if room.mentions else "badge"


def _look(room: Room, focus: Room | None) -> Look:
    if room is focus:
        return "current"
    if room.unread and room.alerts != "none":
        return "unread"
    return "plain" if room.joined and room.alerts != "none" else "dim"


def _count(number: int) -> str:
    return str(number) if number <= MOST else f"{MOST}+"
