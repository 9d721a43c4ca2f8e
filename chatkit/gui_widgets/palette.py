"""The colours of the window, by what they are for."""

from __future__ import annotations

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """One set of colours. Every text keeps a contrast of 4.5 or more on what it stands on."""

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
