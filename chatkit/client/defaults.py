"""What is meant where nothing is said."""

from __future__ import annotations

import getpass

from chatkit.proto.names import suggest_nick


def user_nick() -> str:
    """The system user's name, made a nick."""
    try:
        return suggest_nick(getpass.getuser())
    except (OSError, KeyError, ImportError):  # a user without a name
        return "guest"
