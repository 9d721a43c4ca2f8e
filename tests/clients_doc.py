"""The tables of docs/clients.md, made from what the clients are made of.

``python -m tests.clients_doc`` puts them into the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from chatkit.client.commands import COMMANDS
from chatkit.client.keys import KEYS
from chatkit.client.settings import ROWS, ClientSettings, written

DOCUMENT = Path(__file__).parents[1] / "docs" / "clients.md"

CAPS = {
    "pageup": "PgUp", "pagedown": "PgDn", "Prior": "PgUp", "Next": "PgDn", "Return": "Enter", "plus": "+",
    "up": "↑", "down": "↓", "Up": "↑", "Down": "↓", "Control": "Ctrl", "escape": "Esc", "Escape": "Esc",
}  # fmt: skip


def keys() -> str:
    """What the keys do, in both clients that have some."""
    rows = [(_keys(key.tui), _keys(key.gui), key.words) for key in KEYS]
    return _table(("terminal", "desktop", "what it does"), rows)


def commands() -> str:
    """What can be typed behind a slash."""
    rows = []
    for command in COMMANDS.values():
        also = ", ".join(f"`/{alias}`" for alias in command.aliases)
        rows.append((f"`/{command.name} {command.usage}".rstrip() + "`", command.help, also))
    return _table(("command", "what it does", "also"), rows)


def settings() -> str:
    """All settings but those of networks and rooms."""
    defaults = ClientSettings()
    rows = []
    for row in ROWS:
        about = f"{row.title}. {row.help}".replace("*", "\\*").replace("_", "\\_")
        about += f": {', '.join(f'`{choice}`' for choice in row.choices)}" if row.choices else ""
        rows.append((f"`{row.key}`", f"`{written(defaults, row.key)}`".replace("``", "–"), about))
    return _table(("key", "default", "what it means"), rows)


TABLES = {"keys": keys, "commands": commands, "settings": settings}


def with_tables(document: str) -> str:
    """``document`` with the tables as they have to be."""
    for name, make in TABLES.items():
        marks = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        document, found = marks.subn(lambda match, make=make: f"{match[1]}{make()}{match[2]}", document)  # type: ignore[misc]
        assert found == 1, f"no place for {name}"
    return document


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _keys(names: Iterable[str]) -> str:
    return ", ".join(map(_key, names))


def _key(name: str) -> str:
    if len(name) == 1:  # a letter alone is typed as it is
        return f"`{name}`"
    return "+".join(CAPS.get(part, part.capitalize()) for part in re.split(r"[+-](?=.)", name))


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text()))
