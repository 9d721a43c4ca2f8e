"""All keys and commands on one page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chatkit.client.commands import COMMANDS

KEYS = (
    ("Enter", "send"),
    ("Alt+Enter, ^J", "begin another line of the same message"),
    ("Tab", "complete a name, a room or a command; again for the next"),
    ("Up, Down", "bring back what you sent before"),
    ("PgUp, PgDn", "scroll the talk; older messages load at its top"),
    ("^Home, ^End", "go to the oldest, to the newest message"),
    ("Esc", "back to the newest message"),
    ("^N, ^P", "next room, previous room (also Alt+Down, Alt+Up)"),
    ("^R", "send again what was not sent"),
    ("F2, F3", "hide or show the rooms, the people"),
    ("F4", "light or dark colours"),
    ("F1, ?", "this page; ? while nothing is typed"),
    ("^Q, ^C", "quit; ^C copies while text is marked"),
)
MOUSE = (
    ("Click", "a room to see it, a person for a talk between the two of you"),
    ("Wheel", "scrolls what is under it"),
    ("Drag", "marks text to copy"),
)
CLOSES = "Esc closes this page · ? types a question mark"


class HelpScreen(ModalScreen[bool]):
    """Ends with whether the user wanted to type a question mark instead."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help-box"):
            yield Static(Content.styled(CLOSES, "$muted"))
            for heading, rows in (("Keys", KEYS), ("Mouse", MOUSE), ("Commands", _commands())):
                yield Static(heading, markup=False, classes="heading")
                yield Static(_table(rows))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_key(self, event: events.Key) -> None:
        if event.character == "?" or event.key in ("escape", "q", "enter", "f1"):
            event.stop()
            self._end(event.character == "?")

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self._end(False)

    def _end(self, wants_question_mark: bool) -> None:
        if self.is_active:  # a second key may have been on its way when the first ended it
            self.dismiss(wants_question_mark)


def _commands() -> Iterator[tuple[str, str]]:
    return ((f"/{row.name} {row.usage}", row.help) for row in COMMANDS.values())


def _table(rows: Iterable[tuple[str, str]]) -> Table:
    """Two columns, of which the right one wraps within itself."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", max_width=34)
    table.add_column(ratio=1)
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table
