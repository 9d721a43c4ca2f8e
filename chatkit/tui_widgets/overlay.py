"""What all screens that lie over the talk have in common."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

Result = TypeVar("Result")


class Overlay(ModalScreen[Result | None], Generic[Result]):
    """Ends with a result, or with None by Esc or by a click beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", show=False),
        # Before all others, or what is typed right behind it would go to the field that the keyboard is leaving: a
        # binding is looked up when the key has been through the field, and the next one is on its way there by then.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]

    def action_give_up(self) -> None:
        self.end(None)

    def on_click(self, event: events.Click) -> None:
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            self.action_give_up()

    def on_key(self, event: events.Key) -> None:
        """What was typed before there was something to type into is not lost."""
        field = self.focused
        if isinstance(field, Input) and event.is_printable:
            event.stop()
            field.post_message(events.Key(event.key, event.character))

    def end(self, result: Result | None) -> None:
        """Close the screen with ``result``, once."""
        if self.is_active:  # a second key may have been on its way when the first ended it
            self.dismiss(result)
