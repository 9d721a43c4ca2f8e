"""What the server says, and what it means for the client: one function for each command and numeric, by family."""

from __future__ import annotations

from chatkit.client.incoming import marks, members, registration, replies, rooms, talking  # they fill the table
from chatkit.client.incoming.table import HANDLERS, Handler

__all__ = ["HANDLERS", "handler_for", "marks", "members", "registration", "rooms", "talking"]


def handler_for(command: str) -> Handler:
    """The function for ``command``; an unknown numeric is shown in the server's own words."""
    return HANDLERS.get(command, replies.other)
