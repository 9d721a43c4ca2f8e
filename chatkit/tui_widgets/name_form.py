"""The question for a name: before the first connection, and again whenever the server will not have it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

WELCOME = "Welcome! Under what name do you want to talk?"
EMPTY = "Please type a name: letters, digits, - and _"


class NameForm(ModalScreen[str | None]):
    """Ends with the name, or with None where the user would rather not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]

    def __init__(self, question: str, suggestion: str, where: str) -> None:
        super().__init__()
        self._question = question
        self._suggestion = suggestion
        self._where = where

    def compose(self) -> ComposeResult:
        with Vertical(id="name-box"):
            yield Static(Content.styled("chatkit", "bold $primary"))
            yield Static(Content.styled(self._where, "$muted"))
            yield Static(Content(self._question), id="name-question")
            yield Input(self._suggestion, placeholder="your name", select_on_focus=True, max_length=64)
            yield Button("Join", variant="primary", compact=True)
            yield Static(Content.assemble(("Enter", "bold"), " joins · ", ("Esc", "bold"), " leaves"), id="name-keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        self._answer()

    def on_button_pressed(self) -> None:
        self._answer()

    def action_give_up(self) -> None:
        self._end(None)

    def _answer(self) -> None:
        name = self.query_one(Input).value.strip()
        if name:
            self._end(name)
        else:
            self.query_one("#name-question", Static).update(Content(EMPTY))

    def _end(self, name: str | None) -> None:
        if self.is_active:  # a second key may have been on its way when the first ended it
            self.dismiss(name)
