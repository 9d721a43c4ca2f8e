"""What is meant where nothing is said: the address of the last time, the name of the system's user."""

from __future__ import annotations

import getpass

from chatkit.client.address import DEFAULT_ADDRESS, Address, AddressError, parse_address
from chatkit.client.remembered import recall
from chatkit.proto.names import suggest_nick


def default_address() -> Address:
    """The last one used, else the one at which ``chatkit serve`` listens."""
    try:
        return parse_address(recall().address)
    except AddressError:
        return DEFAULT_ADDRESS


def resolve_address(text: str | None) -> Address:
    """The address that was typed, or the default. Raises AddressError."""
    return parse_address(text) if text else default_address()


def user_nick() -> str:
    """The system user's name, made a nick."""
    try:
        return suggest_nick(getpass.getuser())
    except (OSError, KeyError, ImportError):  # a user without a name
        return "guest"


def default_nick() -> str:
    """What to offer a person as a name: the last one used, else the system user's."""
    return recall().nick or user_nick()
