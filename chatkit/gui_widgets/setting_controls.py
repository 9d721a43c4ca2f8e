"""What one changes a setting with: a control for each kind of the settings' table."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont

import ttkbootstrap

from chatkit.client.settings import Row, shown

Apply = Callable[[object], None]
LETTERS = 18  # of an entry's width
MOST = 100_000  # of a number
SIZES = (8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 23)  # of letters, in points


def control(master: tk.Misc, row: Row, value: object, apply: Apply) -> tk.Widget:
    """The control for ``row``. ``apply`` is called with every new value, as the settings want it."""
    return (_OWN_CONTROLS.get(row.key) or _CONTROLS[row.kind])(master, row, value, apply)


def _switch(master: tk.Misc, _row: Row, value: object, apply: Apply) -> tk.Widget:
    state = tk.BooleanVar(master, value=bool(value))
    switch = ttkbootstrap.Checkbutton(
        master, variable=state, bootstyle="round-toggle", command=lambda: apply(state.get())
    )
    switch.state_of = state  # Tk forgets a variable that nothing in Python refers to
    return switch


def _choice(master: tk.Misc, row: Row, value: object, apply: Apply) -> tk.Widget:
    box = ttkbootstrap.Combobox(master, values=row.choices, state="readonly", width=LETTERS - 2)
    box.set(str(value))
    box.bind("<<ComboboxSelected>>", lambda event: apply(box.get()))
    _leave_wheel_alone(box)
    return box


def _number(master: tk.Misc, _row: Row, value: object, apply: Apply) -> tk.Widget:
    def changed(_event: object = None) -> None:
        text = str(box.get()).strip()
        if text.isdecimal():
            apply(int(text))

    box = ttkbootstrap.Spinbox(master, from_=0, to=MOST, width=8, command=changed)
    box.set(str(value))
    for event in ("<Return>", "<FocusOut>"):
        box.bind(event, changed)
    _leave_wheel_alone(box)
    return box


def _text(master: tk.Misc, _row: Row, value: object, apply: Apply) -> tk.Widget:
    return _entry(master, str(value), lambda text: apply(text))


def _words(master: tk.Misc, _row: Row, value: object, apply: Apply) -> tk.Widget:
    words = value if isinstance(value, tuple) else ()
    return _entry(master, ", ".join(words), lambda text: apply(text.replace(",", " ").split()))


def _family(master: tk.Misc, row: Row, value: object, apply: Apply) -> tk.Widget:
    """One of the families that are installed."""
    families = sorted({name for name in tkfont.families(master) if not name.startswith("@")})
    return _one_of(master, [row.nothing, *families], shown(row, value), lambda n, name: apply(name if n else ""))


def _size(master: tk.Misc, row: Row, value: object, apply: Apply) -> tk.Widget:
    """One that can be read, or the system's."""
    sizes = [row.nothing, *map(str, SIZES)]
    return _one_of(master, sizes, shown(row, value), lambda n, size: apply(int(size) if n else 0))


def _one_of(master: tk.Misc, values: list[str], value: str, apply: Callable[[int, str], None]) -> tk.Widget:
    """``apply`` gets the number of the value that is chosen, and the value."""
    box = ttkbootstrap.Combobox(master, values=values, state="readonly", width=LETTERS)
    box.set(value)
    box.bind("<<ComboboxSelected>>", lambda event: apply(box.current(), box.get()))
    _leave_wheel_alone(box)
    return box


def _entry(master: tk.Misc, text: str, changed: Callable[[str], None]) -> tk.Widget:
    last = text

    def leave(_event: object) -> None:
        nonlocal last
        now = str(entry.get()).strip()
        if now != last:
            last = now
            changed(now)

    entry = ttkbootstrap.Entry(master, width=LETTERS)
    entry.insert(0, text)
    for event in ("<Return>", "<FocusOut>"):
        entry.bind(event, leave)
    return entry


def _leave_wheel_alone(box: tk.Misc) -> None:
    """Who scrolls the page does not want to change what happens to be under the mouse."""
    for event in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
        box.bind(event, lambda event: "break")


_CONTROLS: dict[str, Callable[[tk.Misc, Row, object, Apply], tk.Widget]] = {
    "yesno": _switch, "choice": _choice, "number": _number, "text": _text, "time": _text, "words": _words,
}  # fmt: skip
_OWN_CONTROLS = {"appearance.font": _family, "appearance.font_size": _size}
