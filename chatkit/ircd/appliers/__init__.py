"""What each kind of event does, a file for each family."""

from __future__ import annotations

from importlib import import_module

from chatkit.ircd.apply import chain_followers

FAMILIES = (
    "accounts",
    "metadata",
    "nicks",
    "opers",
    "order",
    "presence",
    "registrations",
    "room_modes",
    "rooms",
    "talk",
    "users",
)


def load_appliers() -> None:
    """Import every family, which fills the tables of ``apply``."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
    chain_followers()
