"""Everything that can be asked of a running server: one row each.

The command line, the console, OperServ, completion, the man pages and JSON-RPC are loops over this table. It imports
nothing of the rules or the server, so that ``--help`` is quick.
"""

from __future__ import annotations

from importlib import import_module

from chatkit.control.row import Row

FAMILIES = ("general", "order", "people", "rooms", "accounts", "history")


def _load() -> dict[str, Row]:
    rows = [row for family in FAMILIES for row in import_module(f"chatkit.control.params.{family}").ROWS]
    return {row.name: row for row in rows}


TABLE = _load()
