"""What can be done with a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import dialogs, events
from chatkit.client.actions.table import in_room, keeps_order, room_action
from chatkit.client.model import AlertLevel, Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

_LEVELS: dict[AlertLevel, str] = {
    "all": "Notify of all messages",
    "mentions": "Notify of mentions",
    "none": "Notify of nothing",
}

_any = in_room(lambda room: True)
_is_channel = in_room(lambda room: room.kind == "channel")
_is_joined = in_room(lambda room: room.kind == "channel" and room.joined)
_is_over = in_room(lambda room: room.is_direct or (room.kind == "channel" and not room.joined))
_is_pinned = in_room(lambda room: room.pinned)
_may_be_pinned = in_room(lambda room: room.kind != "server" and not room.pinned)
_has_unread = in_room(lambda room: room.unread > 0)


@room_action("room", "mark_read", "Mark as read", _has_unread)
def mark_read(hub: Hub, room: Room) -> None:
    """Without going there."""
    hub.act(room.chat, lambda core: core.journal.mark_read(room))


@room_action("room", "search", "Search here", _any)
def search(hub: Hub, _room: Room) -> None:
    """The face shows where to type."""
    hub.emit(events.PanelWanted("search"))


@room_action("room", "topic", "Topic…", _is_channel, group=1)
def topic(hub: Hub, room: Room) -> None:
    """Change it."""
    hub.ask(dialogs.topic(hub, room))


@room_action("room", "invite", "Invite…", _is_channel, group=1)
def invite(hub: Hub, room: Room) -> None:
    """Ask somebody in."""
    hub.ask(dialogs.invite(hub, room))


@room_action("room", "room_modes", "Settings of the room…", keeps_order, group=1)
def room_modes(hub: Hub, room: Room) -> None:
    """Its modes, in words."""
    hub.ask(dialogs.room_modes(hub, room))


def _alert_level(level: AlertLevel, title: str) -> None:
    fits = in_room(lambda room: room.kind == "channel" and room.alerts != level)
    if level == "none":  # of a direct talk that is all there is to choose
        fits = in_room(lambda room: room.kind != "server" and room.alerts != "none")
    elif level == "mentions":
        fits = in_room(lambda room: room.kind != "server" and room.alerts != "mentions")

    @room_action("room", f"alerts_{level}", title, fits, group=2)
    def set_level(hub: Hub, room: Room) -> None:
        hub.set_alerts(room, level)


for _level, _title in _LEVELS.items():
    _alert_level(_level, _title)


@room_action("room", "pin", "Pin to the top", _may_be_pinned, group=3)
def pin(hub: Hub, room: Room) -> None:
    """It stands first in the list of its network."""
    hub.pin(room, pinned=True)


@room_action("room", "unpin", "Unpin", _is_pinned, group=3)
def unpin(hub: Hub, room: Room) -> None:
    """It stands where it came."""
    hub.pin(room, pinned=False)


@room_action("room", "leave", "Leave", _is_joined, group=4)
def leave(hub: Hub, room: Room) -> None:
    """PART <channel>"""
    hub.leave(room)


@room_action("room", "close", "Close", _is_over, group=4)
def close(hub: Hub, room: Room) -> None:
    """Take a direct talk, or a room that one isn't in, out of the list."""
    hub.leave(room)
