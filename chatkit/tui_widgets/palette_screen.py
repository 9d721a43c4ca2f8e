"""The palette: any room, person, action, command or setting, found by typing a part of its name."""

from __future__ import annotations

from chatkit.client import actions
from chatkit.client.actions import Choice
from chatkit.client.hub import Hub
from chatkit.tui_widgets.keycaps import keycap
from chatkit.tui_widgets.picker import Picker
from chatkit.tui_widgets.row_list import Row

PLACEHOLDER = "Find a room, a person, an action, a setting"
KEYS = "↑ ↓ choose · Enter does it · Esc closes"


def palette(hub: Hub, text: str = "") -> tuple[Picker, list[Choice]]:
    """The screen, and the choices it offers at any moment: it ends with the number of one of them."""
    offered: list[Choice] = []

    def find(query: str) -> list[Row]:
        offered[:] = actions.palette(hub, query)
        return [_row(number, choice) for number, choice in enumerate(offered)]

    return Picker(find, placeholder=PLACEHOLDER, text=text, keys=KEYS), offered


def _row(number: int, choice: Choice) -> Row:
    badge = keycap(choice.key) or choice.kind
    return Row(choice.title, badge=badge, detail=choice.detail, strong=choice.ranges, key=number)
