"""Reports: of somebody, of a room, or of what was said. A message that the server no longer has is left out of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.model import Line, Room
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core


class Reporting:
    """What the user reports. The latest report of a message is kept: the server may not know the message."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._latest: tuple[Line, str] | None = None  # which message, and why

    def of_message(self, room: Room, line: Line, why: str) -> None:
        """REPORT <channel> <msgid> <reason>"""
        self._latest = (line, why)
        self._core.send("REPORT", room.name, line.msgid, why)

    def of(self, name: str, why: str) -> None:
        """REPORT <nick|channel> <reason>"""
        self._core.send("REPORT", name, why)

    def failed(self, msg: Message) -> None:
        """FAIL REPORT <code> <target> [<msgid>] :<description>"""
        latest, self._latest = self._latest, None
        if latest is not None and msg.params[1:4:2] == ["UNKNOWN_MSGID", latest[0].msgid]:
            line, why = latest
            self._core.tell(words.reported_without_message(line.nick))
            self.of(line.nick, why)
        else:
            self._core.tell(words.sentence(words.said(msg)), "error")
