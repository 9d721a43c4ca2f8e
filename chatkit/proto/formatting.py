"""mIRC formatting codes, and text made safe for a terminal.

Spec: https://modern.ircdocs.horse/formatting
"""

from __future__ import annotations

import re
import unicodedata

_CODES = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
# Overrides and isolates can make text on a screen read other than it is; so can line and paragraph separators.
_DIRECTION = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F]
_UNSAFE = dict.fromkeys([*_DIRECTION, 0x2028, 0x2029, 0xFEFF])
_REPLACED = {code: "\N{REPLACEMENT CHARACTER}" for code in [*range(0x20), *range(0x7F, 0xA0)] if code != 0x09}
_SAFE = {**_UNSAFE, **_REPLACED, 0x09: " "}
MAX_MARKS = 4  # combining marks that may pile up on one character


def strip(text: str) -> str:
    """``text`` without colours and styles."""
    return _CODES.sub("", text)


def printable(text: str) -> str:
    """``text`` with nothing in it that moves a cursor, rings, hides or turns the reading direction."""
    text = text.translate(_SAFE)
    return text if text.isascii() else _limit_marks(text)


def plain(text: str) -> str:
    """``text`` without formatting and safe for any screen."""
    return printable(strip(text))


def _limit_marks(text: str) -> str:
    kept, run = [], 0
    for char in text:
        kind = unicodedata.category(char)
        if kind != "Cf":  # a joiner between marks does not start a new character
            run = run + 1 if kind in ("Mn", "Me") else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)
