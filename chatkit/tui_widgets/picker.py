"""A box in which one types, and a list below it of what fits: the palette, emoji, places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from chatkit.tui_widgets.overlay import Overlay
from chatkit.tui_widgets.row_list import Key, Row, RowList

Find = Callable[[str], Sequence[Row]]


class Picker(Overlay[Key]):
    """Ends with the key of the row that was picked. ``find`` gives the rows for what is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, find: Find, *, placeholder: str, text: str = "", keys: str = "") -> None:
        super().__init__()
        self._find = find
        self._input = Input(text, placeholder=placeholder, compact=True, max_length=200)
        self._list = RowList(always=True)
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

    def action_move(self, by: int) -> None:
        self._list.action_move(by)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._list.cursor = 0
        self.look_again()
        self._list.reveal(0)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self._list.chosen is not None:
            self.end(self._list.chosen)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        self.end(message.key)
