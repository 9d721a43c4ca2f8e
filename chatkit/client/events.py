"""What ``ClientRunner.pump`` tells a front end, in the order in which it happened.

The model is already in its last state when the events are handled: draw from what the event carries, and where that is
only a room, from the room as it is now. A room that an event names may have been removed since; compare by ``room.id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client.model import Chat, Line, Room, Status

if TYPE_CHECKING:
    from chatkit.client.alerts import Alert
    from chatkit.client.finder import Hit
    from chatkit.client.forms import Form
    from chatkit.client.session import ListedRoom
    from chatkit.client.settings import ClientSettings
    from chatkit.client.timeline import Splice

Panel = Literal["palette", "search", "settings", "keys", "places", "networks"]


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
    """``room.unread``, ``room.mentions`` or ``room.unread_from`` is another."""

    room: Room


class RoomChanged(msgspec.Struct, frozen=True):
    """``room`` is otherwise: ``joined``, ``loading``, ``exhausted``, ``away``, ``pinned`` or ``alerts``."""

    room: Room


class StatusChanged(msgspec.Struct, frozen=True):
    """``chat.status`` is another."""

    status: Status
    chat: Chat


class NickChanged(msgspec.Struct, frozen=True):
    """The user is called ``nick`` now, as in ``chat.nick``."""

    nick: str
    chat: Chat


class NameNeeded(msgspec.Struct, frozen=True):
    """The server will not have the name. Show ``text``, offer ``suggestion``, answer with ``choose_name``."""

    text: str
    suggestion: str
    chat: Chat


class Left(msgspec.Struct, frozen=True):
    """The user quit and the network is over. After the last one: call ``stop`` and close."""

    chat: Chat


class NetworkAdded(msgspec.Struct, frozen=True):
    """There is another network: list its rooms."""

    chat: Chat


class NetworkRemoved(msgspec.Struct, frozen=True):
    """Forget ``chat`` and all its rooms."""

    chat: Chat


class AbilitiesChanged(msgspec.Struct, frozen=True):
    """``chat.can``, ``chat.account``, ``chat.away`` or ``chat.security`` is another."""

    chat: Chat


class LagChanged(msgspec.Struct, frozen=True):
    """``chat.lag_ms`` is another."""

    chat: Chat


class TypingChanged(msgspec.Struct, frozen=True):
    """``room.typing`` is another."""

    room: Room


class ComposingChanged(msgspec.Struct, frozen=True):
    """``room.composing`` is another."""

    room: Room


class InputWanted(msgspec.Struct, frozen=True):
    """Put ``text`` where one types: something to edit, a paste that was refused, words that were not sent."""

    room: Room
    text: str


class RowsChanged(msgspec.Struct, frozen=True):
    """From the Hub: change what is drawn of ``room``, one splice after the other. ``old`` is as in LinesAppended."""

    room: Room
    splices: tuple[Splice, ...]
    old: bool = False


class LineReached(msgspec.Struct, frozen=True):
    """Scroll to the line, and let it flash. None: it can't be had, and words of the room say why."""

    room: Room
    line_id: int | None


class Found(msgspec.Struct, frozen=True):
    """What the server found for ``query``, the newest first."""

    query: str
    hits: tuple[Hit, ...]


class AlertRaised(msgspec.Struct, frozen=True):
    """From the Hub: tell the user, who may look elsewhere."""

    alert: Alert


class FormWanted(msgspec.Struct, frozen=True):
    """Ask the user this."""

    form: Form


class CopyWanted(msgspec.Struct, frozen=True):
    """Put ``text`` where one can paste it from."""

    text: str


class LinkWanted(msgspec.Struct, frozen=True):
    """Open an http(s) address in the user's browser; show it where that can't be done."""

    link: str


class PanelWanted(msgspec.Struct, frozen=True):
    """A command asks for a part of the face. ``text`` is what to put into it."""

    name: Panel
    text: str = ""


class RoomListed(msgspec.Struct, frozen=True):
    """The rooms there are, the largest first. A face that shows lines only has them in words already."""

    chat: Chat
    rooms: tuple[ListedRoom, ...]


class SettingsChanged(msgspec.Struct, frozen=True):
    """The user wants something another way."""

    settings: ClientSettings


class PlacesChanged(msgspec.Struct, frozen=True):
    """There is another list of where one could go."""


LineEvent = LinesAppended | LinesPrepended | LinesInserted | LineChanged | LinesRemoved

Event = (
    RoomAdded
    | RoomRemoved
    | RoomRenamed
    | RoomFocused
    | LineEvent
    | PeopleChanged
    | TopicChanged
    | UnreadChanged
    | RoomChanged
    | StatusChanged
    | NickChanged
    | NameNeeded
    | Left
    | NetworkAdded
    | NetworkRemoved
    | AbilitiesChanged
    | LagChanged
    | TypingChanged
    | ComposingChanged
    | InputWanted
    | RowsChanged
    | LineReached
    | Found
    | AlertRaised
    | FormWanted
    | CopyWanted
    | LinkWanted
    | PanelWanted
    | RoomListed
    | SettingsChanged
    | PlacesChanged
)
