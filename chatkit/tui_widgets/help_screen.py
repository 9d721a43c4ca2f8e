"""All keys and commands on one page, made from their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from chatkit.client.commands import COMMANDS
from chatkit.client.keys import KEYS
from chatkit.tui_widgets.keycaps import written
from chatkit.tui_widgets.overlay import Overlay

MOUSE = (
    ("Click", "a room to see it, a person for a talk between the two of you, a link to open it"),
    ("Right click", "what can be done with a room, a person or a message"),
    ("Wheel", "scrolls what is under it"),
    ("Drag", "marks text to copy with ^C"),
)
CLOSES = "Esc closes this page · ? types a question mark"


class HelpScreen(Overlay[bool]):
    """Ends with whether the user wanted to type a question mark instead."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help-box"):
            yield Static(Content.styled(CLOSES, "$muted"))
            for heading, rows in (*_keys(), ("Mouse", MOUSE), ("Commands", _commands())):
                yield Static(heading, markup=False, classes="heading")
                yield Static(_table(rows))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_key(self, event: events.Key) -> None:
        if event.character == "?" or event.key in ("q", "enter", "f1"):
            event.stop()
            self.end(event.character == "?")


def _keys() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    shown = (key for key in KEYS if key.tui)
    for group, keys in groupby(shown, lambda key: key.group):
        yield group, [(", ".join(map(written, key.tui)), key.words) for key in keys]


def _commands() -> Iterator[tuple[str, str]]:
    return ((f"/{row.name} {row.usage}", row.help) for row in COMMANDS.values())


def _table(rows: Iterable[tuple[str, str]]) -> Table:
    """Two columns, of which the right one wraps within itself."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", min_width=24, max_width=34)
    table.add_column(ratio=1)
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table
