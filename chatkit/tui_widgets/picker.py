"""A box in which one types, and a list below it of what fits: the palette, emoji, places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from chatkit.tui_widgets.entry import Entry
from chatkit.tui_widgets.overlay import Overlay
from chatkit.tui_widgets.row_list import Key, Row, RowList

MOVES = {"up": -1, "ctrl+p": -1, "down": 1, "ctrl+n": 1, "pageup": -10, "pagedown": 10}  # keys, and by how many rows

Find = Callable[[str], Sequence[Row]]


class Picker(Overlay[Key]):
    """Ends with the key of the row that was picked. ``find`` gives the rows for what is typed."""

    def __init__(self, find: Find, *, placeholder: str, text: str = "", keys: str = "") -> None:
        super().__init__()
        self._find = find
        by_key: dict[str, Callable[[], None]] = {key: partial(self._move, by) for key, by in MOVES.items()}
        by_key["enter"] = self._enter
        self._input = Entry(text, keys=by_key, placeholder=placeholder, max_length=200, is_last=True)
        self._list = RowList(always=True)
        self._found_for = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._input
            yield self._list
            if self._keys:
                yield Static(Content.styled(self._keys, "$muted"), classes="keys")

    def on_mount(self) -> None:
        self._list.can_focus = False
        self.set_focus(self._input)
        self.look_again()

    def look_again(self) -> None:
        """What fits may be something else now."""
        self._list.show(self._find(self._input.value))

    @on(Input.Changed)
    def _find_typed(self) -> None:
        """Show what fits what is typed by now, unless that is shown."""
        if self._input.value != self._found_for:
            self._found_for = self._input.value
            self._list.cursor = 0
            self.look_again()
            self._list.reveal(0)

    def _move(self, by: int) -> None:
        self._find_typed()
        self._list.action_move(by)

    def _enter(self) -> None:
        self._find_typed()
        if self._list.chosen is not None:
            self.end(self._list.chosen)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        self.end(message.key)
