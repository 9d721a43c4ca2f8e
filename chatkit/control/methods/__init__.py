"""What the commands do, a file for each family of the table."""

from __future__ import annotations

from importlib import import_module

FAMILIES = (
    "general",
    "audit",
    "tokens",
    "order",
    "people",
    "rooms",
    "room_order",
    "room_settings",
    "accounts",
    "history",
    "backup",
)


def load_methods() -> None:
    """Import every family, which enters its functions by name."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
