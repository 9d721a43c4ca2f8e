"""The colours: the themes that the settings name, and one for each person's name on dark and on light ground."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.theme import Theme

from chatkit.client.hues import hue_of

DARK = Theme(
    name="chatkit-dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#5cc8e8",
    accent="#e6c15a",
    success="#7fd48a",
    warning="#f6a86b",
    error="#f28b82",
    foreground="#d7dae0",
    background="#151719",
    surface="#1d1f23",
    panel="#2a2d33",
    variables={"muted": "#949ba8"},
)
LIGHT = Theme(
    name="chatkit-light",
    dark=False,
    primary="#1a5fb4",
    secondary="#006d8f",
    accent="#7a5c00",
    success="#1a7431",
    warning="#a0500a",
    error="#b3261e",
    foreground="#1f2328",
    background="#ffffff",
    surface="#f4f5f7",
    panel="#e4e7ec",
    variables={"muted": "#5c6470"},
)

CONTRAST = Theme(
    name="chatkit-contrast",
    dark=True,
    primary="#8fd3ff",
    secondary="#7fe3ff",
    accent="#ffe14d",
    success="#7dff8a",
    warning="#ffb86b",
    error="#ff9c94",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    variables={"muted": "#cfcfcf"},
)
SOLARIZED_DARK = Theme(
    name="chatkit-solarized-dark",
    dark=True,
    primary="#52a9ec",
    secondary="#4fc1b6",
    accent="#d9ae2f",
    success="#a6b82a",
    warning="#ee8a5c",
    error="#f2867f",
    foreground="#c3cccc",
    background="#002b36",
    surface="#00323f",
    panel="#0d4450",
    variables={"muted": "#93a1a1"},
)
SOLARIZED_LIGHT = Theme(
    name="chatkit-solarized-light",
    dark=False,
    primary="#1a5fa0",
    secondary="#0e6a64",
    accent="#7a5a00",
    success="#4d6200",
    warning="#a0430f",
    error="#b3261e",
    foreground="#3b4d54",
    background="#fdf6e3",
    surface="#f5eedb",
    panel="#e8e0cb",
    variables={"muted": "#55656b"},
)
# By what ``appearance.theme`` calls them; "system" is the one that fits the terminal.
THEMES = {
    "dark": DARK,
    "light": LIGHT,
    "contrast": CONTRAST,
    "solarized-dark": SOLARIZED_DARK,
    "solarized-light": SOLARIZED_LIGHT,
}

# In the order of the colour circle, as many as client.hues.HUES.
ON_DARK = (
    "#f28b82", "#f6a86b", "#e6c15a", "#b9d266", "#7fd48a", "#5fd6b6",
    "#5cc8e8", "#7db4f8", "#a3a4fb", "#c79bf2", "#ee92d4", "#f28cac",
)  # fmt: skip
ON_LIGHT = (
    "#b3261e", "#a0500a", "#7a5c00", "#54690b", "#1a7431", "#0a7063",
    "#006d8f", "#1a5fb4", "#4f46c8", "#7b3fb5", "#a3278f", "#b3275c",
)  # fmt: skip

LIGHT_GROUNDS = ("7", "15")  # what COLORFGBG calls them


def nick_style(nick: str, *, dark: bool) -> Style:
    """The colour of somebody's name."""
    return Style(color=(ON_DARK if dark else ON_LIGHT)[hue_of(nick)])


def theme_named(name: str, environ: Mapping[str, str]) -> str:
    """Textual's name of the theme that the settings call ``name``."""
    return THEMES[name].name if name in THEMES else theme_for(environ)


def theme_for(environ: Mapping[str, str]) -> str:
    """The theme that fits the terminal, as far as it says what it is: many set COLORFGBG to ``foreground;ground``."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return (LIGHT if ground in LIGHT_GROUNDS else DARK).name
