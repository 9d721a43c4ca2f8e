"""The last row of the screen: how the connection is, in words, and which keys help."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from chatkit.client.model import Chat, LinkState, Security, Status
from chatkit.tui_widgets.wrapping import cells, clip

Key = tuple[str, str]  # as it is written, and what it does

GAP = 2
SLOW = 1000  # milliseconds from a line to its answer that are worth a warning
SIGNS: dict[LinkState, tuple[str, str]] = {
    "online": ("●", "$success"),
    "connecting": ("◌", "$warning"),
    "offline": ("○", "$error"),
}
SECURITY: dict[Security, str] = {"": "not encrypted", "pinned": "encrypted", "vouched": "encrypted", "local": ""}
# What is left out first where the screen is narrow stands last.
KEYS: tuple[Key, ...] = (("F1", "help"), ("^K", "find"), ("Tab", "complete"), ("^N ^P", "rooms"), ("^Q", "quit"))


class StatusBar(Widget):
    """Counts down by itself while it waits to reconnect. A ``hint`` takes the place of all words while there is one;
    ``deeds``, which keys do what to the selected message, take that of both."""

    chat: reactive[Chat | None] = reactive(None, always_update=True)
    hint: reactive[str] = reactive("")
    deeds: reactive[tuple[Key, ...]] = reactive(())
    quiet: reactive[bool] = reactive(False)  # whether the user is not to be disturbed

    def on_mount(self) -> None:
        self.set_interval(0.5, self._tick)

    def watch_chat(self, chat: Chat | None) -> None:
        self.set_class(chat is not None and chat.status.state == "offline", "-offline")

    def render(self) -> Content:
        if self.chat is None:
            return Content("")
        sign, colour = SIGNS[self.chat.status.state]
        if self.deeds:
            return Content.assemble((sign, colour), " ", *_written(_shortened(self.deeds, self.size.width - 2)))
        words = self.hint or " · ".join(_words(self.chat, quiet=self.quiet))
        words = clip(words, self.size.width - cells(sign) - 1)
        space = self.size.width - cells(f"{sign} {words}")
        keys = [] if self.hint else list(_fitting(KEYS, space - GAP))
        fill = " " * (space - sum(map(_width, keys)))
        return Content.assemble((sign, colour), f" {words}{fill}", *_written(keys))

    def _tick(self) -> None:
        if self.chat is not None and self.chat.status.retry_at is not None:
            self.refresh()


def status_words(status: Status, now: float) -> str:
    """How the connection is, and when it is tried again."""
    if status.state != "offline":
        return status.text
    if status.retry_at is None:
        return f"{status.text} · /reconnect tries again"
    seconds = max(0, math.ceil(status.retry_at - now))
    return f"{status.text} · " + (f"reconnecting in {seconds} s" if seconds else "reconnecting…")


def _words(chat: Chat, *, quiet: bool) -> Iterator[str]:
    """What is worth knowing at all times, the most important first."""
    yield status_words(chat.status, time.monotonic())
    if chat.status.state == "online":
        if chat.away:
            yield "you are away"
        if quiet:
            yield "do not disturb"
        if SECURITY[chat.security]:
            yield SECURITY[chat.security]
        if chat.lag_ms is not None:
            yield f"{chat.lag_ms} ms" if chat.lag_ms < SLOW else f"slow: {chat.lag_ms / 1000:.1f} s"


def _fitting(keys: Iterable[Key], width: int) -> Iterator[Key]:
    for key in keys:
        width -= _width(key)
        if width < 0:
            return
        yield key


def _shortened(keys: Sequence[Key], width: int) -> list[Key]:
    """Without what is too much before the last one, which says how to get out."""
    *others, last = keys
    return [*_fitting(others, width + GAP - _width(last)), last]


def _width(key: Key) -> int:
    return cells(" ".join(key)) + GAP


def _written(keys: Iterable[Key]) -> Iterator[tuple[str, str]]:
    for cap, what in keys:
        yield cap, "bold"
        yield f" {what}{' ' * GAP}", "$muted"
