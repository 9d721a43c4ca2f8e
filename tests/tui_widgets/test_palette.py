"""Colours that can be read, on dark and on light ground."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from chatkit.client.hues import HUES, hue_of
from chatkit.client.settings import BY_KEY
from chatkit.tui_widgets.palette import DARK, LIGHT, ON_DARK, ON_LIGHT, THEMES, theme_for, theme_named

READABLE = 4.5  # the contrast that WCAG 2 asks of text (level AA)


def luminance(color: Color) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_every_colour_of_text_can_be_read(theme: Theme):
    hues = ON_DARK if theme.dark else ON_LIGHT
    colours = [*hues, theme.foreground, theme.secondary, theme.error, theme.accent, theme.success, theme.warning]
    for colour in [*colours, theme.variables["muted"]]:
        for ground in (theme.background, theme.surface):
            assert contrast(str(colour), str(ground)) >= READABLE, (colour, ground)


def test_there_are_as_many_colours_as_hues():
    assert len(set(ON_DARK)) == len(set(ON_LIGHT)) == HUES


def test_a_person_keeps_the_colour_in_any_case_and_under_a_spare_name():
    assert hue_of("Bob") == hue_of("BOB") == hue_of("bob_")
    assert len({hue_of(f"nick{number}") for number in range(200)}) == HUES


@pytest.mark.parametrize(
    ("value", "theme"), [("", DARK), ("15;0", DARK), ("0;15", LIGHT), ("0;default;7", LIGHT), ("junk", DARK)]
)
def test_a_terminal_that_says_it_is_light_gets_the_light_theme(value: str, theme: Theme):
    assert theme_for({"COLORFGBG": value}) == theme.name


def test_every_theme_of_the_settings_is_there():
    assert {"system", *THEMES} == set(BY_KEY["appearance.theme"].choices)
    assert theme_named("system", {"COLORFGBG": "0;15"}) == LIGHT.name
    assert theme_named("solarized-dark", {}) == THEMES["solarized-dark"].name
