"""All settings, changed where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from chatkit.client import settings
from chatkit.client.forms import Field, Form
from chatkit.client.hub import Hub
from chatkit.client.settings import SettingError
from chatkit.tui_widgets.form_screen import FormScreen
from chatkit.tui_widgets.overlay import Overlay
from chatkit.tui_widgets.row_list import Row, RowList

KEYS = "↑ ↓ choose · Enter, ← → change · Esc closes"
HEADINGS = {"appearance": "Appearance", "talk": "Talk", "alerts": "Notifications"}
ELSEWHERE = frozenset({"appearance.font", "appearance.font_size"})  # what a terminal has no say in


class SettingsScreen(Overlay[None]):
    """What is changed holds at once, so there is nothing to confirm."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("f8", "give_up", show=False),
    ]

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._list = RowList(always=True)
        self._help = Static(Content(""), classes="help")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Settings", classes="title")
            yield self._list
            yield self._help
            yield Static(Content.styled(KEYS, "$muted"))

    def on_mount(self) -> None:
        self._list.focus()
        self.look_again()

    def look_again(self) -> None:
        """The settings may be others."""
        self._list.show(list(_rows(self._hub)))
        self._explain()

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._explain()

    def action_turn(self, by: int) -> None:
        row = settings.BY_KEY.get(str(self._list.chosen))
        if row is not None and row.kind in ("yesno", "choice"):
            self._turn(row, by)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        row = settings.BY_KEY[str(message.key)]
        if row.kind in ("yesno", "choice"):
            self._turn(row, 1)
        else:
            self.app.push_screen(FormScreen(self._form(row)), self._ask_again)

    def _ask_again(self, form: Form | None) -> None:
        if form is not None:
            self.app.push_screen(FormScreen(form), self._ask_again)

    def _turn(self, row: settings.Row, by: int) -> None:
        value = settings.value_of(self._hub.settings, row.key)
        if row.kind == "yesno":
            self._set(row, not value)
        else:
            self._set(row, row.choices[(row.choices.index(value) + by) % len(row.choices)])

    def _set(self, row: settings.Row, value: object) -> str:
        """Returns what is wrong with it."""
        try:
            self._hub.set(row.key, value)
        except SettingError as error:
            self._help.update(Content(str(error)))
            return str(error)
        self.look_again()
        return ""

    def _form(self, row: settings.Row, wrong: str = "") -> Form:
        def submit(values: dict[str, str]) -> Form | None:
            try:
                found = self._set(row, settings.from_text(row.key, values["value"]))
            except SettingError as error:
                found = str(error)
            return self._form(row, found) if found else None

        value = settings.written(self._hub.settings, row.key)
        return Form(row.title, wrong or row.help, "Save", submit, (Field("value", row.title, value, optional=True),))

    def _explain(self) -> None:
        row = settings.BY_KEY.get(str(self._list.chosen))
        self._help.update(Content(row.help if row is not None else ""))


def _rows(hub: Hub) -> Iterator[Row]:
    shown = (row for row in settings.ROWS if row.key not in ELSEWHERE)
    for number, (section, rows) in enumerate(groupby(shown, lambda row: row.section)):
        if number:
            yield Row("")
        yield Row(HEADINGS.get(section, section.title()), look="heading")
        for row in rows:
            value = settings.written(hub.settings, row.key) or "–"
            yield Row(row.title, badge=value, badge_look="value", key=row.key)
