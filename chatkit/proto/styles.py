"""mIRC's formatting codes and the styles that they mean.

Spec: https://modern.ircdocs.horse/formatting
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from chatkit.proto.formatting import CODES, printable, strip

MAX_SPANS = 200  # of one line; what it would have beyond is shown without style
_MAX_CODES = 4 * MAX_SPANS  # that are looked at

_FLAGS = {
    "\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike", "\x11": "mono", "\x16": "reverse",
}  # fmt: skip
_RESET = "\x0f"
_NOTHING = "\x02\x02"  # between a colour's code and text that could be taken for a part of it
_DEFAULT = "99"

# The 99 colours, from white on. Spec: https://modern.ircdocs.horse/formatting#colors
_PALETTE = (
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 "
    "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a "
    "740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045 "
    "b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b "
    "ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 "
    "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc "
    "ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 "
    "000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff"
)
COLOURS = tuple(f"#{colour}" for colour in _PALETTE.split())
_NUMBERS = {colour: f"{number:02}" for number, colour in reversed(list(enumerate(COLOURS)))}


class Style(msgspec.Struct, frozen=True):
    """How a piece of text looks, and what it is. The wire has codes for the first eight, and for spoilers."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    mono: bool = False
    reverse: bool = False
    fore: str = ""  # "#rrggbb", or "" for the usual
    back: str = ""
    link: str = ""  # an http(s) or irc(s) address to open
    room: str = ""  # a room that is spoken of
    nick: str = ""  # somebody here who is spoken of
    block: bool = False  # a whole line of code
    quote: bool = False  # a line that somebody else said
    spoiler: bool = False  # hidden until one wants to see it


class Span(msgspec.Struct, frozen=True):
    """The style of ``text[start:end]``. Spans of a text are sorted, disjoint and not empty."""

    start: int
    end: int
    style: Style


PLAIN = Style()


def read(text: str) -> tuple[str, tuple[Span, ...]]:
    """A line of the wire without its codes, safe for any screen, and the styles that the codes gave it."""
    codes = list(CODES.finditer(text))
    shown = printable(strip(text) if codes else text)
    if not codes:
        return shown, ()
    changes = _changes(codes)
    places = _moved(strip(text), shown, [place for place, _ in changes])
    ends = [*places[1:], len(shown)]
    styles = [style for _, style in changes]
    return shown, joined(map(Span, places, ends, styles))[:MAX_SPANS]


def write(text: str, spans: Sequence[Span]) -> str:
    """``text`` with codes for ``spans``: what ``read`` takes apart again.

    A ground without a colour on it can only be one of mIRC's: the nearest is taken.
    """
    parts: list[str] = []
    style, at = PLAIN, 0
    for span in spans:
        new = _on_wire(span.style)
        if span.start > at:
            parts += [_turn(style, PLAIN), text[at : span.start]]
            style = PLAIN
        parts += [_turn(style, new, text[span.start : span.end]), text[span.start : span.end]]
        style, at = new, span.end
    return "".join([*parts, _turn(style, PLAIN), text[at:]])


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """``spans`` without those that are empty or plain, and neighbours of one style made one."""
    found: list[Span] = []
    for span in spans:
        if span.start >= span.end or span.style == PLAIN:
            continue
        if found and found[-1].end == span.start and found[-1].style == span.style:
            found[-1] = Span(found[-1].start, span.end, span.style)
        else:
            found.append(span)
    return tuple(found)


def _changes(codes: Sequence[re.Match[str]]) -> list[tuple[int, Style]]:
    """Where, in the text without codes, which style begins."""
    changes, style, taken = [], PLAIN, 0
    for code in codes[:_MAX_CODES]:
        style = _after(style, code[0])
        changes.append((code.start() - taken, _seen(style)))
        taken += len(code[0])
    if len(codes) > _MAX_CODES:
        changes.append((codes[_MAX_CODES].start() - taken, PLAIN))
    return changes


def _after(style: Style, code: str) -> Style:
    """The style after a code of the wire; the text of a spoiler has its ground's colour there."""
    if code == _RESET:
        return PLAIN
    if code in _FLAGS:
        return replace(style, **{_FLAGS[code]: not getattr(style, _FLAGS[code])})
    if len(code) == 1:  # a colour's code alone takes both away
        return replace(style, fore="", back="")
    fore, comma, back = code[1:].partition(",")
    colour = _numbered if code[0] == "\x03" else _hexadecimal
    return replace(style, fore=colour(fore), back=colour(back) if comma else style.back)


def _numbered(digits: str) -> str:
    return COLOURS[int(digits)] if int(digits) < len(COLOURS) else ""


def _hexadecimal(digits: str) -> str:
    return f"#{digits.lower()}"


def _seen(style: Style) -> Style:
    return replace(style, fore="", back="", spoiler=True) if style.fore and style.fore == style.back else style


def _on_wire(style: Style) -> Style:
    """``style`` with only what has a code."""
    fore, back = (COLOURS[1], COLOURS[1]) if style.spoiler else (style.fore, style.back)
    if back and not fore:
        back = back if back in _NUMBERS else _nearest(back)
    return replace(style, fore=fore, back=back, link="", room="", nick="", block=False, quote=False, spoiler=False)


def _nearest(colour: str) -> str:
    wanted = bytes.fromhex(colour[1:])
    return min(
        _NUMBERS, key=lambda other: sum((a - b) ** 2 for a, b in zip(wanted, bytes.fromhex(other[1:]), strict=True))
    )


def _turn(old: Style, new: Style, following: str = "") -> str:
    """The codes that lead from one style of the wire to another, with ``following`` behind them."""
    code = ""
    if (old.fore and not new.fore) or (old.back and not new.back):
        code, old = _RESET, PLAIN
    code += "".join(flag for flag, field in _FLAGS.items() if getattr(old, field) != getattr(new, field))
    if (old.fore, old.back) == (new.fore, new.back):
        return code
    code += _colour(new.fore, new.back)
    return code + _NOTHING if not new.back and following.startswith(",") else code


def _colour(fore: str, back: str) -> str:
    known = {"": _DEFAULT, **_NUMBERS}
    if fore in known and back in known:
        return f"\x03{known[fore]}" + (f",{known[back]}" if back else "")
    return f"\x04{fore[1:]}" + (f",{back[1:]}" if back else "")


def _moved(before: str, after: str, places: Sequence[int]) -> list[int]:
    """``places`` of ``before`` in ``after``, from which some characters are missing or another stands for them."""
    if len(before) == len(after):
        return list(places)
    moved, at, lost = [], 0, 0
    for place in places:
        while at < place:
            found = after[at - lost : at - lost + 1]
            lost += found not in (before[at], " ", "\N{REPLACEMENT CHARACTER}")
            at += 1
        moved.append(min(place - lost, len(after)))
    return moved
