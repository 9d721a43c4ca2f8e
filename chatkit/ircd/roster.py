"""The names of a room's members, in lines that are made once and shown to many: whoever comes in sees all of them."""

from __future__ import annotations

from collections.abc import Iterable

from chatkit.proto.message import MAX_LINE
from chatkit.proto.names import CHANNEL_LEN

LONGEST_NICK = 32  # bytes of the nick of one who may be shown these lines
LONGEST_SERVER = 64  # bytes of the server's name
_BESIDE = len(":  353  =  :\r\n") + LONGEST_SERVER + LONGEST_NICK  # of a line, without the room's name
assert _BESIDE + 4 * CHANNEL_LEN < MAX_LINE


class Roster:
    """Words in lines, to which words can be added."""

    __slots__ = ("_left", "_room", "_words", "lines")

    def __init__(self, channel: str, words: Iterable[str]) -> None:
        """``channel`` is the name of the room."""
        self.lines: list[str] = []
        self._room = MAX_LINE - _BESIDE - len(channel.encode())
        self._left = -1  # bytes in the last line
        self._words: list[str] = []  # of the last line
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        """One more, at the end."""
        size = len(word) + 1 if word.isascii() else len(word.encode()) + 1
        if size > self._left:
            self._words = []
            self._left = self._room
            self.lines.append("")
        self._words.append(word)
        self._left -= size
        self.lines[-1] = " ".join(self._words)


def fits(server: str, nick: str) -> bool:
    """Whether the lines have room for these in their numerics."""
    return len(server.encode()) <= LONGEST_SERVER and len(nick.encode()) <= LONGEST_NICK
