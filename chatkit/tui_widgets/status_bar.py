"""The last row of the screen: how the connection is, in words, and which keys help."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from chatkit.client.model import LinkState, Status
from chatkit.tui_widgets.wrapping import cells, clip

GAP = 2
SIGNS: dict[LinkState, tuple[str, str]] = {
    "online": ("●", "$success"),
    "connecting": ("◌", "$warning"),
    "offline": ("○", "$error"),
}
# What is left out first where the screen is narrow stands last.
KEYS = (("F1", "help"), ("Tab", "complete"), ("^N ^P", "rooms"), ("PgUp", "scroll"), ("^Q", "quit"))


class StatusBar(Widget):
    """Counts down by itself while it waits to reconnect. A ``hint`` takes the place of all words while there is one."""

    status: reactive[Status] = reactive(Status("connecting", ""))
    hint: reactive[str] = reactive("")

    def on_mount(self) -> None:
        self.set_interval(0.5, self._tick)

    def watch_status(self, status: Status) -> None:
        self.set_class(status.state == "offline", "-offline")

    def render(self) -> Content:
        sign, colour = SIGNS[self.status.state]
        words = self.hint or status_words(self.status, time.monotonic())
        words = clip(words, self.size.width - cells(sign) - 1)
        space = self.size.width - cells(f"{sign} {words}")
        keys = [] if self.hint else list(_fitting(space - GAP))
        fill = " " * (space - sum(cells(f"{key} {what}") + GAP for key, what in keys))
        hints = [part for key, what in keys for part in ((key, "bold"), (f" {what}{' ' * GAP}", "$muted"))]
        return Content.assemble((sign, colour), f" {words}{fill}", *hints)

    def _tick(self) -> None:
        if self.status.retry_at is not None:
            self.refresh()


def status_words(status: Status, now: float) -> str:
    """How the connection is, and when it is tried again."""
    if status.state != "offline":
        return status.text
    if status.retry_at is None:
        return f"{status.text} · /reconnect tries again"
    seconds = max(0, math.ceil(status.retry_at - now))
    return f"{status.text} · " + (f"reconnecting in {seconds} s" if seconds else "reconnecting…")


def _fitting(width: int) -> Iterator[tuple[str, str]]:
    for key, what in KEYS:
        width -= cells(f"{key} {what}") + GAP
        if width < 0:
            return
        yield key, what
