"""What ``ClientRunner.pump`` tells a front end, in the order in which it happened.

The model is already in its last state when the events are handled: draw from what the event carries, and where that is
only a room, from the room as it is now. A room that an event names may have been removed since; compare by ``room.id``.
"""

from __future__ import annotations

import msgspec

from chatkit.client.model import Line, Room, Status


class RoomAdded(msgspec.Struct, frozen=True):
    """List ``room``; its lines come in events of their own."""

    room: Room


class RoomRemoved(msgspec.Struct, frozen=True):
    """Forget ``room`` and all its lines. If it had the focus, a RoomFocused for another follows."""

    room: Room


class RoomRenamed(msgspec.Struct, frozen=True):
    """The other side of a direct talk has another name now. It was ``old``."""

    room: Room
    old: str


class RoomFocused(msgspec.Struct, frozen=True):
    """Show ``room``: ``chat.focus`` is it already."""

    room: Room


class LinesAppended(msgspec.Struct, frozen=True):
    """New at the end of ``room``. ``old`` is whether they come from history, and so deserve no sound or notice."""

    room: Room
    lines: tuple[Line, ...]
    old: bool = False


class LinesPrepended(msgspec.Struct, frozen=True):
    """Older lines, before all that were there. What the user looks at should stay where it is on the screen."""

    room: Room
    lines: tuple[Line, ...]


class LinesInserted(msgspec.Struct, frozen=True):
    """New right before the line whose id is ``before``: above own lines that are still pending, or into a gap."""

    room: Room
    before: int
    lines: tuple[Line, ...]
    old: bool = False


class LineChanged(msgspec.Struct, frozen=True):
    """``line`` takes the place of the one with the same id: it was sent, or failed, or got another time."""

    room: Room
    line: Line


class LinesRemoved(msgspec.Struct, frozen=True):
    """The lines with these ids are gone: too old to be kept, or shown in another place by an event that follows."""

    room: Room
    ids: tuple[int, ...]


class PeopleChanged(msgspec.Struct, frozen=True):
    """``room.people`` is another list."""

    room: Room


class TopicChanged(msgspec.Struct, frozen=True):
    """``room.topic`` is another. ``told`` is whether a line of the room says so, now or when its history is there."""

    room: Room
    told: bool = False


class UnreadChanged(msgspec.Struct, frozen=True):
    """``room.unread`` or ``room.mentions`` is another."""

    room: Room


class RoomChanged(msgspec.Struct, frozen=True):
    """``room.joined``, ``room.loading`` or ``room.exhausted`` is another."""

    room: Room


class StatusChanged(msgspec.Struct, frozen=True):
    """``chat.status`` is another."""

    status: Status


class NickChanged(msgspec.Struct, frozen=True):
    """The user is called ``nick`` now, as in ``chat.nick``."""

    nick: str


class NameNeeded(msgspec.Struct, frozen=True):
    """The server will not have the name. Show ``text``, offer ``suggestion``, answer with ``choose_name``."""

    text: str
    suggestion: str


class Left(msgspec.Struct, frozen=True):
    """The user quit and all of it is over: call ``stop`` and close."""


Event = (
    RoomAdded
    | RoomRemoved
    | RoomRenamed
    | RoomFocused
    | LinesAppended
    | LinesPrepended
    | LinesInserted
    | LineChanged
    | LinesRemoved
    | PeopleChanged
    | TopicChanged
    | UnreadChanged
    | RoomChanged
    | StatusChanged
    | NickChanged
    | NameNeeded
    | Left
)
