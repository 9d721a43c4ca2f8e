"""The commands, a file for each family. Adding one is a function and the row above it."""

from __future__ import annotations

from importlib import import_module

FAMILIES = (
    "accounts",
    "batch",
    "capability",
    "channels",
    "chanserv",
    "chanserv_access",
    "chanserv_acts",
    "help",
    "history",
    "invite",
    "join",
    "knock",
    "listing",
    "markers",
    "messages",
    "metadata",
    "modes",
    "monitor",
    "multiline",
    "nickserv",
    "nickserv_settings",
    "opers",
    "operserv",
    "persistence",
    "playback",
    "presence",
    "queries",
    "redact",
    "registration",
    "relaymsg",
    "rename",
    "report",
    "sasl",
    "search",
    "server_info",
    "stats",
    "webirc",
    "who",
    "whois",
)


def load_handlers() -> None:
    """Import every family, which fills the table of commands."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
