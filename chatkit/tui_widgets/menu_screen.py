"""A menu beside what it is about: what can be done with a message, a person, a room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Offset

from chatkit.client.actions import Action
from chatkit.tui_widgets.keycaps import keycap
from chatkit.tui_widgets.overlay import Overlay
from chatkit.tui_widgets.row_list import Row, RowList
from chatkit.tui_widgets.wrapping import cells

FRAME = 4  # cells of border and padding


class MenuScreen(Overlay[str]):
    """Ends with the id of the action that was chosen. ``at`` is where on the screen it opens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("m,f10", "give_up", show=False)]

    def __init__(self, items: Sequence[Action | None], at: Offset) -> None:
        super().__init__()
        self._rows = [_row(item) for item in items]
        self._at = at
        self._list = RowList(always=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._list

    def on_mount(self) -> None:
        width = max(cells(row.name) + cells(row.badge) + FRAME + 4 for row in self._rows)
        height = min(len(self._rows) + 2, self.app.size.height)
        box = self.query_one(Vertical)
        box.styles.width, box.styles.height = min(width, self.app.size.width), height
        box.styles.offset = (
            max(0, min(self._at.x, self.app.size.width - width)),
            max(0, min(self._at.y, self.app.size.height - height)),
        )
        self._list.show(self._rows)
        self.set_focus(self._list)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        self.end(str(message.key))


def _row(item: Action | None) -> Row:
    if item is None:
        return Row("")
    return Row(item.title, badge=keycap(item.id), look="danger" if item.danger else "plain", key=item.id)
