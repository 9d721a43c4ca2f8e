"""Where the user types: the own name, and a field that grows with what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import TextArea

from chatkit.client.completion import Completion
from chatkit.client.input_history import InputHistory
from chatkit.client.model import Room
from chatkit.tui_widgets.palette import nick_style

PLACEHOLDER = "Type a message, or / for commands"

Complete = Callable[[str, int], Completion]


class PromptField(TextArea):
    """Enter sends; Alt+Enter begins another line; Tab completes; Up and Down bring back what was sent before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False),
        Binding("up", "earlier", show=False),
        Binding("down", "later", show=False),
        Binding("alt+enter,shift+enter,ctrl+j", "line_break", show=False),
    ]

    class Sent(Message):
        """The user sent ``text``."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Offered(Message):
        """Completion had these candidates."""

        def __init__(self, candidates: tuple[str, ...]) -> None:
            super().__init__()
            self.candidates = candidates

    class HelpWanted(Message):
        """The user typed ``?`` into the empty field."""

    def __init__(self, complete: Complete, inputs: InputHistory) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder=PLACEHOLDER)
        self._complete = complete
        self._inputs = inputs

    async def on_key(self, event: events.Key) -> None:
        action = ACTIONS.get(event.key)
        if event.key == "enter":
            self._send()
        elif event.character == "?" and not self.text:
            self.post_message(self.HelpWanted())
        elif action is not None and self.check_action(action.partition("(")[0], ()):
            # At once: a binding is looked up after the key went up to the app, and the next letter, which is put in at
            # once, would come before what Backspace takes away.
            await self.run_action(action)
        else:
            return
        event.stop()
        event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Home and End to the talk while there is no text to move in."""
        if action in ("cursor_line_start", "cursor_line_end") and not self.text:
            return False
        return super().check_action(action, parameters)

    @property
    def cursor(self) -> int:
        """How many characters stand before the cursor."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.text.split("\n")[:row]) + column

    def action_complete(self) -> None:
        done = self._complete(self.text, self.cursor)
        if done.text != self.text:
            self.put(done.text, done.cursor)
        self.post_message(self.Offered(done.candidates))

    def action_earlier(self) -> None:
        if self.cursor_at_first_line:
            self._recall(self._inputs.back(self.text))
        else:
            self.action_cursor_up()

    def action_later(self) -> None:
        if self.cursor_at_last_line:
            self._recall(self._inputs.forward(self.text))
        else:
            self.action_cursor_down()

    def action_line_break(self) -> None:
        self.insert("\n")

    def put(self, text: str, cursor: int | None = None) -> None:
        """Replace what is in the field; the cursor goes to its end if nothing else is said."""
        self.load_text(text)
        before = text[:cursor].split("\n")
        self.move_cursor((len(before) - 1, len(before[-1])))

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self.put(text)

    def _send(self) -> None:
        if self.text.strip():
            self.post_message(self.Sent(self.text))  # before the field changes: what is sent is no draft that was wiped
        self.put("")


def _actions(*bindings: BindingType) -> Iterator[tuple[str, str]]:
    """What each key does."""
    for binding in bindings:
        if isinstance(binding, Binding):
            yield from ((key, binding.action) for key in binding.key.split(","))


ACTIONS = dict(_actions(*TextArea.BINDINGS, *PromptField.BINDINGS))


class OwnNick(Widget):
    """What the user is called, in the colour that others see."""

    nick: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        colour = nick_style(self.nick, dark=self.app.current_theme.dark).color
        return Content.assemble((self.nick, f"bold {colour.name if colour else ''}"), (" ❯", "$muted"))


class Prompt(Horizontal):
    """The field with the own name before it."""

    def __init__(self, complete: Complete, inputs: InputHistory) -> None:
        super().__init__()
        self._nick = OwnNick()
        self._room: Room | None = None
        self.field = PromptField(complete, inputs)

    def compose(self) -> ComposeResult:
        yield self._nick
        yield self.field

    def show_nick(self, nick: str) -> None:
        """The user is called ``nick`` now."""
        self._nick.nick = nick

    def show_room(self, room: Room) -> None:
        """What is typed is for ``room`` now. Every room keeps what was begun in it."""
        self.show_nick(room.chat.nick)
        if room is not self._room:
            self._room = room
            self.field.put(room.draft)
