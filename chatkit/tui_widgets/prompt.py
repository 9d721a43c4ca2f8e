"""Where the user types: the own name, and a field that grows with what is in it."""

from __future__ import annotations

from collections.abc import Callable
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

    def __init__(self, complete: Complete) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder=PLACEHOLDER)
        self._complete = complete
        self._inputs = InputHistory()

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self._send()
        elif event.character == "?" and not self.text:
            self.post_message(self.HelpWanted())
        else:
            return
        event.stop()
        event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Home and End to the talk while there is no text to move in."""
        if action in ("cursor_line_start", "cursor_line_end") and not self.text:
            return False
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        row, column = self.cursor_location
        before = sum(len(line) + 1 for line in self.text.split("\n")[:row])
        done = self._complete(self.text, before + column)
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
        text = self.text
        self.put("")
        if text.strip():
            self._inputs.add(text)
            self.post_message(self.Sent(text))


class OwnNick(Widget):
    """What the user is called, in the colour that others see."""

    nick: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        colour = nick_style(self.nick, dark=self.app.current_theme.dark).color
        return Content.assemble((self.nick, f"bold {colour.name if colour else ''}"), (" ❯", "$muted"))


class Prompt(Horizontal):
    """The field with the own name before it, and on the line above them what arrived below the place one reads."""

    class EndWanted(Message):
        """The user clicked the word of what arrived below."""

    def __init__(self, nick: str, complete: Complete) -> None:
        super().__init__()
        self._nick = OwnNick()
        self._nick.nick = nick
        self._room_id: int | None = None
        self._drafts: dict[int, str] = {}  # by room id
        self.field = PromptField(complete)

    def compose(self) -> ComposeResult:
        yield self._nick
        yield self.field

    def show_nick(self, nick: str) -> None:
        """The user is called ``nick`` now."""
        self._nick.nick = nick

    def show_room(self, room: Room) -> None:
        """What is typed is for ``room`` now. Every room keeps what was begun in it."""
        if self._room_id is not None:
            self._drafts[self._room_id] = self.field.text
        if room.id != self._room_id:
            self._room_id = room.id
            self.field.put(self._drafts.pop(room.id, ""))

    def show_below(self, count: int) -> None:
        """Say that ``count`` messages arrived below what the user looks at."""
        self.border_title = f"↓ {count} new below · End" if count else ""

    def on_click(self, event: events.Click) -> None:
        if event.screen_y == self.region.y:
            self.post_message(self.EndWanted())
