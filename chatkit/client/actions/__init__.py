"""All that one can do by choosing it: the rows of every menu, in a file for each thing that they are about.

Each is a row of one table, with the thing it is about (its scope), when it fits, and what it does. A face shows
``menu(...)`` where somebody clicks with the other button; ``palette(...)`` finds the same rows by what is typed.
"""

from __future__ import annotations

from chatkit.client.actions import messages, people, rooms, networks, program  # isort: skip  # they fill the table
from chatkit.client.actions.palette import Choice, palette
from chatkit.client.actions.table import ACTIONS, Action, Fits, Run, Scope, Target, menu

__all__ = [
    "ACTIONS",
    "Action",
    "Choice",
    "Fits",
    "Run",
    "Scope",
    "Target",
    "menu",
    "messages",
    "networks",
    "palette",
    "people",
    "program",
    "rooms",
]
