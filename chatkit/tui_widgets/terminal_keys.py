"""Keys that terminals write in a way that Textual takes for another."""

from __future__ import annotations

from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys

ALT_ENTER = "\x1b\r"  # xterm, tmux and most others; only kitty's protocol has a sequence that says what it is


def learn() -> None:
    """Take Alt+Enter for ^J, which begins another line, rather than for Enter, which sends half a message."""
    cast(dict[str, Any], ANSI_SEQUENCES_KEYS)[ALT_ENTER] = (Keys.ControlJ,)  # it is a dict, but not said to be one
