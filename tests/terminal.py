"""Programs in a real terminal: tmux types for them and reads what they show."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable

DEADLINE = 30.0
LOOK_AGAIN = 0.05  # seconds between looks at the screen: there is nothing to wait on but what it shows


class Terminal:
    """One program in a tmux session of its own server."""

    def __init__(self, socket_name: str, command: list[str], columns: int = 100, rows: int = 30) -> None:
        self._tmux = ["tmux", "-L", socket_name, "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", str(columns), "-y", str(rows), shlex.join(command))

    def type(self, *keys: str) -> None:
        """Send keys: text, or tmux's names of keys such as Enter."""
        for key in keys:
            self._run("send-keys", key)

    def line(self, text: str) -> None:
        """Type ``text`` as it is, and Enter."""
        self._run("send-keys", "-l", text)
        self._run("send-keys", "Enter")

    def screen(self) -> str:
        return self._run("capture-pane", "-p", "-J")

    def wait_for(self, shown: str | Callable[[str], bool]) -> str:
        """The screen, once it shows ``shown``."""
        wanted = shown if callable(shown) else lambda screen: shown in screen
        deadline = time.monotonic() + DEADLINE
        while not wanted(screen := self.screen()):
            assert time.monotonic() < deadline, f"never showed {shown!r}:\n{screen}"
            time.sleep(LOOK_AGAIN)
        return screen

    def pid(self) -> int:
        """Of the program."""
        return int(self._run("display-message", "-p", "#{pane_pid}"))

    def close(self) -> None:
        """End the program and its terminal."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, text=True, check=True).stdout
