"""The window: rooms, talk and people side by side in panes that can be resized; status below; questions on top."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable

import msgspec
import ttkbootstrap

from chatkit.client.events import NameNeeded
from chatkit.client.model import Chat, Room
from chatkit.client.runner import ClientRunner
from chatkit.gui_widgets import shapes, system
from chatkit.gui_widgets.card import Card, Question
from chatkit.gui_widgets.composer import Composer
from chatkit.gui_widgets.controls import Controls
from chatkit.gui_widgets.drawing import DRAW
from chatkit.gui_widgets.header import Header
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.palette import LIGHT
from chatkit.gui_widgets.people_list import PeopleList
from chatkit.gui_widgets.popup import Popup
from chatkit.gui_widgets.room_list import RoomList
from chatkit.gui_widgets.settings import Settings, load, save
from chatkit.gui_widgets.status_bar import StatusBar
from chatkit.gui_widgets.talk import Talk

TITLE = "chatkit"
SIZE = (1000, 660)  # units
MIN_SIZE = (420, 300)
ROOMS_WIDTH, PEOPLE_WIDTH = 210, 180
ROOMS_MIN, TALK_MIN, PEOPLE_MIN = 120, 240, 110
NARROW = 720  # units of width: below, people give way to the talk
SASH = 4
ICON_SIZES = (64, 32)  # pixels


class MainWindow:
    """Builds the widgets and arranges them. What happens in them is the business of ``chatkit.gui_tk``."""

    def __init__(self) -> None:
        self.kept = settings = load()
        self.root = ttkbootstrap.Window(title=TITLE, iconphoto=None, scaling=system.scaling())
        self.root.withdraw()  # until it looks as it should
        dark = system.prefers_dark() if settings.theme == "system" else settings.theme == "dark"
        self.look = Look(self.root, dark=dark, zoom=settings.zoom)
        self._icons = [self._icon(size) for size in ICON_SIZES]
        self.root.iconphoto(True, *self._icons)
        self._build()
        self.wants_people = settings.people
        self._arrange(settings)
        self.look.on_change(self._repaint)

    def show(self) -> None:
        """Put it on the screen, with the keyboard where one types."""
        self.root.deiconify()
        self.root.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        (self.card.entry if self.card.shown else self.composer.text).focus_set()

    def hide(self) -> None:
        """Take it off the screen, and remember how it was."""
        self._keep()
        self.root.withdraw()

    def close(self) -> None:
        """Be gone: the main loop ends."""
        if self.root.winfo_viewable():
            self._keep()
        self.root.destroy()

    def attach(self, runner: ClientRunner, on_quit: Callable[[], None]) -> None:
        """Let widgets, keys and menus act on ``runner``."""
        self.controls = Controls(self, runner, on_quit)

    def draw(self, chat: Chat, parts: Iterable[str]) -> None:
        """Draw these parts as ``chat`` is now."""
        for part in parts:
            DRAW[part](self, chat)

    def ask_first_name(self, suggestion: str, on_answer: Callable[[str], None]) -> None:
        """Before there is a connection."""
        self.card.ask(
            Question(
                title="Welcome to chatkit",
                text="What should people call you?",
                button="Start talking",
                answer=suggestion,
                empty="People have to call you something.",
                can_cancel=False,
                on_answer=on_answer,
            )
        )

    def ask_other_name(self, needed: NameNeeded) -> None:
        """The server won't have the name."""
        self.card.ask(
            Question(
                title="Choose another name",
                text=needed.text,
                button="Use this name",
                answer=needed.suggestion,
                can_cancel=False,
                on_answer=self.controls.runner.choose_name,
            )
        )

    def toggle_people(self) -> None:
        """Show the people, or hide them."""
        self.wants_people = not self.wants_people
        self._fit_people()

    def toggle_theme(self) -> None:
        """From light to dark colours, or back; from now on that goes before what the desktop has."""
        self.look.use(dark=not self.look.dark)
        self.kept = msgspec.structs.replace(self.kept, theme="dark" if self.look.dark else "light")

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
        hide = not (self._has_people and self.wants_people and wide)
        if self.people_shown == hide:
            self.panes.paneconfigure(self.people, hide=hide)  # type: ignore[no-untyped-call]

    def _keep(self) -> None:
        """Save what the user set."""
        people_width = self.people.winfo_width() if self.people_shown else self.kept.people_width
        self.kept = Settings(
            theme=self.kept.theme,
            width=self.root.winfo_width(),
            height=self.root.winfo_height(),
            zoom=self.look.zoom,
            people=self.wants_people,
            rooms_width=self.side.winfo_width(),
            people_width=people_width,
        )
        save(self.kept)

    def _build(self) -> None:
        root, look = self.root, self.look
        self.panes = tk.PanedWindow(root, orient="horizontal", borderwidth=0, sashwidth=look.px(SASH), sashpad=0)
        self.side = tk.Frame(self.panes, borderwidth=0)
        self._side_top = tk.Frame(self.side, borderwidth=0)
        self._has_people = True
        self.network = tk.Label(self._side_top, borderwidth=0, anchor="w")
        self.add_room = IconButton(self._side_top, look, "plus-lg", lambda: None, "Join a room (Ctrl+J)", ground="side")
        self.rooms = RoomList(self.side, look)
        self.middle = tk.Frame(self.panes, borderwidth=0)
        self.header = Header(self.middle, look)
        self.composer = Composer(self.middle, look)
        self.talk = Talk(self.middle, look)
        self.people = PeopleList(self.panes, look)
        self._line = tk.Frame(root, height=1, borderwidth=0)
        self.status = StatusBar(root, look)
        self.card = Card(root, look)
        self.card.on_closed = self.composer.text.focus_set
        self.popup = Popup(root, look)

    def _arrange(self, settings: Settings) -> None:
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
        self.talk.pack(fill="both", expand=True)
        for pane, stretch, least, width in (
            (self.side, "never", ROOMS_MIN, settings.rooms_width or px(ROOMS_WIDTH)),
            (self.middle, "always", TALK_MIN, 0),
            (self.people, "never", PEOPLE_MIN, settings.people_width or px(PEOPLE_WIDTH)),
        ):
            self.panes.add(pane, stretch=stretch, minsize=px(least), **({"width": width} if width else {}))
        self.root.minsize(px(MIN_SIZE[0]), px(MIN_SIZE[1]))
        self.root.geometry(f"{settings.width or px(SIZE[0])}x{settings.height or px(SIZE[1])}")
        self.root.bind("<Configure>", lambda event: self._fit_people() if event.widget is self.root else None, add=True)

    def _icon(self, size: int) -> tk.PhotoImage:
        return tk.PhotoImage(master=self.root, data=shapes.logo(size, LIGHT.accent, LIGHT.on_accent))

    def _repaint(self) -> None:
        palette = self.look.palette
        self.root.configure(background=palette.base)
        self.panes.configure(background=palette.base)
        self.middle.configure(background=palette.base)
        self._line.configure(background=palette.line)
        for frame in (self.side, self._side_top):
            frame.configure(background=palette.side)
        self.network.configure(font=self.look.fonts["list-bold"], background=palette.side, foreground=palette.text)
