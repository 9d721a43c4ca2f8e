"""The line of text that one types into, on a screen that lies over the talk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events
from textual.widgets import Input


class Entry(Input):
    """``keys`` act at once, so that each key finds what the one before it has done.

    Textual would look up a binding, or post a message, only after what was typed right behind it was put in. And what
    is typed right behind a key that leads elsewhere goes there.
    """

    def __init__(
        self,
        value: str = "",
        *,
        keys: Mapping[str, Callable[[], None]],
        placeholder: str = "",
        password: bool = False,
        max_length: int = 2000,
    ) -> None:
        super().__init__(value, placeholder, password=password, max_length=max_length, compact=True)
        self._keys = keys
        self._was_left = False  # by one of the keys, while others were on their way here

    def on_focus(self) -> None:
        self._was_left = False

    def on_key(self, event: events.Key) -> None:
        if self._was_left:
            if self.app.focused is not None:
                self.app.focused.post_message(events.Key(event.key, event.character))
        elif event.key in self._keys:
            self._keys[event.key]()
            self._was_left = self.app.focused is not self
        else:
            return
        event.stop()
        event.prevent_default()
