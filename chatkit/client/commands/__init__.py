"""Slash commands: a table of rows, each with its help and one function, in a file for each family.

``/word rest`` runs one; ``//text`` says ``/text``.
"""

from __future__ import annotations

from chatkit.client.commands import talk, rooms, people, messages, networks, comfort  # isort: skip  # in the help's order
from chatkit.client.commands.table import (
    ALIASES,
    COMMANDS,
    Arg,
    Command,
    Misuse,
    Typed,
    describe,
    is_command,
    is_of_hub,
    nearest,
    row_of,
    run,
    run_for_hub,
    usage_of,
)

__all__ = [
    "ALIASES",
    "COMMANDS",
    "NAMES",
    "Arg",
    "Command",
    "Misuse",
    "Typed",
    "comfort",
    "describe",
    "is_command",
    "is_of_hub",
    "messages",
    "nearest",
    "networks",
    "people",
    "rooms",
    "row_of",
    "run",
    "run_for_hub",
    "talk",
    "usage_of",
]

NAMES = tuple(COMMANDS)  # for completion
