"""Text cut into pieces that fit a line, and lines gathered in messages. A limit is in bytes of UTF-8."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from chatkit.proto.message import MAX_LINE

MAX_HOST = 63  # bytes that servers let a host name have
MAX_USER = 20
ACTION_FRAME = len("\x01ACTION \x01")
_JOINER = "\u200d"


class Piece(msgspec.Struct, frozen=True):
    """A line of a message of several, as it goes over the wire."""

    text: str
    continues: bool = False  # whether it goes on where the one before it ended, with no line break between


class Limits(msgspec.Struct, frozen=True):
    """How large a message of several lines may be."""

    bytes: int
    lines: int


USUAL_LINES = 100  # where a server sets no limit


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


def pieces_of(lines: Iterable[str], limit: int) -> list[Piece]:
    """``lines`` in pieces of at most ``limit`` bytes, of which nothing is lost: blanks stay at the end of a piece."""
    return [Piece(part, number > 0) for line in lines for number, part in enumerate(_whole(line, limit))]


def _whole(line: str, limit: int) -> Iterator[str]:
    while len(line.encode()) > limit:
        end = _cut(line, limit)
        if line[end : end + 1] == " " and len(line[: end + 1].encode()) <= limit:
            end += 1
        yield line[:end]
        line = line[end:]
    yield line


def messages_of(pieces: Iterable[Piece], limits: Limits) -> list[tuple[Piece, ...]]:
    """``pieces`` as few messages within ``limits``, without blank lines around any of them."""
    messages: list[list[Piece]] = []
    size = 0
    for piece in pieces:
        more = len(piece.text.encode()) + (not piece.continues)
        if not messages or len(messages[-1]) >= limits.lines or size + more > limits.bytes:
            messages.append([])
            size = 0
        messages[-1].append(piece)
        size += more
    return [message for message in map(_trimmed, messages) if message]


def _trimmed(pieces: list[Piece]) -> tuple[Piece, ...]:
    filled = [number for number, piece in enumerate(pieces) if piece.text.strip()]
    if not filled:
        return ()
    return (Piece(pieces[filled[0]].text), *pieces[filled[0] + 1 : filled[-1] + 1])


def joined(pieces: Iterable[Piece]) -> str:
    """The text that they are together."""
    return "".join(piece.text if piece.continues else f"\n{piece.text}" for piece in pieces).removeprefix("\n")


def parse_limits(value: str) -> Limits | None:
    """The value of the multiline capability: ``max-bytes=4096,max-lines=24``; None where it has no such limit.

    Spec: https://ircv3.net/specs/extensions/multiline#capabilities
    """
    found = {key: int(number) for key, number in _numbers(value)}
    most = found.get("max-bytes", 0)
    return Limits(most, max(1, found.get("max-lines", USUAL_LINES))) if most > 0 else None


def _numbers(value: str) -> Iterator[tuple[str, str]]:
    for token in value.split(","):
        key, _, number = token.partition("=")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            yield key, number


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
