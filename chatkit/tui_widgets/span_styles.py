"""What a writer's styles look like on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.color import ColorParseError
from rich.style import Style

from chatkit.client.hues import readable
from chatkit.proto import styles
from chatkit.tui_widgets.palette import nick_style

HIDDEN = "▒"  # what stands for every cell of a spoiler
SCHEMES = ("http://", "https://", "irc://", "ircs://")


def rich_style(style: styles.Style, looks: Mapping[str, Style], *, dark: bool) -> Style:
    """``style`` in Rich's words, to be laid over the line's own. ``looks`` are those of the style sheet."""
    found = Style(
        bold=style.bold or None,
        italic=style.italic or None,
        underline=style.underline or None,
        strike=style.strike or None,
        reverse=style.reverse or None,
        **_colours(style, dark=dark),
    )
    if style.mono and not style.block:
        found += looks["code"]
    if style.nick:
        found += nick_style(style.nick, dark=dark) + Style(bold=True, meta={"nick": style.nick})
    elif style.room:
        found += looks["link"] + Style(meta={"room": style.room})
    elif style.link:
        found += looks["link"] + _hyperlink(style.link)
    return found


def _colours(style: styles.Style, *, dark: bool) -> dict[str, Any]:
    """Text on a ground that its writer chose is left as it was meant; on ours it is made readable."""
    try:
        if style.back:
            return {"color": style.fore or None, "bgcolor": style.back}
        return {"color": readable(style.fore, dark=dark)} if style.fore else {}
    except (ColorParseError, ValueError):
        return {}


def _hyperlink(link: str) -> Style:
    """A link to click, and for terminals that know OSC 8 to show. What isn't plain ASCII never gets into a sequence."""
    shown = link if link.isascii() and link.isprintable() and link.lower().startswith(SCHEMES) else None
    return Style(link=shown, meta={"link": link})
