"""The window in which settings are changed; the same file as always is behind it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import msgspec
import ttkbootstrap

from chatkit.client.settings import ROWS, ClientSettings, Row, SettingError, value_of
from chatkit.gui_widgets import setting_controls
from chatkit.gui_widgets.card import Card
from chatkit.gui_widgets.keys import explained
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.scrolled import Scrolled
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

if TYPE_CHECKING:
    from chatkit.gui_widgets.popup import Choice

TITLE = "Settings – chatkit"
SIZE, LEAST = (760, 540), (560, 360)  # units
SIDE = 170
WRAP = 330
KEY_LETTERS = 26

TITLES = {"appearance": "Appearance", "talk": "Talk", "alerts": "Notifications"}  # of the settings' sections
NETWORKS, KEYS = "Networks", "Keys"
ELSEWHERE = frozenset({"appearance.terminal_notice", "talk.say_typing", "alerts.bell"})  # what a window has no say in
ICONS = {
    "Appearance": "palette", "Talk": "chat-left-text", "Notifications": "bell", NETWORKS: "hdd-network",
    KEYS: "keyboard",
}  # fmt: skip


class NetworkRow(msgspec.Struct, frozen=True):
    """A network as the window lists it, and what can be done with it."""

    name: str
    detail: str
    choices: tuple[Choice, ...] = ()


class PageList(VirtualList[str]):
    """The pages, at the left."""

    chosen = ""

    def key_of(self, item: str) -> Hashable:
        return item

    def is_chosen(self, item: str) -> bool:
        return item == self.chosen

    def draw_row(self, item: str, top: int, width: int, ground: str) -> None:
        look, palette = self.look, self.look.palette
        middle = top + self.row_height // 2
        icon = look.icon(ICONS[item], 14, palette.accent if item == self.chosen else palette.dim)
        self.canvas.create_image(look.px(INSET + 18), middle, image=icon)
        self.canvas.create_text(
            look.px(INSET + 34), middle, text=item, anchor="w", font=look.fonts["list"], fill=palette.text
        )


class SettingsWindow(tk.Toplevel):
    """Made when it is opened, gone when it is closed. What is changed holds at once."""

    def __init__(self, master: tk.Misc, look: Look, settings: Callable[[], ClientSettings]) -> None:
        super().__init__(master)
        self.title(TITLE)
        self._look = look
        self._settings = settings
        self.on_set: Callable[[str, object], None] = lambda key, value: None  # raises SettingError
        self.networks: Callable[[], Sequence[NetworkRow]] = lambda: ()
        self.on_add_network: Callable[[], None] = lambda: None
        self.trouble = ""  # said at the top of every page
        self.controls: dict[str, tk.Widget] = {}  # of the page that is shown, by the setting's key
        self._side = tk.Frame(self, borderwidth=0)
        self.pages = PageList(self._side, look, row_units=34)
        self.pages.on_open = self.open_page
        self.pages.canvas.bind("<Button-1>", lambda event: self.pages.open_at(event.y))
        self._right = Scrolled(self, look)
        self.card = Card(self, look)
        self.pages.show((*TITLES.values(), NETWORKS, KEYS))
        self._lay_out()
        look.on_change(self._repaint)
        self.bind("<Escape>", lambda event: self._escape())

    def destroy(self) -> None:
        """Be gone, and forgotten by those who repaint."""
        self._look.forget(self)
        super().destroy()

    def open_page(self, name: str) -> None:
        """Show one of the pages."""
        self.pages.chosen = name
        self.pages.draw_soon()
        self._fill()

    def refresh(self) -> None:
        """Something of what is shown may be another."""
        if self.pages.chosen == NETWORKS:
            self._fill()

    # Pages.

    def _fill(self) -> None:
        for old in self._right.inside.winfo_children():
            old.destroy()
        self.controls = {}
        if self.trouble:
            self._label(self._right.inside, self.trouble, "small", "danger").pack(anchor="w", pady=self._look.px(8))
        name = self.pages.chosen
        self._label(self._right.inside, name, "title", "text").pack(anchor="w", pady=(0, self._look.px(8)))
        if name == KEYS:
            self._fill_keys()
        elif name == NETWORKS:
            self._fill_networks()
        else:
            for row in ROWS:
                if TITLES[row.section] == name and row.key not in ELSEWHERE:
                    self._add_setting(row)
        self._right.to_top()

    def _add_setting(self, row: Row) -> None:
        px = self._look.px
        frame, words = self._two_columns()
        self._label(words, row.title, "list", "text").pack(anchor="w")
        about = self._label(words, row.help, "small", "dim")
        about.configure(wraplength=px(WRAP), justify="left")
        about.pack(anchor="w")
        trouble = self._label(words, "", "small", "danger")

        def apply(value: object) -> None:
            try:
                self.on_set(row.key, value)
            except SettingError as error:
                trouble.configure(text=str(error))
                trouble.pack(anchor="w")
            else:
                trouble.pack_forget()

        made = setting_controls.control(frame, row, value_of(self._settings(), row.key), apply)
        made.pack(side="right", anchor="n", padx=(px(12), px(2)))
        self.controls[row.key] = made

    def _fill_networks(self) -> None:
        px = self._look.px
        for row in self.networks():
            _, words = self._two_columns()
            self._label(words, row.name, "list-bold", "text").pack(anchor="w")
            self._label(words, row.detail, "small", "dim").pack(anchor="w")
            buttons = tk.Frame(words, borderwidth=0, background=self._look.palette.base)
            buttons.pack(anchor="w", pady=(px(4), 0))
            for choice in row.choices:
                style = "danger-outline" if choice.danger else "secondary-outline"
                button = ttkbootstrap.Button(buttons, text=choice.label, bootstyle=style, command=choice.action)
                button.pack(side="left", padx=(0, px(6)))
        add = ttkbootstrap.Button(
            self._right.inside, text="Add a network…", bootstyle="primary", command=lambda: self.on_add_network()
        )
        add.pack(anchor="w", pady=px(12))

    def _fill_keys(self) -> None:
        look, px = self._look, self._look.px
        for group, rows in explained().items():
            self._label(self._right.inside, group, "small-bold", "dim").pack(anchor="w", pady=(px(10), px(2)))
            for keys, meaning in rows:
                frame = tk.Frame(self._right.inside, borderwidth=0, background=look.palette.base)
                frame.pack(fill="x")
                left = self._label(frame, keys, "small-bold", "text")
                left.configure(width=KEY_LETTERS)
                left.pack(side="left", anchor="n")
                right = self._label(frame, meaning, "small", "text")
                right.configure(wraplength=px(WRAP), justify="left")
                right.pack(side="left")

    def _two_columns(self) -> tuple[tk.Frame, tk.Frame]:
        """A row: the whole of it, and the part at the left for words."""
        ground, px = self._look.palette.base, self._look.px
        frame = tk.Frame(self._right.inside, borderwidth=0, background=ground)
        frame.pack(fill="x", pady=px(7))
        words = tk.Frame(frame, borderwidth=0, background=ground)
        words.pack(side="left", fill="x", expand=True)
        return frame, words

    def _label(self, master: tk.Misc, text: str, font: str, colour: str) -> tk.Label:
        palette = self._look.palette
        return tk.Label(
            master, text=text, borderwidth=0, anchor="w", font=self._look.fonts[font],
            background=palette.base, foreground=getattr(palette, colour),
        )  # fmt: skip

    def _escape(self) -> None:
        if self.card.shown:
            self.card.cancel()
        else:
            self.destroy()

    def _lay_out(self) -> None:
        px, below = self._look.px, self.master.winfo_toplevel()
        x = below.winfo_rootx() + max(0, (below.winfo_width() - px(SIZE[0])) // 2)
        y = below.winfo_rooty() + max(0, (below.winfo_height() - px(SIZE[1])) // 2)
        self.geometry(f"{px(SIZE[0])}x{px(SIZE[1])}+{x}+{y}")
        self.transient(below)
        self.minsize(px(LEAST[0]), px(LEAST[1]))
        self.pages.canvas.configure(width=px(SIDE))
        self._side.pack(side="left", fill="y")
        self.pages.pack(fill="both", expand=True, pady=px(12))
        self._right.pack(side="left", fill="both", expand=True, padx=px(24), pady=px(18))

    def _repaint(self) -> None:
        self.configure(background=self._look.palette.base)
        self._side.configure(background=self._look.palette.side)
        if self.pages.chosen:
            self.after_idle(self._fill)
