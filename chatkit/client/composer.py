"""What the user writes in a room: talk, an answer to a line, or a line's new wording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatkit.client import events, words
from chatkit.client.markup import to_typed
from chatkit.client.model import Composing, Line, Quote, Room

if TYPE_CHECKING:
    from chatkit.client.core import Core

QUOTED = 200  # characters of a message that an answer to it shows


class Composer:
    """Between what is typed and the outbox."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def compose(self, room: Room, kind: Literal["reply", "edit"] | None, line: Line | None = None) -> None:
        """Make the next message of ``room`` an answer to ``line``, or its new wording; None: neither any more."""
        room.composing = None if kind is None or line is None else Composing(kind, line)
        self._core.emit(events.ComposingChanged(room))
        if kind == "edit" and line is not None:
            self._core.emit(events.InputWanted(room, to_typed(line.raw or line.text)))

    def post(self, room: Room, text: str) -> None:
        """Talk, whatever it begins with."""
        core, composing = self._core, room.composing
        if (trouble := self._why_mute(room)) is not None:
            core.note(room, "error", trouble)
            core.emit(events.InputWanted(room, text))  # it may be what was typed before there was a room to say it in
            return
        core.typists.sent(room)
        if composing is None:
            core.outbox.say(room, text)
            return
        self.compose(room, None)
        if composing.kind == "edit":
            core.outbox.say(room, text, edit=composing.line)
        else:
            core.outbox.say(room, text, reply=quote(composing.line))

    def _why_mute(self, room: Room) -> str | None:
        if room.kind == "server":
            return words.SERVER_ROOM
        if room.kind == "channel" and not room.joined and not self._core.entry.wants(room):
            return words.not_there(room.name)
        return None


def quote(line: Line) -> Quote:
    """What an answer to ``line`` shows of it."""
    return Quote(line.msgid, line.nick, " ".join(line.text.split())[:QUOTED], line.id)
