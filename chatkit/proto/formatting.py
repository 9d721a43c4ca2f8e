"""mIRC formatting codes, and text made safe for a terminal.

Spec: https://modern.ircdocs.horse/formatting
"""

from __future__ import annotations

import re
import unicodedata

CODES = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
# Overrides and isolates can make text on a screen read other than it is; so can line and paragraph separators.
_DIRECTION = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
# What takes no room on a screen can hide in a name, or make two that look the same: fillers, joiners, selectors, tags.
_INVISIBLE = [
    0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x200B, *range(0x2060, 0x2066),
    *range(0x206A, 0x2070), 0x3164, *range(0xFE00, 0xFE0F), 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE1000),
]  # fmt: skip
_UNSAFE = dict.fromkeys([*_DIRECTION, *_INVISIBLE])
_REPLACED = {code: "\N{REPLACEMENT CHARACTER}" for code in [*range(0x20), *range(0x7F, 0xA0)] if code != 0x09}
_REPLACED |= dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")  # halves of characters
_SAFE = {**_UNSAFE, **_REPLACED, 0x09: " "}

# Joiners and the selector of coloured emoji stay where a script or an emoji is made with them.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\u1820-\u18af"
_FITTING = (
    rf"(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])|(?<=[{_EMOJI}])\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
)
_STRAY = rf"(?!{_FITTING})[\u200c\u200d\ufe0f]"  # compiled when it is needed first: that takes longer than to use it
_FIRST_MARK = "\u0300"  # what comes before it combines with nothing
MAX_MARKS = 4  # combining marks that may pile up on one character
_BLANK = "\u2800"  # a symbol to Unicode, and empty to the eye
_MAX_CODES = 4  # characters of one name that are spelled out


def strip(text: str) -> str:
    """``text`` without colours and styles."""
    return text if text.isprintable() else CODES.sub("", text)


def printable(text: str) -> str:
    """``text`` with nothing in it that moves a cursor, rings, hides or turns the reading direction."""
    if text.isascii():
        return text if text.isprintable() else text.translate(_SAFE)
    text = text.translate(_SAFE)
    return text if max(text, default="") < _FIRST_MARK else re.sub(_STRAY, "", _limit_marks(text))


def plain(text: str) -> str:
    """``text`` without formatting and safe for any screen."""
    return printable(strip(text))


def named(nick: str) -> str:
    """``nick``, safe to show, and never the same as another's: what nobody would see of it is spelled out.

    So a name of nothing but a zero-width space is ``‹U+200B›``, and who adds one to ``Bob`` is ``Bob‹U+200B›``.
    """
    shown = plain(nick)
    if shown == nick and (nick.isalnum() or not any(map(_is_blank, nick))):
        return nick
    parts, rest, spelled = [], shown, 0
    for char in nick:
        if rest.startswith(char) and not _is_blank(char):
            parts.append(char)
            rest = rest[1:]
            continue
        rest = rest[1:] if rest.startswith((char, "\N{REPLACEMENT CHARACTER}")) else rest
        spelled += 1
        if spelled <= _MAX_CODES:
            parts.append(f"‹U+{ord(char):04X}›")
    return "".join(parts) + ("…" if spelled > _MAX_CODES else "")


def _is_blank(char: str) -> bool:
    return char == _BLANK or unicodedata.category(char) == "Zs"


def _limit_marks(text: str) -> str:
    kept, run = [], 0
    for char in text:
        kind = "" if char < _FIRST_MARK else unicodedata.category(char)
        if kind != "Cf":  # a joiner between marks does not start a new character
            run = run + 1 if kind in ("Mn", "Me") else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)
