"""A message's text as HTML: mIRC's styles as elements, addresses as links, and everything else only text.

Spec: https://modern.ircdocs.horse/formatting. Colours are left out: they were chosen for another background.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from chatkit.proto.formatting import plain

_ELEMENTS = {"\x02": "b", "\x1d": "i", "\x1f": "u", "\x1e": "s", "\x11": "code"}
_RESET = "\x0f"
_CODES = re.compile(f"([{''.join(_ELEMENTS)}{_RESET}])")
_LINK = re.compile(r"\bhttps?://[^\s<>\"]+", re.IGNORECASE)
_PUNCTUATION = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def as_html(text: str) -> str:
    """``text``, in which "\\n" separates lines."""
    return "\n".join("".join(_elements(line)) for line in text.split("\n"))


def _elements(line: str) -> Iterator[str]:
    styles: list[str] = []
    for piece in _CODES.split(line):
        if piece == _RESET:
            styles.clear()
        elif piece in _ELEMENTS:
            styles.remove(piece) if piece in styles else styles.append(piece)
        elif piece:
            names = [_ELEMENTS[style] for style in styles]
            opened, closed = (f"<{name}>" for name in names), (f"</{name}>" for name in reversed(names))
            yield "".join([*opened, _linked(plain(piece)), *closed])


def _linked(text: str) -> str:
    parts, end = [], 0
    for match in _LINK.finditer(text):
        link = _without_punctuation(match[0])
        address = escape(link)
        parts += [escape(text[end : match.start()]), f'<a href="{address}" rel="noopener noreferrer">{address}</a>']
        end = match.start() + len(link)
    return "".join([*parts, escape(text[end:])])


def _without_punctuation(link: str) -> str:
    """``link`` without what follows it in the sentence: a full stop, or the bracket that it stands in."""
    while link[-1] in _PUNCTUATION or (
        link[-1] in _BRACKETS and link.count(link[-1]) > link.count(_BRACKETS[link[-1]])
    ):
        link = link[:-1]
    return link
