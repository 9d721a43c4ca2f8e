"""The line of text that one types into, on a screen that lies over the talk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from textual import events
from textual.screen import Screen
from textual.widgets import Input


class Entry(Input):
    """``keys`` act at once, so that each key finds what the one before it has done.

    Textual would look up a binding, or post a message, only after what was typed right behind it was put in. And what
    is typed right behind a key that leads elsewhere goes there; to another screen no key does but text, for nobody has
    seen that screen yet, and none at all where ``is_last``.
    """

    def __init__(
        self,
        value: str = "",
        *,
        keys: Mapping[str, Callable[[], None]],
        placeholder: str = "",
        password: bool = False,
        max_length: int = 2000,
        is_last: bool = False,
    ) -> None:
        super().__init__(value, placeholder, password=password, max_length=max_length, compact=True)
        self._keys = keys
        self._is_last = is_last
        self._home: Screen[Any] | None = None  # where it stands; a screen that was left is no one's any more
        self._was_left = False  # by one of the keys, while others were on their way here

    def on_focus(self) -> None:
        self._home, self._was_left = self.screen, False

    def on_key(self, event: events.Key) -> None:
        if self._was_left:
            self._hand_on(events.Key(event.key, event.character))
        elif event.key in self._keys:
            self._keys[event.key]()
            self._was_left = self.app.focused is not self
        else:
            return
        event.stop()
        event.prevent_default()

    def _hand_on(self, key: events.Key) -> None:
        other = self.app.focused
        may = self.app.screen is self._home or (key.is_printable and not self._is_last)
        if other is not None and may:
            other.post_message(key)
