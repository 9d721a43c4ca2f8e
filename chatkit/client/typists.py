"""Who is typing, told and heard.

Spec: https://ircv3.net/specs/client-tags/typing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client import events
from chatkit.client.model import Room
from chatkit.client.talk import sender
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

THROTTLE = 3.0  # seconds between two notifications to one room, at least
IDLE = 5.0  # seconds without a key after which somebody pauses
LASTS = {"active": 6.0, "paused": 30.0}  # seconds that one is believed to type after such a notification
MAX_TYPISTS = 20  # of a room, that are shown

Telling = Literal["active", "paused", "done", ""]


class _Told(msgspec.Struct):
    """What the people of a room were told of the user, and what they are to be told. Times are monotonic."""

    last: Telling = ""
    wanted: Telling = ""
    told_at: float = float("-inf")
    typed_at: float = 0.0

    def due(self) -> float | None:
        """When there is something to do."""
        if self.wanted:
            return self.told_at + THROTTLE
        return self.typed_at + IDLE if self.last == "active" else None


class Typists:
    """Owned by a core, and used by its thread."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._told: dict[int, _Told] = {}  # by room id
        self._heard: dict[int, dict[str, tuple[str, float]]] = {}  # by room id: nicks, and until when, by folded nick

    def typed(self, room: Room, text: str) -> None:
        """What is typed for ``room`` is ``text`` now."""
        if not self._tells(room):
            return
        told = self._told.setdefault(room.id, _Told())
        if text.strip() and (not text.startswith("/") or text.startswith("//")):
            told.typed_at, told.wanted = self._core.now, "active"
        else:
            told.wanted = "done" if told.last in LASTS else ""
        self._tell(room, told)

    def sent(self, room: Room) -> None:
        """It was sent: that says it all, and "done" needs not be told."""
        if (told := self._told.get(room.id)) is not None:
            told.last = told.wanted = ""

    def received(self, room: Room, msg: Message) -> None:
        """TAGMSG with ``+typing``, live."""
        state = msg.tags.get("+typing") or msg.tags.get("+draft/typing") or ""
        nick = sender(msg)
        if state == "done":
            self.heard(room, nick)
        elif state in LASTS and not self._core.is_me(nick) and (room.is_direct or room.person(nick) is not None):
            typing = self._heard.setdefault(room.id, {})
            key = self._core.chat.fold(nick)
            if key in typing or len(typing) < MAX_TYPISTS:
                typing[key] = (nick, self._core.now + LASTS[state])
                self._show(room)

    def heard(self, room: Room, nick: str) -> None:
        """``nick`` said something in ``room``, or left it, and so types no more."""
        if (typing := self._heard.get(room.id)) and typing.pop(self._core.chat.fold(nick), None) is not None:
            self._show(room)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._told.pop(room.id, None)
        self._heard.pop(room.id, None)

    def connection_lost(self) -> None:
        """Nobody types."""
        self._told.clear()
        for room in self._core.chat.rooms:
            if self._heard.pop(room.id, None):
                self._show(room)

    def advance(self, now: float) -> None:
        """It is ``now`` on the monotonic clock."""
        if not self._told and not self._heard:
            return
        for room in self._core.chat.rooms:
            if (told := self._told.get(room.id)) is not None:
                if told.last == "active" and not told.wanted and now >= told.typed_at + IDLE:
                    told.wanted = "paused"
                self._tell(room, told)
            typing = self._heard.get(room.id, {})
            gone = [key for key, (_, until) in typing.items() if until <= now]
            for key in gone:
                del typing[key]
            if gone:
                self._show(room)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        ends = [until for typing in self._heard.values() for _, until in typing.values()]
        return min(filter(None, [*ends, *(told.due() for told in self._told.values())]), default=None)

    def _tells(self, room: Room) -> bool:
        can = self._core.taste.typing and "typing" in self._core.chat.can
        return can and room.kind != "server" and room.joined

    def _tell(self, room: Room, told: _Told) -> None:
        """Tell what is wanted, unless the people of the room were told something a moment ago."""
        if not told.wanted or self._core.now < told.told_at + THROTTLE:
            return
        self._core.send("TAGMSG", room.name, tags={"+typing": told.wanted})
        told.last, told.wanted, told.told_at = told.wanted, "", self._core.now

    def _show(self, room: Room) -> None:
        room.typing = tuple(nick for nick, _ in self._heard.get(room.id, {}).values())
        self._core.emit(events.TypingChanged(room))
