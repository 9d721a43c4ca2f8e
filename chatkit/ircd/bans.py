"""Who is meant by the lists of a room."""

from __future__ import annotations

from chatkit.ircd.state import Channel, User
from chatkit.proto import masks


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban of ``channel`` fits ``user``."""
    return any(masks.matches(entry.mask, user.source) for entry in channel.lists["b"].values())
