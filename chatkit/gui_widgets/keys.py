"""The keys that act in the whole window: one table to bind them and to explain them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

import msgspec

TAG = "ChatkitKeys"  # a bind tag that comes before a widget's own keys


class Key(msgspec.Struct, frozen=True):
    """``sequences`` are Tk's, and do ``action``. Without one, the key belongs to a widget and is only explained."""

    shown: str
    meaning: str
    action: str = ""
    sequences: tuple[str, ...] = ()


KEYS = (
    Key("Enter", "send"),
    Key("Shift+Enter", "begin another line"),
    Key("Tab", "complete a name, a room or a command"),
    Key("Up, Down", "what you sent before"),
    Key("Page Up, Page Down", "scroll the talk", "page_up", ("<Prior>",)),
    Key("", "", "page_down", ("<Next>",)),
    Key("Alt+Up, Alt+Down", "the room above, the room below", "room_up", ("<Alt-Up>", "<Control-Prior>")),
    Key("", "", "room_down", ("<Alt-Down>", "<Control-Next>")),
    Key("Alt+A", "the next room with something new", "next_unread", ("<Alt-a>",)),
    Key("Ctrl+J", "join a room", "join_room", ("<Control-j>",)),
    Key("F6", "to the next part of the window", "next_part", ("<F6>",)),
    Key("F9", "show or hide people", "toggle_people", ("<F9>",)),
    Key(
        "Ctrl+Plus, Ctrl+Minus", "larger, smaller", "larger", ("<Control-plus>", "<Control-equal>", "<Control-KP_Add>")
    ),
    Key("", "", "smaller", ("<Control-minus>", "<Control-KP_Subtract>")),
    Key("Escape", "back to the end and to typing", "escape", ("<Escape>",)),
    Key("Ctrl+Q", "quit", "quit", ("<Control-q>",)),
    Key("F1", "this page", "help", ("<F1>",)),
)


def explained() -> tuple[tuple[str, str], ...]:
    """Every key with what it does."""
    return tuple((key.shown, key.meaning) for key in KEYS if key.shown)


def bind_keys(root: tk.Tk, actions: Mapping[str, Callable[[], None]]) -> None:
    """Bind every key of the table, before what the widgets themselves do with it. Call it when all widgets are made."""
    for key in KEYS:
        for sequence in key.sequences:
            root.bind_class(TAG, sequence, _handler(actions[key.action]))
    _put_first(root)


def _handler(action: Callable[[], None]) -> Callable[[tk.Event[tk.Misc]], str]:
    def handle(event: tk.Event[tk.Misc]) -> str:
        action()
        return "break"

    return handle


def _put_first(widget: tk.Misc) -> None:
    if isinstance(widget, tk.Menu):  # its Escape is its own
        return
    if TAG not in widget.bindtags():
        widget.bindtags((TAG, *widget.bindtags()))
    for child in widget.winfo_children():
        _put_first(child)
