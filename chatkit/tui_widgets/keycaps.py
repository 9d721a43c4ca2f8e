"""Keys as they are written for people, made from the one table of keys."""

from __future__ import annotations

from collections.abc import Iterator

from textual.binding import Binding

from chatkit.client.keys import BY_ACTION

NAMES = {
    "plus": "+", "question_mark": "?", "pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "enter": "Enter",
    "tab": "Tab", "up": "↑", "down": "↓", "home": "Home", "end": "End",
}  # fmt: skip


def keycap(action: str) -> str:
    """The first key of an action: ``^K``; empty where it has none."""
    row = BY_ACTION.get(action)
    return written(row.tui[0]) if row is not None and row.tui else ""


def written(key: str) -> str:
    """Textual's name of a key as people read it: ``ctrl+k`` is ``^K``, ``alt+down`` is ``Alt+↓``."""
    *modifiers, name = key.split("+")
    shown = NAMES.get(name, name.upper() if (len(name) == 1 and modifiers) or name[:1] == "f" else name)
    for modifier in reversed(modifiers):
        shown = f"^{shown}" if modifier == "ctrl" else f"{modifier.title()}+{shown}"
    return shown


def bindings(names: dict[str, str], *, priority: bool) -> Iterator[Binding]:
    """Textual's bindings for actions of the table. ``names`` says what the face calls each of them."""
    for action, name in names.items():
        yield Binding(",".join(BY_ACTION[action].tui), name, show=False, priority=priority)
