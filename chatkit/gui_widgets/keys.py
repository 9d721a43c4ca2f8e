"""The client's table of keys, bound to the window; and as the page that explains them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

from chatkit.client.keys import KEYS

TAG = "ChatkitKeys"  # a bind tag that comes before a widget's own keys

# What only a window can do.
OWN: dict[str, tuple[str, ...]] = {
    "larger": ("Control-plus", "Control-equal", "Control-KP_Add"),
    "smaller": ("Control-minus", "Control-KP_Subtract"),
}
WORDS = {"keys": "these keys; also ? while the talk has the keyboard"}  # where the window is different
OWN_WORDS = (("Ctrl++", "larger text"), ("Ctrl+-", "smaller text"))

# Tk's names of keys, as they stand on the keys.
_NAMES = {
    "Control": "Ctrl", "Prior": "Page Up", "Next": "Page Down", "Return": "Enter", "Up": "↑", "Down": "↓",
    "plus": "+", "Escape": "Esc",
}  # fmt: skip


def explained() -> dict[str, list[tuple[str, str]]]:
    """Every key with what it does, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key in KEYS:
        if key.gui:
            groups.setdefault(key.group, []).append(
                (" or ".join(map(shown, key.gui)), WORDS.get(key.action, key.words))
            )
    groups.setdefault("Screen", []).extend(OWN_WORDS)
    return groups


def shown(sequence: str) -> str:
    """``Ctrl+Page Down`` for ``Control-Next``."""
    parts = [_NAMES.get(part, part) for part in sequence.split("-")]
    return "+".join(part.upper() if len(part) == 1 and len(parts) > 1 else part for part in parts)


def bind_keys(root: tk.Tk, actions: Mapping[str, Callable[[], None]]) -> None:
    """Bind the keys of these actions, before what the widgets themselves do with them.

    Call it when all widgets are made. Actions that aren't in ``actions`` are some widget's own.
    """
    sequences = {key.action: key.gui for key in KEYS} | OWN
    for action, function in actions.items():
        for sequence in sequences[action]:
            root.bind_class(TAG, f"<{sequence}>", _handler(function))
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
