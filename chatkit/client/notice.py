"""A notice of the desktop, by the program that the system has for it. Where there is none, nothing happens."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

from chatkit.client.alerts import Alert

MAX_RUNNING = 8  # notices that may be on their way; a desktop that hangs gets no more

# The words come as arguments: nothing of them is ever a part of the script.
_SCRIPT = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")
_DISPLAYS = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")

_running: list[subprocess.Popen[bytes]] = []


def send(alert: Alert) -> None:
    """Show ``alert`` outside of the window. Never blocks, never raises."""
    command = command_for(alert, sys.platform, os.environ)
    _running[:] = [process for process in _running if process.poll() is None]
    program = shutil.which(command[0]) if command else None
    if program is None or len(_running) >= MAX_RUNNING:
        return
    try:
        process = subprocess.Popen(  # noqa: S603  # a program of the system, no shell, and the words are arguments
            [program, *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return
    _running.append(process)


def command_for(alert: Alert, platform: str, environ: Mapping[str, str]) -> list[str]:
    """The program and its arguments; none where there is no desktop."""
    if platform == "darwin":
        script = [part for line in _SCRIPT for part in ("-e", line)]
        return ["osascript", *script, _no_option(alert.title), _no_option(alert.body)]
    if platform == "win32" or not any(map(environ.get, _DISPLAYS)):
        return []
    return ["notify-send", "--app-name=chatkit", "--", alert.title, html.escape(alert.body, quote=False)]


def _no_option(word: str) -> str:
    return f" {word}" if word.startswith("-") else word
