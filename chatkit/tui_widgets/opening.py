"""Whether a link can be opened where the program runs: not at the far end of an ssh session."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def can_open(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether there is a desktop. Without one Python would start a browser for terminals, in this very one."""
    if environ.get("SSH_CONNECTION"):
        return False
    return platform in ("darwin", "win32") or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
