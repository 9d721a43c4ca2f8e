"""What the user's desktop says about itself: whether it is dark, and how dense the screen is."""

from __future__ import annotations

import re
import subprocess
import sys

PATIENCE = 0.5  # seconds

# By sys.platform: the command to ask, and what its answer holds where the desktop is dark.
DARK_QUESTIONS: dict[str, tuple[list[str], str]] = {
    "linux": (["gsettings", "get", "org.gnome.desktop.interface", "color-scheme"], r"prefer-dark"),
    "darwin": (["defaults", "read", "-g", "AppleInterfaceStyle"], r"Dark"),
    "win32": (
        [
            "reg", "query", r"HKCU\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize",
            "/v", "AppsUseLightTheme",
        ],
        r"0x0\b",
    ),
}  # fmt: skip

_DPI = re.compile(r"^Xft\.dpi:\s*(\d+)", re.MULTILINE)
POINTS_PER_INCH = 72
SANE_DPI = range(72, 600)


def prefers_dark(platform: str = sys.platform) -> bool:
    """Whether the desktop is set to dark. Asks another program, so it takes some milliseconds."""
    command, dark = DARK_QUESTIONS.get(platform, ([], ""))
    return bool(command) and re.search(dark, _ask(command)) is not None


def scaling(platform: str = sys.platform) -> float | None:
    """Pixels per point as the desktop sets it, or None where Tk knows better.

    Under X11 Tk only looks at the size of the screen, and not at the setting that every other program follows.
    """
    if platform in ("win32", "darwin"):
        return None
    found = _DPI.search(_ask(["xrdb", "-query"]))
    if found is None or int(found[1]) not in SANE_DPI:
        return None
    return int(found[1]) / POINTS_PER_INCH


def _ask(command: list[str]) -> str:
    """What the program says; nothing where it is missing, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 (fixed words)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
