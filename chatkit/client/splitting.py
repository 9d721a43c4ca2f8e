"""Text cut into pieces that fit a line. A limit is in bytes of UTF-8."""

from __future__ import annotations

import unicodedata

from chatkit.proto.message import MAX_LINE

MAX_HOST = 63  # bytes that servers let a host name have
MAX_USER = 20
ACTION_FRAME = len("\x01ACTION \x01")
_JOINER = "\u200d"


def room_for_text(source: str, target: str) -> int:
    """Bytes of text that a PRIVMSG may have, so that the server's line to others, which names ``source``, fits too.

    ``source`` is ``nick!user@host``, or a nick alone where the rest isn't known.
    """
    size = len(source.encode())
    if "@" not in source:
        size += len("!@") + MAX_USER + MAX_HOST
    return max(64, MAX_LINE - len(": PRIVMSG  :\r\n") - size - len(target.encode()))


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most ``limit`` bytes, cut at blanks where there are some, else between characters."""
    pieces = []
    while len(text.encode()) > limit:
        end = _cut(text, limit)
        pieces.append(text[:end].rstrip(" "))
        text = text[end:].lstrip(" ")
    return [piece for piece in [*pieces, text] if piece]


def _cut(text: str, limit: int) -> int:
    fits = len(text.encode()[:limit].decode(errors="ignore"))
    blank = text.rfind(" ", 1, fits + 1)
    if blank > 0 and text[:blank].strip(" "):
        return blank
    whole = fits
    while whole > 1 and _belongs_to_previous(text, whole):
        whole -= 1
    return whole if whole > 1 else fits


def _belongs_to_previous(text: str, index: int) -> bool:
    char = text[index]
    return bool(unicodedata.combining(char)) or char in (_JOINER, "\ufe0f") or text[index - 1] == _JOINER
