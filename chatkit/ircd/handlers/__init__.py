"""The commands, a file for each family. Adding one is a function and the row above it."""

from __future__ import annotations

from importlib import import_module

FAMILIES = ("capability", "channels", "history", "messages", "modes", "presence", "queries", "registration")


def load_handlers() -> None:
    """Import every family, which fills the table of commands."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
