"""The window: rooms, talk and people side by side in panes that can be resized; status below; questions on top."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable

import ttkbootstrap

from chatkit.client.address import AddressError
from chatkit.client.forms import Field, Form
from chatkit.client.hub import Hub
from chatkit.client.kept import Kept
from chatkit.client.model import Room
from chatkit.client.options import ClientOptions
from chatkit.client.places import Place, name_at
from chatkit.client.settings import Appearance
from chatkit.gui_widgets import geometry, palette, shapes, system
from chatkit.gui_widgets.card import Card
from chatkit.gui_widgets.compose_bar import ComposeBar
from chatkit.gui_widgets.composer import Composer
from chatkit.gui_widgets.controls import Controls
from chatkit.gui_widgets.drawing import DRAW
from chatkit.gui_widgets.emoji_bar import EmojiBar
from chatkit.gui_widgets.geometry import Geometry
from chatkit.gui_widgets.header import Header
from chatkit.gui_widgets.hint_box import HintBox
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import FONTS, Look
from chatkit.gui_widgets.palette_box import PaletteBox
from chatkit.gui_widgets.people_list import PeopleList
from chatkit.gui_widgets.places_box import PlacesBox
from chatkit.gui_widgets.popup import Popup
from chatkit.gui_widgets.room_list import RoomList
from chatkit.gui_widgets.search_bar import SearchBar
from chatkit.gui_widgets.status_bar import StatusBar
from chatkit.gui_widgets.talk import Talk
from chatkit.gui_widgets.talk_touch import TalkTouch
from chatkit.gui_widgets.typing_line import TypingLine

TITLE, SOFTWARE = "chatkit", "gui"
SIZE = (1080, 700)  # units
MIN_SIZE = (420, 300)
ROOMS_WIDTH, PEOPLE_WIDTH = 210, 180
ROOMS_MIN, TALK_MIN, PEOPLE_MIN = 120, 240, 110
NARROW = 720  # units of width: below, people give way to the talk
SASH = 4
ICON_SIZES = (64, 32)  # pixels
TEXT_SIZE = FONTS["talk"][0]  # points, where the settings say nothing


class MainWindow:
    """Builds the widgets and arranges them. What happens in them is the business of ``chatkit.gui_tk``."""

    def __init__(self, appearance: Appearance, kept: Kept[Geometry] | None = None) -> None:
        self._kept = kept if kept is not None else geometry.kept()
        self.root = ttkbootstrap.Window(title=TITLE, iconphoto=None, scaling=system.scaling())
        self.root.withdraw()  # until it looks as it should
        self._appearance = appearance
        self._system_dark = system.prefers_dark()
        self.look = Look(
            self.root,
            palette.of_theme(appearance.theme, system_dark=self._system_dark),
            zoom=_zoom(appearance),
            family=appearance.font,
        )
        self.look.pack_messages(cosy=appearance.density == "cosy")
        self.on_set: Callable[[str, object], None] = lambda key, value: None  # the user set something here
        self._icons = [self._icon(size) for size in ICON_SIZES]
        self.root.iconphoto(True, *self._icons)
        self._build()
        self._has_people = True
        self._geometry = self._kept.load()
        self._arrange(self._geometry)
        self.apply(appearance)
        self.look.on_change(self._repaint)

    def show(self) -> None:
        """Put it on the screen, with the keyboard where one types."""
        self.root.deiconify()
        self.root.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        if self.places.shown:
            self.places.take_keyboard()
        else:
            (self.card.fields.first() or self.composer.text).focus_set()

    def hide(self) -> None:
        """Take it off the screen, and remember how it was."""
        self._keep()
        self.root.withdraw()

    def close(self) -> None:
        """Be gone: the main loop ends."""
        if self.root.winfo_viewable():
            self._keep()
        self.root.destroy()

    def attach(self, hub: Hub, on_quit: Callable[[], None]) -> None:
        """Let widgets, keys and menus act on ``hub``."""
        self.controls = Controls(self, hub, on_quit)
        self.on_set = self.controls.set

    def draw(self, hub: Hub, parts: Iterable[str]) -> None:
        """Draw these parts as things are now."""
        for part in parts:
            DRAW[part](self, hub)

    # Questions.

    def ask_first_name(self, suggestion: str, on_answer: Callable[[str], None]) -> None:
        """Before there is a connection."""
        self.ask_name("Welcome to chatkit", "What should people call you?", "Start talking", suggestion, on_answer)

    def ask_name(self, title: str, text: str, button: str, suggestion: str, on_answer: Callable[[str], None]) -> None:
        """There is no way round it."""
        field = Field("name", "", suggestion)
        self.card.ask(Form(title, text, button, lambda values: on_answer(values["name"]), (field,)), must=True)

    def ask_place(self, hub: Hub, name: str = "", *, must: bool) -> None:
        """Where to go."""
        known = hub.focus.chat.nick if hub.focus is not None else name

        def go(make: Callable[[], ClientOptions]) -> str:
            try:
                hub.connect(make())
            except AddressError as error:
                return str(error)
            return ""

        def to_address(address: str, nick: str) -> str:
            return go(lambda: hub.places.options(Place("recent", address, address), nick, SOFTWARE))

        def to_place(place: Place, nick: str) -> str:
            return go(lambda: hub.places.options(place, name_at(place, nick, known), SOFTWARE))

        self.places.on_place, self.places.on_address = to_place, to_address
        self.places.open(hub.places.list(), known, must=must)

    # What the user wants.

    def apply(self, appearance: Appearance) -> None:
        """Look so."""
        before, self._appearance = self._appearance, appearance
        if before != appearance:
            self.look.use(palette.of_theme(appearance.theme, system_dark=self._system_dark))
            self.look.use_family(appearance.font)
            self.look.zoom_by(_zoom(appearance) - self.look.zoom)
            self.look.pack_messages(cosy=appearance.density == "cosy")
        self.talk.write(hours24=appearance.clock == "24", large=appearance.emoji_large)
        self._fit_people()

    def zoom(self, points: int) -> None:
        """Make all text larger, or smaller."""
        self.on_set("appearance.font_size", TEXT_SIZE + self.look.zoom + points)

    def toggle_theme(self) -> None:
        """From light to dark colours, or back; from now on that goes before what the desktop has."""
        self.on_set("appearance.theme", "light" if self.look.dark else "dark")

    def toggle_people(self) -> None:
        """Show the people, or hide them."""
        self.on_set("appearance.people", not self._appearance.people)

    def toggle_rooms(self) -> None:
        """Show the rooms, or hide them."""
        shown = not self.rooms_shown
        self.panes.paneconfigure(self.side, hide=not shown)  # type: ignore[no-untyped-call]

    def copy(self, text: str) -> None:
        """To the clipboard."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)

    @property
    def rooms_shown(self) -> bool:
        """Whether the rooms are on the screen."""
        return not int(self.panes.panecget(self.side, "hide"))  # type: ignore[no-untyped-call]

    @property
    def people_shown(self) -> bool:
        """Whether the people are on the screen."""
        return not int(self.panes.panecget(self.people, "hide"))  # type: ignore[no-untyped-call]

    def show_people(self, room: Room) -> None:
        """Those of ``room``."""
        self._has_people = room.kind == "channel"
        self.people.show_room(room)
        self._fit_people()

    def _fit_people(self) -> None:
        """Show people where there are some, where they are wanted, and where there is room for them."""
        width = self.root.winfo_width()
        wide = width >= self.look.px(NARROW) or not self.root.winfo_viewable()
        hide = not (self._has_people and self._appearance.people and wide)
        if self.people_shown == hide:
            self.panes.paneconfigure(self.people, hide=hide)  # type: ignore[no-untyped-call]

    def _keep(self) -> None:
        """Save what the window was like."""
        before = self._geometry
        self._geometry = Geometry(
            width=self.root.winfo_width(),
            height=self.root.winfo_height(),
            rooms=self.rooms_shown,
            rooms_width=self.side.winfo_width() if self.rooms_shown else before.rooms_width,
            people_width=self.people.winfo_width() if self.people_shown else before.people_width,
        )
        self._kept.save(self._geometry)

    # Widgets.

    def _build(self) -> None:
        root, look = self.root, self.look
        self.panes = tk.PanedWindow(root, orient="horizontal", borderwidth=0, sashwidth=look.px(SASH), sashpad=0)
        self.side = tk.Frame(self.panes, borderwidth=0)
        self._side_top = tk.Frame(self.side, borderwidth=0)
        self.network = tk.Label(self._side_top, borderwidth=0, anchor="w", width=1)
        self.add_room = IconButton(self._side_top, look, "plus-lg", lambda: None, "Join a room", ground="side")
        self.rooms = RoomList(self.side, look)
        self.middle = tk.Frame(self.panes, borderwidth=0)
        self.header = Header(self.middle, look)
        self.composer = Composer(self.middle, look)
        self.compose_bar = ComposeBar(self.middle, look)
        self.typing = TypingLine(self.middle, look)
        self.search = SearchBar(self.middle, look)
        self.talk = Talk(self.middle, look)
        self.touch = TalkTouch(self.talk, look)
        self.hints = HintBox(self.middle, look, self.composer)
        self.people = PeopleList(self.panes, look)
        self._line = tk.Frame(root, height=1, borderwidth=0)
        self.status = StatusBar(root, look)
        self.palette = PaletteBox(root, look)
        self.emoji = EmojiBar(root, look)
        self.places = PlacesBox(root, look)
        self.card = Card(root, look)
        self.card.on_closed = self.composer.text.focus_set
        self.popup = Popup(root, look)

    def _arrange(self, kept: Geometry) -> None:
        px = self.look.px
        self.status.pack(side="bottom", fill="x")
        self._line.pack(side="bottom", fill="x")
        self.panes.pack(fill="both", expand=True)
        self._side_top.pack(fill="x", padx=(px(16), px(8)), pady=px(8))
        self.add_room.pack(side="right")
        self.network.pack(side="left", fill="x", expand=True)
        self.rooms.pack(fill="both", expand=True)
        self.header.pack(side="top", fill="x")
        self.composer.pack(side="bottom", fill="x")
        self.typing.pack(side="bottom", fill="x")
        self.talk.pack(fill="both", expand=True)
        for pane, stretch, least, width in (
            (self.side, "never", ROOMS_MIN, kept.rooms_width or px(ROOMS_WIDTH)),
            (self.middle, "always", TALK_MIN, 0),
            (self.people, "never", PEOPLE_MIN, kept.people_width or px(PEOPLE_WIDTH)),
        ):
            self.panes.add(pane, stretch=stretch, minsize=px(least), **({"width": width} if width else {}))
        if not kept.rooms:
            self.toggle_rooms()
        self.root.minsize(px(MIN_SIZE[0]), px(MIN_SIZE[1]))
        self.root.geometry(f"{kept.width or px(SIZE[0])}x{kept.height or px(SIZE[1])}")
        self.root.bind("<Configure>", lambda event: self._fit_people() if event.widget is self.root else None, add=True)

    def _icon(self, size: int) -> tk.PhotoImage:
        light = palette.LIGHT
        return tk.PhotoImage(master=self.root, data=shapes.logo(size, light.accent, light.on_accent))

    def _repaint(self) -> None:
        colours = self.look.palette
        self.root.configure(background=colours.base)
        self.panes.configure(background=colours.base)
        self.middle.configure(background=colours.base)
        self._line.configure(background=colours.line)
        for frame in (self.side, self._side_top):
            frame.configure(background=colours.side)
        self.network.configure(font=self.look.fonts["list-bold"], background=colours.side, foreground=colours.text)


def _zoom(appearance: Appearance) -> int:
    return appearance.font_size - TEXT_SIZE if appearance.font_size else 0
