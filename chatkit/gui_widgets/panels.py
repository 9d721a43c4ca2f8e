"""What opens over the window or beside it: palette, search, settings, places, lists of rooms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import actions, emoji, events
from chatkit.client.actions import Choice
from chatkit.client.finder import Hit, Search
from chatkit.client.forms import Form
from chatkit.client.hub import Hub
from chatkit.client.model import Room
from chatkit.gui_widgets.menus import Menus
from chatkit.gui_widgets.settings_window import KEYS, NETWORKS, TITLES, SettingsWindow

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow

MOST_EMOJI = 60  # shown at once
MOST_ROOMS = 500  # of a server's list, shown at once


class Panels:
    """Opens them, and closes them in the order in which Escape should."""

    def __init__(self, view: MainWindow, hub: Hub, menus: Menus) -> None:
        self.view = view
        self.hub = hub
        self.menus = menus
        self.settings: SettingsWindow | None = None
        self._search: Search | None = None
        self._open: dict[events.Panel, Callable[[str], None]] = {
            "palette": self.open_palette,
            "search": self.open_search,
            "settings": lambda text: self.open_settings(TITLES["appearance"]),
            "networks": lambda text: self.open_settings(NETWORKS),
            "keys": lambda text: self.open_settings(KEYS),
            "places": lambda text: self.open_places(),
        }
        self._wire()

    def open(self, name: events.Panel, text: str = "") -> None:
        """Open one of them."""
        self._open[name](text)

    def ask(self, form: Form) -> None:
        """Ask in the window that the user looks at."""
        window = self.settings
        here = self.view.root.focus_get()
        if window is not None and window.winfo_exists() and here is not None and here.winfo_toplevel() is window:
            window.card.ask(form)
        else:
            self.view.card.ask(form)

    def open_palette(self, text: str = "") -> None:
        """To find anything."""
        self.view.palette.find = lambda query: actions.palette(self.hub, query)
        self.view.palette.open(text)

    def open_search(self, text: str = "") -> None:
        """To find what was said; again: in all rooms."""
        self.view.search.list.hours24 = self.hub.settings.appearance.clock == "24"
        self.view.search.open(before=self.view.talk, query=text or None)

    def open_settings(self, page: str) -> None:
        """In a window of their own."""
        if self.settings is None or not self.settings.winfo_exists():
            self.settings = SettingsWindow(self.view.root, self.view.look, lambda: self.hub.settings)
            self.settings.on_set = self.hub.set
            self.settings.networks = self.menus.networks
            self.settings.on_add_network = lambda: self.menus.do("new_network", actions.Target(self.hub.focus))
            self.settings.trouble = self.hub.kept.settings.trouble
        self.settings.open_page(page)
        self.settings.lift()
        self.settings.focus_set()

    def refresh_settings(self) -> None:
        """Something of what their window lists may be another."""
        if self.settings is not None and self.settings.winfo_exists():
            self.settings.refresh()

    def pick_emoji(self, on_choice: Callable[[str], None]) -> None:
        """Find one by its name."""

        def find(query: str) -> list[Choice]:
            found = emoji.find(query, MOST_EMOJI) if query else tuple(("", symbol) for symbol in emoji.USUAL)
            return [
                Choice(f"{symbol}  {name}", "emoji", lambda symbol=symbol: on_choice(symbol))  # type: ignore[misc]  # mypy can't infer it
                for name, symbol in found
            ]

        self.view.palette.find = find
        self.view.palette.open()

    def open_places(self) -> None:
        """To go somewhere else too."""
        self.hub.look_for_places()
        self.view.ask_place(self.hub, must=False)

    def list_rooms(self, event: events.RoomListed) -> None:
        """Choose one of the server's rooms."""
        choices = [
            Choice(
                title=room.name,
                kind="room",
                run=lambda room=room: self.hub.join(event.chat, room.name),  # type: ignore[misc]  # mypy can't infer it
                detail=f"{room.people} · {room.topic}" if room.topic else str(room.people),
            )
            for room in event.rooms[:MOST_ROOMS]
        ]

        def find(query: str) -> list[Choice]:
            wanted = query.casefold()
            return [choice for choice in choices if wanted in f"{choice.title} {choice.detail}".casefold()]

        self.view.palette.find = find
        self.view.palette.open()

    def close_top(self) -> bool:
        """Close what lies on top. Returns whether there was anything."""
        view = self.view
        for panel in (view.emoji, view.palette):
            if panel.shown:
                panel.close()
                return True
        if view.card.shown:
            view.card.cancel()
            return True
        if view.places.shown:
            view.places.cancel()
            return True
        if view.search.shown:
            view.search.close()
            return True
        return False

    @property
    def covered(self) -> bool:
        """Whether something lies over what the keys act on."""
        view = self.view
        return view.card.shown or view.palette.shown or view.places.shown or view.emoji.shown

    # Searching.

    def _begin_search(self, everywhere: bool) -> None:
        room: Room | None = None if everywhere else self.hub.focus
        self._search = self.hub.search(room)

    def _find(self, query: str) -> tuple[Hit, ...]:
        return self._search.find(query) if self._search is not None else ()

    def _ask_server(self, query: str) -> None:
        room = self.hub.focus
        if room is not None and "search" in room.chat.can:
            where = None if self.view.search.everywhere else room
            self.hub.act(room.chat, lambda core: core.finder.ask(where, query))

    def _wire(self) -> None:
        search, palette = self.view.search, self.view.palette
        search.on_open = self._begin_search
        search.find = self._find
        search.ask_server = self._ask_server
        search.on_hit = self.hub.go_to
        back = self.view.composer.text.focus_set
        search.on_closed = palette.on_closed = self.view.card.on_closed = back
        self.view.places.on_closed = self.view.emoji.on_closed = back
