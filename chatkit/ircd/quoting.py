"""How what a client sent comes back to it in an answer: as one parameter each, and with room for the words after it."""

from __future__ import annotations

from collections.abc import Iterable

from chatkit.ircd.staging import cut
from chatkit.proto.message import MAX_LINE
from chatkit.proto.names import clip


def quoting(head: str, params: Iterable[str], text: str | None) -> bytes:
    """A line without CR LF: ``head``, ``params`` and, if there is one, ``text`` as the last parameter.

    Where that is too long, the long ones of ``params`` are shortened rather than the text.
    """
    words, tail = list(map(middle, params)), "" if text is None else f" :{text}"
    body = (" ".join([head, *words]) + tail).encode()
    excess = len(body) - (MAX_LINE - 2)
    if excess <= 0:
        return body
    return cut((" ".join([head, *_shortened(words, excess, len(tail))]) + tail).encode())


def middle(param: str) -> str:
    """What stands for ``param`` where others follow: one parameter, whatever it was."""
    if not param or param[0] == ":" or " " in param:
        return param.lstrip(":").partition(" ")[0] or "*"
    return param


def _shortened(words: list[str], excess: int, least: int) -> list[str]:
    """``words`` with up to ``excess`` bytes less, the longest first; none gets shorter than ``least`` bytes by it."""
    found = list(words)
    for index, word in sorted(enumerate(words), key=lambda item: -len(item[1].encode())):
        if excess > 0:
            found[index] = clip(word, max(least, len(word.encode()) - excess))
            excess -= len(word.encode()) - len(found[index].encode())
    return found
