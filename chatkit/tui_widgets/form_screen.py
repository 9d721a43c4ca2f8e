"""A question of the client core as a dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Select, Static, TextArea

from chatkit.client.forms import NO, YES, Field, Form
from chatkit.tui_widgets.entry import Entry
from chatkit.tui_widgets.overlay import Overlay

CANCEL = "Cancel"
HEIGHTS: list[tuple[int, str]] = [(0, "-low"), (30, "-high")]  # style classes by the rows that a screen has at least
AROUND = 8  # rows that border, title, buttons and what is wrong take
MISSING = "Please fill in: {}"


class FormScreen(Overlay[Form]):
    """Ends with the form to ask next, if there is one. What is filled in goes to ``form.submit``.

    Title and buttons are always in sight; where the screen is low, the fields stand closer.
    """

    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._entries = [_entry(field, partial(self._next, number)) for number, field in enumerate(form.fields, 1)]
        self._wrong = Static(Content(""), classes="wrong")

    def compose(self) -> ComposeResult:
        form = self._form
        with Vertical(classes="box -danger" if form.danger else "box"):
            yield Static(Content(form.title), classes="title")
            with VerticalScroll(can_focus=False):
                if form.text:
                    yield Static(Content(form.text), classes="text")
                for field, entry in zip(form.fields, self._entries, strict=True):
                    with Vertical(classes="field"):
                        if field.kind != "yesno":
                            yield Static(Content(field.label), classes="label")
                        yield entry
                        if field.help:
                            yield Static(Content(field.help), classes="help")
            yield self._wrong
            with Horizontal(classes="buttons"):
                yield from self._buttons()

    def _buttons(self) -> Iterator[Button]:
        form = self._form
        yield Button(Content(form.button), variant="error" if form.danger else "primary", compact=True, id="submit")
        for number, (word, _) in enumerate(form.also):
            yield Button(Content(word), compact=True, id=f"also-{number}")
        yield Button(CANCEL, compact=True, id="cancel")

    def on_mount(self) -> None:
        self._wrong.display = False
        if self._form.danger:
            self.query_one("#cancel").focus()
        elif self._entries:
            self.set_focus(self._entries[0])
        else:
            self.query_one("#submit").focus()

    def on_resize(self) -> None:
        self.query_one(VerticalScroll).styles.max_height = max(1, self.size.height - AROUND)

    def action_give_up(self) -> None:
        if self.is_active and self._form.cancel is not None:
            self._form.cancel()
        self.end(None)

    def _next(self, number: int) -> None:
        """Enter goes on to the next field that is empty, which is one from ``number`` on, or submits."""
        later = self._entries[number:]
        waiting = next((entry for entry in later if isinstance(entry, Entry) and not entry.value), None)
        if waiting is not None:
            self.set_focus(waiting)
        else:
            self._submit()

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        name = message.button.id or ""
        if name == "submit":
            self._submit()
        elif name == "cancel":
            self.action_give_up()
        elif self.is_active:
            self._form.also[int(name.removeprefix("also-"))][1]()
            self.end(None)

    def _submit(self) -> None:
        values = {field.key: _value(entry) for field, entry in zip(self._form.fields, self._entries, strict=True)}
        for field, entry in zip(self._form.fields, self._entries, strict=True):
            if not field.optional and not values[field.key].strip():
                self._wrong.update(Content(MISSING.format(field.label)))
                self._wrong.display = True
                self.set_focus(entry)
                return
        if self.is_active:
            self.end(self._form.submit(values))


def _entry(field: Field, on_enter: Callable[[], None]) -> Widget:
    """What a field is filled in with."""
    if field.kind == "yesno":
        return Checkbox(Content(field.label), field.value == YES, compact=True)
    if field.kind == "choice":
        options = [(Content(choice), choice) for choice in field.choices]
        value = field.value if field.value in field.choices else field.choices[0]
        return Select(options, allow_blank=False, value=value, compact=True)
    if field.kind == "area":
        return TextArea(field.value, compact=True)
    return Entry(field.value, keys={"enter": on_enter}, password=field.kind == "password")


def _value(entry: Widget) -> str:
    if isinstance(entry, Checkbox):
        return YES if entry.value else NO
    if isinstance(entry, Select):
        return str(entry.value)
    if isinstance(entry, TextArea):
        return entry.text
    return entry.value if isinstance(entry, Entry) else ""
