"""Where to go: networks that were saved, the last ones, servers nearby, or any address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from chatkit.client.places import Place, PlaceKind
from chatkit.tui_widgets.entry import Entry
from chatkit.tui_widgets.overlay import Overlay
from chatkit.tui_widgets.row_list import Row, RowList

KEYS = "↑ ↓ choose · Tab next field · Enter joins · Esc {}"
TITLES: dict[PlaceKind, str] = {
    "saved": "Your networks", "recent": "Where you were", "lan": "Near you", "here": "This computer",
}  # fmt: skip
NAMELESS = "Please type a name first."

Choose = Callable[[Place, str], str]


class PlacesScreen(Overlay[None]):
    """``choose`` gets the place and the name; what it returns is what is wrong with them, to be shown.

    ``alone``: there is nothing to go back to. Whichever field has the keyboard, the arrows move in the list and Enter
    goes where its cursor stands, or to the address that was typed.
    """

    def __init__(self, places: Callable[[], Sequence[Place]], name: str, choose: Choose, *, alone: bool) -> None:
        super().__init__(classes="-alone" if alone else None)
        self._keys = KEYS.format("leaves" if alone else "goes back")
        self._places = places
        self._choose = choose
        self._shown: tuple[Place, ...] = ()  # the numbers of the list are those of these
        self._list = RowList(always=True)
        move = self._list.action_move
        keys: dict[str, Callable[[], None]] = {"enter": self._enter, "up": partial(move, -1), "down": partial(move, 1)}
        self._nick = Entry(name, keys=keys, placeholder="your name", max_length=64)
        self._address = Entry(keys=keys, placeholder="chat.example.org, or host:port", max_length=300)
        self._wrong = Static(Content(""), classes="wrong")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("chatkit", classes="title")
            yield Static("Your name", classes="label")
            yield self._nick
            yield Static("Where do you want to go?", classes="label")
            yield self._list
            yield Static("Or type an address", classes="label")
            yield self._address
            yield self._wrong
            yield Static(Content.styled(self._keys, "$muted"))

    def on_mount(self) -> None:
        self.look_again()
        self._wrong.display = False
        self.set_focus(self._nick)  # with what stands there selected: whoever types, types a name

    def look_again(self) -> None:
        """The list may be another. The place that was marked stays so, as long as there is one."""
        marked = self._marked
        self._shown = tuple(self._places())
        rows = list(_rows(self._shown))
        self._list.styles.height = min(max(1, len(rows)), 12)
        self._list.show(rows)
        if marked in self._shown:
            self._list.put_cursor(self._shown.index(marked))

    @property
    def _marked(self) -> Place | None:
        return None if self._list.chosen is None else self._shown[int(self._list.chosen)]

    def _enter(self) -> None:
        address = self._address.value.strip()
        if address:
            self._go(Place("recent", address, address))
        elif self._marked is not None:
            self._go(self._marked)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        self._go(self._shown[int(message.key)])

    def _go(self, place: Place) -> None:
        name = self._nick.value.strip()
        if not name:
            self._complain(NAMELESS)
            self.set_focus(self._nick)
            return
        wrong = self._choose(place, name)
        if wrong:
            self._complain(wrong)
        else:
            self.end(None)

    def _complain(self, words: str) -> None:
        self._wrong.update(Content(words))
        self._wrong.display = True


def _rows(places: Sequence[Place]) -> Iterator[Row]:
    number = 0
    for kind, group in groupby(places, key=lambda place: place.kind):
        shown = list(group)
        if [place.name for place in shown] != [TITLES[kind]]:
            yield Row(TITLES[kind], look="heading")
        elif number:  # its heading would say no more than the row
            yield Row("")
        for place in shown:
            detail = place.address if place.address != place.name else ""
            yield Row(place.name, badge=f"as {place.nick}" if place.nick else "", detail=detail, key=number)
            number += 1
