"""Where to? What covers the window while there is no network: places to choose from, or an address to type."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from tkinter import ttk

import ttkbootstrap

from chatkit.client.places import Place
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.passing import Passing
from chatkit.gui_widgets.virtual_list import INSET, VirtualList

LOGO, WIDTH, ROW_UNITS, MOST_ROWS = 52, 420, 44, 5  # units; rows
ICONS = {"saved": "bookmark", "recent": "clock-history", "lan": "router", "here": "pc-display"}
KINDS = {"saved": "saved", "recent": "where you were last", "lan": "on this network", "here": "this computer"}


class PlaceList(VirtualList[Place]):
    """A place and where that is. The one that Enter goes to is marked, unless that is elsewhere."""

    leads_elsewhere = False  # an address was typed

    @property
    def marked(self) -> Place | None:
        """Where the cursor is, or would be."""
        return self.items[max(0, self._cursor)] if self.items else None

    def is_chosen(self, item: Place) -> bool:
        return item is self.marked and not self.leads_elsewhere

    def move(self, by: int) -> str:
        """Mark another one."""
        return self._move_cursor(max(0, self._cursor) + by, by)

    def key_of(self, item: Place) -> Hashable:
        return item.kind, item.name, item.address

    def draw_row(self, item: Place, top: int, width: int, ground: str) -> None:
        look, palette, canvas = self.look, self.look.palette, self.canvas
        middle, left = top + self.row_height // 2, look.px(INSET + 42)
        canvas.create_image(look.px(INSET + 20), middle, image=look.icon(ICONS[item.kind], 16, palette.accent))
        name = look.fit(item.name, "list-bold", width - left - look.px(INSET + 8))
        parts = (KINDS[item.kind], item.address)
        about = " · ".join(part for part in parts if part.lower() != item.name.lower())
        about = look.fit(about, "small", width - left - look.px(INSET + 8))
        canvas.create_text(left, middle, text=name, anchor="sw", font=look.fonts["list-bold"], fill=palette.text)
        canvas.create_text(left, middle + 1, text=about, anchor="nw", font=look.fonts["small"], fill=palette.dim)


class PlacesBox(Passing):
    """Out of sight until ``open``. A name is always asked for along with the place."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master)
        self._look = look
        self._must = False
        self.on_place: Callable[[Place, str], str] = lambda place, name: ""  # returns what is wrong
        self.on_address: Callable[[str, str], str] = lambda address, name: ""
        self.on_closed: Callable[[], None] = lambda: None
        self._box = ttk.Frame(self, style="Card.TFrame")
        self._inside = tk.Frame(self._box, borderwidth=0)
        self._logo = tk.Label(self._inside, borderwidth=0)
        self._title = tk.Label(self._inside, borderwidth=0, text="Where do you want to talk?")
        self._name_label = tk.Label(self._inside, borderwidth=0, anchor="w", text="Your name")
        self.name = ttkbootstrap.Entry(self._inside, font=look.fonts["talk"])
        self.list = PlaceList(self._inside, look, row_units=ROW_UNITS, ground="base")
        self.list.on_open = self._choose
        self.list.canvas.bind("<Button-1>", lambda event: self.list.open_at(event.y))
        self._address_label = tk.Label(self._inside, borderwidth=0, anchor="w", text="Another place")
        self.address = ttkbootstrap.Entry(self._inside, font=look.fonts["talk"])
        self._trouble = tk.Label(self._inside, borderwidth=0, wraplength=look.px(WIDTH))
        self._buttons = tk.Frame(self._inside, borderwidth=0)
        self._cancel = ttkbootstrap.Button(self._buttons, text="Cancel", bootstyle="link", command=self.cancel)
        self._connect = ttkbootstrap.Button(self._buttons, text="Connect", bootstyle="primary", command=self._enter)
        self._lay_out()
        look.on_change(self._repaint)

    @property
    def words(self) -> str:
        """What is wrong."""
        return str(self._trouble.cget("text"))

    def open(self, places: Sequence[Place], name: str, *, must: bool) -> None:
        """Offer these. ``must``: there is nowhere to go back to."""
        self._must = must
        self.name.delete(0, "end")
        self.name.insert(0, name)
        self.address.delete(0, "end")
        self._typed()
        self._trouble.configure(text="")
        self._cancel.pack_forget()
        if not must:
            self._cancel.pack(side="left", before=self._connect)
        self.refresh(places)
        self._draw_logo()
        self.place(x=0, y=0, relwidth=1, relheight=1)
        self.lift()
        self.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        self.take_keyboard()

    def take_keyboard(self) -> None:
        """The name has it, selected: whoever types, types a name."""
        self.name.focus_set()
        self.name.select_range(0, "end")

    def refresh(self, places: Sequence[Place]) -> None:
        """There are other places now."""
        self.list.show(tuple(places))
        self.list.canvas.configure(height=max(1, min(MOST_ROWS, len(places))) * self.list.row_height)

    def close(self) -> None:
        """Be gone."""
        if self.shown:
            self.place_forget()
            self.on_closed()

    def cancel(self) -> None:
        """Go back, where there is somewhere to go back to."""
        if not self._must:
            self.close()

    def _choose(self, place: Place) -> None:
        self._go(lambda name: self.on_place(place, name))

    def _typed(self) -> None:
        """There is another address now, or none."""
        self.list.leads_elsewhere = bool(str(self.address.get()).strip())
        self.list.draw_soon()

    def _enter(self) -> None:
        """Go to the address that was typed, or to the place that is marked."""
        address = str(self.address.get()).strip()
        if address:
            self._go(lambda name: self.on_address(address, name))
        elif self.list.marked is not None:
            self._choose(self.list.marked)

    def _go(self, go: Callable[[str], str]) -> None:
        name = str(self.name.get()).strip()
        trouble = go(name) if name else "People have to call you something."
        self._trouble.configure(text=trouble)
        if not trouble:
            self.close()

    def _lay_out(self) -> None:
        px = self._look.px
        self._box.place(relx=0.5, rely=0.5, anchor="center")
        self._inside.pack(padx=px(36), pady=px(22))
        self._logo.pack(pady=(0, px(8)))
        self._title.pack(pady=(0, px(10)))
        self._name_label.pack(fill="x")
        self.name.pack(fill="x", pady=(px(2), px(10)))
        self.list.canvas.configure(width=px(WIDTH))
        self.list.pack(fill="x")
        self._address_label.pack(fill="x", pady=(px(10), 0))
        self.address.pack(fill="x", pady=px(2))
        self._trouble.pack(pady=px(4))
        self._buttons.pack()
        self._connect.pack(side="left")
        for key in ("<Return>", "<KP_Enter>"):
            self.name.bind(key, lambda event: self._enter())
            self.address.bind(key, lambda event: self._enter())
        self.address.bind("<KeyRelease>", lambda event: self._typed())
        for key, rows in (("<Up>", -1), ("<Down>", 1)):
            self.name.bind(key, lambda event, rows=rows: self.list.move(rows))  # type: ignore[misc]  # mypy can't infer it

    def _repaint(self) -> None:
        look, palette = self._look, self._look.palette
        self.configure(background=palette.side)
        labels = (self._logo, self._title, self._name_label, self._address_label, self._trouble)
        for widget in (self._inside, self._buttons, *labels):
            widget.configure(background=palette.base)
        if self.shown:
            self._draw_logo()
        self._title.configure(font=look.fonts["hero"], foreground=palette.text)
        for label in (self._name_label, self._address_label):
            label.configure(font=look.fonts["small-bold"], foreground=palette.dim)
        self._trouble.configure(font=look.fonts["small"], foreground=palette.danger)

    def _draw_logo(self) -> None:
        """Only where it is seen: most starts never show it, and it takes its time."""
        colours = self._look.palette
        png = shapes.logo(self._look.px(LOGO), colours.accent, colours.on_accent)
        self._logo.configure(image=self._look.image(png))
