"""The colours of the window, by what they are for."""

from __future__ import annotations

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """One set of colours. Every text keeps a contrast of 4.5 or more on what it stands on."""

    name: str  # as the setting ``appearance.theme`` has it
    dark: bool
    base: str  # behind the talk
    side: str  # behind rooms and people
    line: str  # borders
    field: str  # behind what is typed
    text: str
    dim: str
    accent: str
    on_accent: str
    hover: str
    chosen: str
    selection: str
    badge: str
    on_badge: str
    alert: str  # mentions
    on_alert: str
    mentioned: str  # behind a line that names the user
    danger: str
    good: str
    waiting: str
    hues: tuple[str, ...]  # of nicks, one for each of chatkit.client.hues


LIGHT = Palette(
    name="light",
    dark=False,
    base="#ffffff",
    side="#f4f5f8",
    line="#dfe2e9",
    field="#f4f5f8",
    text="#1d2129",
    dim="#5a6271",
    accent="#3a5bd9",
    on_accent="#ffffff",
    hover="#e9ebf1",
    chosen="#dde4fb",
    selection="#c9d6ff",
    badge="#d6dae4",
    on_badge="#3b4252",
    alert="#cf2f45",
    on_alert="#ffffff",
    mentioned="#fff4d6",
    danger="#c02639",
    good="#1f9d55",
    waiting="#c77c02",
    hues=(
        "#b3261e", "#a94500", "#8a5a00", "#5f6b00", "#2f7400", "#00754a",
        "#00727c", "#0068a8", "#3457d5", "#6a45cf", "#9333b0", "#b0266f",
    ),
)  # fmt: skip

DARK = Palette(
    name="dark",
    dark=True,
    base="#1e2128",
    side="#181a20",
    line="#30343e",
    field="#2a2e38",
    text="#e6e8ee",
    dim="#9ba3b3",
    accent="#86a1ff",
    on_accent="#10131c",
    hover="#252932",
    chosen="#2d3650",
    selection="#3b4a78",
    badge="#3c4250",
    on_badge="#e6e8ee",
    alert="#f0616d",
    on_alert="#1c0a0c",
    mentioned="#3a3320",
    danger="#ff8189",
    good="#3fbf7f",
    waiting="#e8b04b",
    hues=(
        "#ff8a80", "#ffa067", "#f0b84a", "#cdc64b", "#93cf62", "#5fd39b",
        "#53d0d4", "#6cc0f7", "#93aefc", "#b99bff", "#dd92f2", "#ff8fc4",
    ),
)  # fmt: skip

CONTRAST = Palette(
    name="contrast",
    dark=True,
    base="#000000",
    side="#0a0a0a",
    line="#8a8a8a",
    field="#141414",
    text="#ffffff",
    dim="#d0d0d0",
    accent="#ffd700",
    on_accent="#000000",
    hover="#1c1c1c",
    chosen="#00336b",
    selection="#00508f",
    badge="#e0e0e0",
    on_badge="#000000",
    alert="#ff5c5c",
    on_alert="#000000",
    mentioned="#332b00",
    danger="#ff8080",
    good="#4dff88",
    waiting="#ffc14d",
    hues=DARK.hues,
)

SOLARIZED_DARK = Palette(
    name="solarized-dark",
    dark=True,
    base="#002b36",
    side="#00252f",
    line="#0f4452",
    field="#073642",
    text="#b7c3c3",
    dim="#9facad",
    accent="#4aa8e8",
    on_accent="#001b22",
    hover="#06323d",
    chosen="#0b4452",
    selection="#0d4f60",
    badge="#14505f",
    on_badge="#e3eaea",
    alert="#f37875",
    on_alert="#20090a",
    mentioned="#1f3a2a",
    danger="#f37875",
    good="#859900",
    waiting="#c79700",
    hues=(
        "#e97e7c", "#ec8053", "#c79700", "#a4a400", "#91a700", "#2fb364",
        "#2eb0a6", "#52a5e0", "#799de7", "#969ad5", "#bd8ad5", "#e27cae",
    ),
)  # fmt: skip

SOLARIZED_LIGHT = Palette(
    name="solarized-light",
    dark=False,
    base="#fdf6e3",
    side="#f5eedb",
    line="#ddd6c1",
    field="#eee8d5",
    text="#3c4f56",
    dim="#4f6369",
    accent="#1e6ba9",
    on_accent="#ffffff",
    hover="#efe8d4",
    chosen="#e1dcc6",
    selection="#d6e4ea",
    badge="#d9d2bc",
    on_badge="#3c4f56",
    alert="#b32421",
    on_alert="#ffffff",
    mentioned="#fbe9b5",
    danger="#b32421",
    good="#5f7300",
    waiting="#9a7400",
    hues=(
        "#c72421", "#b34213", "#826200", "#6b6b00", "#606e00", "#1f7542",
        "#1e726c", "#1e6ca3", "#2660d6", "#585dbc", "#9342b8", "#bd2971",
    ),
)  # fmt: skip

PALETTES = {palette.name: palette for palette in (LIGHT, DARK, CONTRAST, SOLARIZED_LIGHT, SOLARIZED_DARK)}
SYSTEM = "system"  # the theme that is dark where the desktop is


def of_theme(theme: str, *, system_dark: bool) -> Palette:
    """The colours of a theme; "system", and what nobody knows, goes with the desktop."""
    return PALETTES.get(theme) or (DARK if system_dark else LIGHT)
