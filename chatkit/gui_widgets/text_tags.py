"""What the tags of ``line_text.pieces`` look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chatkit.client.hues import HUES, readable
from chatkit.gui_widgets.line_text import FOLD, LINK, PERSON, QUOTE, REACTION, RETRY, SPOILER
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.shapes import rgb

PAD = 18  # units at both sides
NARROW = 520  # units of width: below, a name takes the room it needs, and no more
NAME = "Alexandria:"  # names have room for it; longer ones begin further to the left
RULE_UNITS = 1
GAP_UNITS = 10  # above a rule
CODE_HUE = 11

Options = dict[str, Any]  # of Tk's tag_configure


class Measures(msgspec.Struct, frozen=True):
    """Where time, name and text begin, in pixels."""

    pad: int
    column: int  # of the text
    tabs: tuple[str, ...]  # Tk's


def measures(look: Look, width: int, *, hours24: bool) -> Measures:
    """In a talk of that width: names stand beside the text, and in a narrow one before it."""
    pad, px = look.px(PAD), look.px
    time_end = pad + look.fonts["time"].measure("00:00" if hours24 else "00:00 pm") + px(10)
    if width < px(NARROW):
        return Measures(pad, time_end, (str(time_end), "left", str(time_end + 1), "left"))
    name_end = time_end + look.fonts["nick"].measure(NAME) + px(6)
    return Measures(pad, name_end + px(2), (str(name_end), "right", str(name_end + px(2)), "left"))


def table(look: Look, at: Measures) -> dict[str, Options]:
    """All tags that have one look; later ones win."""
    return {**_rows(look, at), **_grounds(look, at), **_words(look), **_touched(look)}


def _rows(look: Look, at: Measures) -> dict[str, Options]:
    """Whole lines: where they begin, and how far apart they are."""
    px, fonts, palette = look.px, look.fonts, look.palette
    near, far = (px(2), px(9)) if look.cosy else (0, px(2))
    clear = {"lmargincolor": palette.base, "rmargincolor": palette.base}
    rule = {"font": ("", -RULE_UNITS), "lmargin1": at.pad, "lmargin2": at.pad, "rmargin": at.pad, **clear}
    return {
        "row": {
            "font": fonts["talk"], "lmargin1": at.pad, "lmargin2": at.column, "rmargin": at.pad, "tabs": at.tabs,
            "spacing1": near, "spacing2": px(1), "spacing3": near,
        },
        "head": {"spacing1": far},
        "event": {"font": fonts["quiet"], "spacing1": near, "spacing3": near},
        "more": {"lmargin1": at.column, "lmargin2": at.column, "spacing1": near, "spacing3": near},
        "below": {"spacing1": 0},
        "reactions": {"spacing1": px(3), "spacing3": px(3), **clear},
        "divider": {"font": fonts["small-bold"], "justify": "center", "spacing1": px(6), "spacing3": px(6)},
        "rule": rule,
        "gap": {"font": ("", -px(GAP_UNITS if look.cosy else GAP_UNITS // 2))},  # room of its own: spacing has a ground
    }  # fmt: skip


def _grounds(look: Look, at: Measures) -> dict[str, Options]:
    """What lies behind whole lines."""
    palette, px = look.palette, look.px

    def across(colour: str) -> Options:
        return {"background": colour, "lmargincolor": colour, "rmargincolor": colour}

    clear = {"lmargincolor": palette.base, "rmargincolor": palette.base}
    inset = at.column + px(8)
    return {
        "hover": across(palette.hover),
        "mentioned": across(palette.mentioned),
        "chosen": across(palette.chosen),
        "flash": across(palette.selection),
        "rule-day": {"background": palette.line},
        "rule-unread": {"background": palette.alert},
        "day": {"foreground": palette.dim},
        "unread": {"foreground": palette.alert, "spacing1": px(2), "spacing3": px(2)},
        "code": {"background": palette.field, "spacing1": px(1), "spacing3": px(1), **clear},
        "quote": {"foreground": palette.dim, "lmargin2": inset},
    }


def _words(look: Look) -> dict[str, Options]:
    """Pieces of text."""
    palette, fonts = look.palette, look.fonts
    dim = {"foreground": palette.dim}
    tags: dict[str, Options] = {
        "time": {"font": fonts["time"], **dim},
        "small": {"font": fonts["small"], **dim},
        "large": {"font": fonts["large"]},
        "notice": dim,
        "info": dim,
        "quiet": dim,
        "error": {"foreground": palette.danger},
        "mono": {"foreground": palette.hues[CODE_HUE]},  # a ground of its own would be as high as the whole line
        "underline": {"underline": True},
        "strike": {"overstrike": True},
        "reverse": {"background": palette.text, "foreground": palette.base},
    }
    for hue in range(HUES):
        tags[f"hue{hue}"] = {"font": fonts["nick"], "foreground": palette.hues[hue]}
    return {**tags, "pending": dim, "failed": {"foreground": palette.danger}}


def _touched(look: Look) -> dict[str, Options]:
    """What answers the mouse."""
    palette, fonts = look.palette, look.fonts
    return {
        PERSON: {},
        FOLD: {"font": fonts["quiet"]},
        LINK: {"foreground": palette.accent, "underline": True},
        QUOTE: {"font": fonts["small"], "foreground": palette.dim, "spacing1": look.px(9), "spacing3": 0},
        REACTION: {"font": fonts["small"], "background": palette.field, "foreground": palette.dim},
        "own-reaction": {"font": fonts["small-bold"], "background": palette.chosen, "foreground": palette.text},
        SPOILER: {"background": palette.dim, "foreground": palette.dim},
        RETRY: {"font": fonts["small"], "foreground": palette.danger, "underline": True},
    }


def of_name(look: Look, tag: str) -> Options:
    """The look of a tag that says itself what it is, as ``fore:#ff0000``; nothing for one that only marks a place."""
    kind, _, value = tag.partition(":")
    made = MADE.get(kind)
    return made(look, value) if made is not None else {}


def _font(look: Look, letters: str) -> Options:
    return {"font": look.fonts[f"talk:{letters}"]}


def _fore(look: Look, colour: str) -> Options:
    return {"foreground": readable(colour, dark=look.palette.dark)}


def _back(_look: Look, colour: str) -> Options:
    red, green, blue = rgb(colour)
    return {"background": colour, "foreground": "#000000" if 3 * red + 6 * green + blue > 10 * 127 else "#ffffff"}


def _pair(_look: Look, colours: str) -> Options:
    fore, _, back = colours.partition(":")
    return {"foreground": fore, "background": back}


MADE: dict[str, Callable[[Look, str], Options]] = {"font": _font, "fore": _fore, "back": _back, "pair": _pair}
