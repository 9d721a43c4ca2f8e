"""A list that draws only the rows on the screen: ten thousand of them cost as much as twenty."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import ttkbootstrap

from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look, menu_buttons

T = TypeVar("T")

WHEEL_ROWS = 3
INSET = 6  # units between the list's edge and a row's
RADIUS = 7
HIDE_BAR_AFTER = 0.999


class VirtualList(tk.Frame, Generic[T]):
    """One column of rows of one height. A subclass says what a row is called and how it is drawn.

    The *cursor* is the row that the keys act on; it shows while the list has the keyboard. The *chosen* row is the
    one that stays marked.
    """

    def __init__(self, master: tk.Misc, look: Look, *, row_units: int, ground: str = "side") -> None:
        """``ground`` names the palette's colour that it is drawn on."""
        super().__init__(master, borderwidth=0)
        self.look = look
        self.items: Sequence[T] = ()
        self.on_open: Callable[[T], None] = lambda item: None
        self.on_menu: Callable[[T, int, int], None] = lambda item, x, y: None  # with the place on the screen
        self._row_units = row_units
        self._ground = ground
        self._top = 0  # pixels scrolled
        self._cursor = -1
        self._hover = -1
        self._drawing = False
        self._images: dict[bytes, tk.PhotoImage] = {}  # on the screen: Tk forgets one that nothing refers to
        self._fresh: dict[bytes, tk.PhotoImage] = {}
        self.canvas = tk.Canvas(self, borderwidth=0, highlightthickness=0, takefocus=True)
        self._bar = ttkbootstrap.Scrollbar(self, bootstyle="round", command=self._bar_moved)
        self.canvas.pack(side="left", fill="both", expand=True)
        self._bind()
        look.on_change(self.draw_soon)

    # What a subclass says.

    def key_of(self, item: T) -> Hashable:
        """What stays the same when ``item`` is replaced by a newer one."""
        raise NotImplementedError

    def is_open(self, item: T) -> bool:
        """Whether it can be opened: headings can't."""
        return True

    def is_chosen(self, item: T) -> bool:
        """Whether it stays marked."""
        return False

    def draw_row(self, item: T, top: int, width: int, ground: str) -> None:
        """Draw it on the canvas, from ``top`` on, where the colour ``ground`` is."""
        raise NotImplementedError

    # What its owner does.

    def show(self, items: Sequence[T]) -> None:
        """Have these rows from now on; cursor and place stay where they were."""
        key = self.key_of(self.items[self._cursor]) if 0 <= self._cursor < len(self.items) else None
        self.items = items
        keys = (index for index, item in enumerate(items) if self.key_of(item) == key)
        self._cursor = next(keys, -1) if key is not None else -1
        self._scroll_to(self._top)

    def open_at(self, y: int) -> None:
        """Open the row there, if it can be opened."""
        self._open(self._index_at(y))

    def see(self, index: int) -> None:
        """Scroll until the row is on the screen."""
        top, height = index * self.row_height, self.canvas.winfo_height()
        self._scroll_to(min(max(self._top, top + self.row_height - height), top))

    def row_box(self, index: int) -> tuple[int, int]:
        """Where the middle of a row is in the canvas."""
        return self.canvas.winfo_width() // 2, index * self.row_height - self._top + self.row_height // 2

    @property
    def ground(self) -> str:
        """The colour that it is drawn on."""
        return str(getattr(self.look.palette, self._ground))

    @property
    def row_height(self) -> int:
        """In pixels; it grows with the font."""
        return self.look.px(self._row_units) + max(0, self.look.line_height("list") - self.look.px(16))

    def draw_soon(self) -> None:
        """Draw when the program is idle next: often called, once done."""
        if not self._drawing:
            self._drawing = True
            self.after_idle(self._draw)

    # For subclasses, while they draw.

    def picture(self, x: int, y: int, png: bytes, anchor: str = "nw") -> None:
        """Put a PNG there."""
        image = self._fresh.get(png) or self._images.get(png) or tk.PhotoImage(master=self, data=png)
        self._fresh[png] = image
        self.canvas.create_image(x, y, image=image, anchor=anchor)

    # Drawing.

    def _draw(self) -> None:
        self._drawing = False
        ground, height = self.ground, self.row_height
        self.configure(background=ground)
        self.canvas.configure(background=ground)
        self.canvas.delete("all")
        self._fresh = {}
        width = self.canvas.winfo_width()
        first = self._top // height
        last = min(len(self.items), (self._top + self.canvas.winfo_height()) // height + 1)
        for index in range(first, last):
            top = index * height - self._top
            self.draw_row(self.items[index], top, width, self._draw_back(index, top, width))
        self._images = self._fresh
        self._move_bar()

    def _draw_back(self, index: int, top: int, width: int) -> str:
        """Mark the row where it is chosen, under the mouse or under the cursor. Returns its colour."""
        item, palette, px = self.items[index], self.look.palette, self.look.px
        fill = palette.chosen if self.is_chosen(item) else palette.hover if index == self._hover else self.ground
        has_keys = index == self._cursor and self.canvas.focus_get() is self.canvas
        if self.is_open(item) and (fill != self.ground or has_keys):
            size = (max(1, width - 2 * px(INSET)), self.row_height - 2)
            border = palette.accent if has_keys else ""
            self.picture(px(INSET), top + 1, shapes.rounded(*size, px(RADIUS), fill, self.ground, border))
        return fill

    def _move_bar(self) -> None:
        total = max(1, len(self.items) * self.row_height)
        first, last = self._top / total, min(1.0, (self._top + self.canvas.winfo_height()) / total)
        self._bar.set(first, last)
        if last - first > HIDE_BAR_AFTER:
            self._bar.pack_forget()
        elif not self._bar.winfo_manager():
            self._bar.pack(side="right", fill="y", before=self.canvas)

    # Scrolling.

    def _scroll_to(self, top: int) -> None:
        most = len(self.items) * self.row_height - self.canvas.winfo_height()
        self._top = max(0, min(top, most))
        self.draw_soon()

    def _bar_moved(self, how: str, amount: str, unit: str = "") -> None:
        if how == "moveto":
            self._scroll_to(int(float(amount) * len(self.items) * self.row_height))
        else:
            step = self.canvas.winfo_height() if unit == "pages" else self.row_height
            self._scroll_to(self._top + int(amount) * step)

    def _wheel(self, steps: int) -> str:
        self._scroll_to(self._top - steps * WHEEL_ROWS * self.row_height)
        return "break"

    # Mouse and keys.

    def _bind(self) -> None:
        canvas = self.canvas
        canvas.bind("<Configure>", lambda event: self._scroll_to(self._top))
        canvas.bind("<Motion>", lambda event: self._set_hover(self._index_at(event.y)))
        canvas.bind("<Leave>", lambda event: self._set_hover(-1))
        canvas.bind("<FocusIn>", lambda event: self._focused())
        canvas.bind("<FocusOut>", lambda event: self.draw_soon())
        canvas.bind("<MouseWheel>", lambda event: self._wheel(1 if event.delta > 0 else -1))
        canvas.bind("<Button-4>", lambda event: self._wheel(1))
        canvas.bind("<Button-5>", lambda event: self._wheel(-1))
        for button in menu_buttons(self):
            canvas.bind(button, self._menu_by_mouse)
        for key, rows in (("<Up>", -1), ("<Down>", 1), ("<Prior>", -10), ("<Next>", 10)):
            canvas.bind(key, lambda event, rows=rows: self._move_cursor(self._cursor + rows, rows))  # type: ignore[misc]  # mypy can't infer it
        canvas.bind("<Home>", lambda event: self._move_cursor(0, 1))
        canvas.bind("<End>", lambda event: self._move_cursor(len(self.items) - 1, -1))
        canvas.bind("<Return>", lambda event: self._open(self._cursor))
        canvas.bind("<space>", lambda event: self._open(self._cursor))
        for key in ("<Menu>", "<Shift-F10>"):
            canvas.bind(key, lambda event: self._menu_by_key())

    def _index_at(self, y: int) -> int:
        index = (y + self._top) // self.row_height
        return index if 0 <= index < len(self.items) and self.is_open(self.items[index]) else -1

    def _set_hover(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.canvas.configure(cursor="hand2" if index >= 0 else "")
            self.draw_soon()

    def _focused(self) -> None:
        if self._cursor < 0:
            chosen = (index for index, item in enumerate(self.items) if self.is_chosen(item))
            self._move_cursor(next(chosen, 0), 1)
        self.draw_soon()

    def _move_cursor(self, index: int, step: int) -> str:
        """Put the cursor there, or on the next row in the direction of ``step`` that can be opened."""
        index = max(0, min(index, len(self.items) - 1))
        way = 1 if step > 0 else -1
        while 0 <= index < len(self.items) and not self.is_open(self.items[index]):
            index += way
        if 0 <= index < len(self.items):
            self._cursor = index
            self.see(index)
        return "break"

    def _open(self, index: int) -> str:
        if 0 <= index < len(self.items) and self.is_open(self.items[index]):
            self.on_open(self.items[index])
        return "break"

    def _menu_by_mouse(self, event: tk.Event[tk.Misc]) -> None:
        index = self._index_at(event.y)
        if index >= 0:
            self._cursor = index
            self.draw_soon()
            self.on_menu(self.items[index], event.x_root, event.y_root)

    def _menu_by_key(self) -> str:
        if 0 <= self._cursor < len(self.items):
            x, y = self.row_box(self._cursor)
            self.on_menu(self.items[self._cursor], self.canvas.winfo_rootx() + x, self.canvas.winfo_rooty() + y)
        return "break"
