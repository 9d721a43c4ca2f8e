"""The fields of a form: what is to be filled in, one below the other."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap

from chatkit.client.forms import NO, YES, Field
from chatkit.gui_widgets.look import Look

LETTERS = 34  # of an entry's width
AREA_ROWS = 5


class Fields(tk.Frame):
    """Made anew for every form. Values are text, as the form wants them; ends of them without spaces."""

    def __init__(self, master: tk.Misc, look: Look, on_return: Callable[[], None]) -> None:
        super().__init__(master, borderwidth=0)
        self._look = look
        self._on_return = on_return
        self._fields: tuple[Field, ...] = ()
        self._inputs: dict[str, tk.Misc] = {}  # by the field's key
        self._values: dict[str, Callable[[], str]] = {}
        look.on_change(self._repaint)

    def show(self, fields: Sequence[Field]) -> None:
        """Have these."""
        for old in self.winfo_children():
            old.destroy()
        self._fields = tuple(fields)
        self._inputs, self._values = {}, {}
        for field in fields:
            self._add(field)
        first = self.first()
        if isinstance(first, tk.Entry):
            first.selection_range(0, "end")

    def values(self) -> dict[str, str]:
        """What is filled in, by key."""
        return {field.key: self._values[field.key]() for field in self._fields}

    @property
    def field_keys(self) -> list[str]:
        """The keys of the fields, in order."""
        return [field.key for field in self._fields]

    def missing(self) -> str:
        """What is to be said because something has to be filled in; empty where nothing has."""
        values = self.values()
        empty = [field for field in self._fields if not (field.optional or values[field.key])]
        return f"{empty[0].label or 'An answer'} is missing." if empty else ""

    def stops(self) -> list[tk.Misc]:
        """Where the keyboard can go, in order."""
        return list(self._inputs.values())

    def first(self) -> tk.Misc | None:
        """Where one begins to type: the first that is empty, or simply the first."""
        values = self.values()
        empty = (self._inputs[field.key] for field in self._fields if not (values[field.key] or field.optional))
        return next(empty, next(iter(self._inputs.values()), None))

    def input(self, key: str) -> tk.Misc:
        """The widget of a field."""
        return self._inputs[key]

    def fill(self, key: str, text: str) -> None:
        """Have ``text`` in a field that is typed into."""
        widget = self._inputs[key]
        if isinstance(widget, tk.Entry):
            widget.delete(0, "end")
            widget.insert(0, text)

    def _repaint(self) -> None:
        self.configure(background=self._look.palette.base)

    def _add(self, field: Field) -> None:
        look, px = self._look, self._look.px
        if field.label and field.kind != "yesno":
            self._label(field.label, "small-bold", "dim").pack(anchor="w", pady=(px(6), px(2)))
        widget, value = _MAKERS[field.kind](self, field)
        self._inputs[field.key], self._values[field.key] = widget, value
        widget.pack(fill="x", pady=(px(2), px(2)))  # type: ignore[attr-defined]  # all of them are packed
        if field.help:
            label = self._label(field.help, "small", "dim")
            label.configure(wraplength=look.px(360), justify="left")
            label.pack(anchor="w", pady=(0, px(4)))
        if field.kind != "area":
            for key in ("<Return>", "<KP_Enter>"):
                widget.bind(key, lambda event: self._on_return())

    def _label(self, text: str, font: str, colour: str) -> tk.Label:
        look = self._look
        palette = look.palette
        return tk.Label(
            self, text=text, borderwidth=0, anchor="w", font=look.fonts[font],
            background=palette.base, foreground=getattr(palette, colour),
        )  # fmt: skip

    def _entry(self, field: Field, show: str = "") -> tuple[tk.Misc, Callable[[], str]]:
        entry = ttkbootstrap.Entry(self, font=self._look.fonts["talk"], width=LETTERS, show=show)
        entry.insert(0, field.value)
        return entry, (lambda: str(entry.get()).strip()) if not show else (lambda: str(entry.get()))

    def _password(self, field: Field) -> tuple[tk.Misc, Callable[[], str]]:
        return self._entry(field, "•")

    def _choice(self, field: Field) -> tuple[tk.Misc, Callable[[], str]]:
        box = ttkbootstrap.Combobox(
            self, values=field.choices, state="readonly", font=self._look.fonts["talk"], width=LETTERS
        )
        box.set(field.value or next(iter(field.choices), ""))
        return box, lambda: str(box.get())

    def _yesno(self, field: Field) -> tuple[tk.Misc, Callable[[], str]]:
        state = tk.BooleanVar(self, value=field.value == YES)
        switch = ttkbootstrap.Checkbutton(self, text=field.label, variable=state, bootstyle="round-toggle")
        return switch, lambda: YES if state.get() else NO

    def _area(self, field: Field) -> tuple[tk.Misc, Callable[[], str]]:
        look, palette = self._look, self._look.palette
        area = tk.Text(
            self, width=LETTERS + 10, height=AREA_ROWS, wrap="word", font=look.fonts["talk"], background=palette.field,
            foreground=palette.text, insertbackground=palette.accent, borderwidth=0, padx=look.px(8), pady=look.px(6),
        )  # fmt: skip
        area.insert("1.0", field.value)
        return area, lambda: area.get("1.0", "end-1c").strip()


_MAKERS: dict[str, Callable[[Fields, Field], tuple[tk.Misc, Callable[[], str]]]] = {
    "text": Fields._entry,
    "password": Fields._password,
    "choice": Fields._choice,
    "yesno": Fields._yesno,
    "area": Fields._area,
}
