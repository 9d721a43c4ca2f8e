"""What opens over the talk. Each screen is imported when it is opened first, for a quick start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.screen import Screen

from chatkit.client import actions, emoji
from chatkit.client.actions import Target
from chatkit.client.address import AddressError
from chatkit.client.events import Panel
from chatkit.client.forms import Form
from chatkit.client.hub import Hub
from chatkit.client.model import Chat, Line, Room
from chatkit.client.places import Place, name_at
from chatkit.client.session import ListedRoom
from chatkit.tui_widgets.row_list import Key, Row

if TYPE_CHECKING:
    from chatkit.tui_widgets.places_screen import PlacesScreen

ROOMS_KEYS = "↑ ↓ choose · Enter joins · Esc closes"
FIND_ROOM = "Find a room"
REACT_KEYS = "↑ ↓ choose · Enter reacts · Esc closes"
REACT = "React with: a name, as heart"

Act = Callable[[str, Target], None]


class Panels:
    """Opens them over ``screen``, and does what was chosen there.

    ``act`` does an action by its id; ``write`` puts text where one types.
    """

    def __init__(
        self, screen: Screen[None], hub: Hub, act: Act, write: Callable[[str], object], *, software: str
    ) -> None:
        self._screen = screen
        self._hub = hub
        self._act = act
        self._write = write
        self._software = software
        self._places: PlacesScreen | None = None
        self._openers: dict[Panel, Callable[[str], None]] = {
            "palette": self._open_palette,
            "settings": lambda _: self._open_settings(),
            "keys": lambda _: self._open_keys(),
            "places": lambda _: self.open_places(""),
            "networks": lambda text: self._open_palette(text or "network"),
        }

    def open(self, name: Panel, text: str = "") -> None:
        """Open the panel of that name, with ``text`` typed into it."""
        if self._screen.is_current and name in self._openers:
            self._openers[name](text)

    def menu(self, target: Target, scope: str, at: Offset) -> None:
        """Offer what can be done with ``target``."""
        from chatkit.tui_widgets.menu_screen import MenuScreen

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self._act(action_id, target)

        if items := actions.menu(target, scope):
            self._screen.app.push_screen(MenuScreen(items, at), chosen)

    def ask(self, form: Form) -> None:
        """Ask a question, and the next one if there is one."""
        from chatkit.tui_widgets.form_screen import FormScreen

        self._screen.app.push_screen(FormScreen(form), lambda after: None if after is None else self.ask(after))

    def pick_reaction(self, room: Room, line: Line) -> None:
        """Ask for the emoji to react with; any other text will do too."""
        from chatkit.tui_widgets.picker import Picker

        def find(query: str) -> list[Row]:
            if not query.strip():
                return [Row(symbol, key=symbol) for symbol in emoji.USUAL]
            found = [Row(f"{symbol}  {name}", key=symbol) for name, symbol in emoji.find(query.strip())]
            return [*found, Row(f"“{query.strip()}”", badge="as a word", key=query.strip())]

        def chosen(text: Key | None) -> None:
            if text is not None:
                self._hub.react(room, line, str(text))

        self._screen.app.push_screen(Picker(find, placeholder=REACT, keys=REACT_KEYS), chosen)

    def list_rooms(self, chat: Chat, rooms: Sequence[ListedRoom]) -> None:
        """Offer the rooms of a network."""
        from chatkit.tui_widgets.picker import Picker

        def find(query: str) -> list[Row]:
            words = query.casefold().split()
            return [
                Row(room.name, badge=str(room.people), detail=room.topic, key=room.name)
                for room in rooms
                if all(word in f"{room.name} {room.topic}".casefold() for word in words)
            ]

        def chosen(name: Key | None) -> None:
            if name is not None:
                self._hub.join(chat, str(name))

        self._screen.app.push_screen(Picker(find, placeholder=FIND_ROOM, keys=ROOMS_KEYS), chosen)

    def open_places(self, name: str) -> None:
        """Ask where to go, under ``name`` if nothing else is said."""
        from chatkit.tui_widgets.places_screen import PlacesScreen

        def closed(_: None) -> None:
            self._places = None
            if not self._hub.chats:
                self._screen.app.exit()

        self._hub.look_for_places()
        name = name or (self._hub.chats[0].nick if self._hub.chats else "")

        def go(place: Place, typed: str) -> str:
            return self._go(place, name_at(place, typed, name))

        self._places = PlacesScreen(self._hub.places.list, name, go, alone=not self._hub.chats)
        self._screen.app.push_screen(self._places, closed)

    def places_changed(self) -> None:
        """There is another list of where one could go."""
        if self._places is not None:
            self._places.look_again()

    def _go(self, place: Place, name: str) -> str:
        try:
            self._hub.connect(self._hub.places.options(place, name, self._software))
        except AddressError as error:
            return str(error)
        return ""

    def _open_palette(self, text: str) -> None:
        from chatkit.tui_widgets.palette_screen import palette

        screen, offered = palette(self._hub, text)

        def chosen(number: Key | None) -> None:
            if number is not None:
                offered[int(number)].run()

        self._screen.app.push_screen(screen, chosen)

    def _open_settings(self) -> None:
        from chatkit.tui_widgets.settings_screen import SettingsScreen

        self._screen.app.push_screen(SettingsScreen(self._hub))

    def _open_keys(self) -> None:
        from chatkit.tui_widgets.help_screen import HelpScreen

        def closed(question_mark: bool | None) -> None:
            if question_mark:
                self._write("?")

        self._screen.app.push_screen(HelpScreen(), closed)
