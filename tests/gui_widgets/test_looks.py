"""Colours, shapes, settings and what the desktop says: all that needs no screen."""

from __future__ import annotations

import struct
import subprocess
import zlib

import pytest

from chatkit.client.hues import HUES
from chatkit.client.keys import KEYS
from chatkit.client.settings import BY_KEY
from chatkit.gui_widgets import geometry, shapes, system
from chatkit.gui_widgets.geometry import Geometry
from chatkit.gui_widgets.keys import OWN_WORDS, explained, shown
from chatkit.gui_widgets.palette import CONTRAST, DARK, LIGHT, PALETTES, of_theme

READABLE = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum


def luminance(colour: str) -> float:
    shares = [value / 255 for value in shapes.rgb(colour)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_all_text_is_readable(palette):
    grounds = (palette.base, palette.side, palette.field, palette.hover, palette.mentioned)
    inks = (palette.text, palette.dim, palette.accent, palette.danger, *palette.hues)
    pairs = [(ink, ground) for ink in inks for ground in grounds]
    pairs += [(palette.text, palette.chosen), (palette.dim, palette.chosen), (palette.text, palette.selection)]
    pairs += [(palette.on_accent, palette.accent), (palette.on_badge, palette.badge), (palette.on_alert, palette.alert)]
    assert [(ink, ground) for ink, ground in pairs if contrast(ink, ground) < READABLE] == []


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_hue_has_a_colour_of_its_own(palette):
    assert len(set(palette.hues)) == HUES


def pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    size = {shapes.RGB: 3, shapes.RGBA: 4}[kind] * depth // 8
    length = struct.unpack(">I", png[33:37])[0]
    rows = zlib.decompress(png[41 : 41 + length])
    stride = 1 + width * size
    return width, height, [rows[y * stride + 1 : (y + 1) * stride] for y in range(height)]


def test_a_round_box_has_its_border_its_corners_and_its_middle():
    width, height, rows = pixels(shapes.rounded(20, 12, 5, "#112233", "#ffffff", "#ff0000"))
    assert (width, height) == (20, 12)
    assert rows[0][:3] == b"\xff\xff\xff"
    assert rows[0][30:33] == b"\xff\x00\x00"
    assert rows[6][30:33] == b"\x11\x22\x33"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_smallest_shapes_are_shapes(size):
    assert pixels(shapes.rounded(size, size, 9, "#000000", "#ffffff", "#ff0000"))[:2] == (size, size)


def test_the_size_of_the_window_is_kept():
    geometry.kept().save(Geometry(width=800, height=600, rooms=False, rooms_width=200, people_width=150))
    assert geometry.kept().load() == Geometry(800, 600, False, 200, 150)


@pytest.mark.parametrize("content", [b"", b"{", b'{"width": "wide"}', b"\xff\xfe", b"[]", b'{"width": -5}'])
def test_a_broken_file_is_the_first_time(content):
    path = geometry.kept().path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert geometry.kept().load() == Geometry()


@pytest.mark.parametrize(
    ("theme", "system_dark", "palette"),
    [
        ("system", True, DARK),
        ("system", False, LIGHT),
        ("dark", False, DARK),
        ("light", True, LIGHT),
        ("contrast", False, CONTRAST),
    ],
)
def test_a_theme_is_a_palette_and_the_systems_goes_with_the_desktop(theme, system_dark, palette):
    assert of_theme(theme, system_dark=system_dark) is palette


def test_every_theme_of_the_settings_has_its_colours():
    assert set(BY_KEY["appearance.theme"].choices) == {"system", *PALETTES}


@pytest.mark.parametrize(
    ("platform", "answer", "dark"),
    [
        ("linux", "'prefer-dark'\n", True),
        ("linux", "'default'\n", False),
        ("linux", "", False),
        ("darwin", "Dark\n", True),
        ("win32", "    AppsUseLightTheme    REG_DWORD    0x0\n", True),
        ("win32", "    AppsUseLightTheme    REG_DWORD    0x1\n", False),
        ("plan9", "Dark", False),
    ],
)
def test_the_desktop_says_whether_it_is_dark(monkeypatch, platform, answer, dark):
    monkeypatch.setattr(system, "_ask", lambda command: answer)
    assert system.prefers_dark(platform) is dark


@pytest.mark.parametrize(
    ("platform", "answer", "scaling"),
    [
        ("linux", "Xft.antialias:\t1\nXft.dpi:\t192\n", 192 / 72),
        ("linux", "Xft.dpi:\t7\n", None),
        ("linux", "", None),
        ("win32", "Xft.dpi:\t192\n", None),
    ],
)
def test_the_desktop_says_how_dense_its_screen_is(monkeypatch, platform, answer, scaling):
    monkeypatch.setattr(system, "_ask", lambda command: answer)
    assert system.scaling(platform) == scaling


@pytest.mark.parametrize("failure", [FileNotFoundError, subprocess.TimeoutExpired(["x"], 1)])
def test_a_desktop_that_says_nothing_is_no_trouble(monkeypatch, failure):
    def fail(*args: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(subprocess, "run", fail)
    assert not system.prefers_dark("linux")
    assert system.scaling("linux") is None


def test_every_key_of_the_desktop_is_explained():
    rows = [row for group in explained().values() for row in group]
    assert len(rows) == sum(bool(key.gui) for key in KEYS) + len(OWN_WORDS)
    assert all(keys and meaning for keys, meaning in rows)


@pytest.mark.parametrize(
    ("sequence", "words"),
    [("Control-Next", "Ctrl+Page Down"), ("Alt-a", "Alt+A"), ("F1", "F1"), ("r", "r"), ("Shift-Return", "Shift+Enter")],
)
def test_keys_are_called_as_they_are_labelled(sequence, words):
    assert shown(sequence) == words
