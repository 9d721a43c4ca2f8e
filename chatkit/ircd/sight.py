"""Who may see whom: invisible users, secret rooms, auditoriums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatkit.ircd.services import as_user
from chatkit.ircd.state import Channel, User
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

HIDDEN_ADDRESS = "255.255.255.255"  # stands for an address that the asker may not know


def anyone(ircd: Ircd, nick: str) -> User | None:
    """Whoever answers to ``nick``: a user, or a service, which is none but can be asked about."""
    return ircd.users.get(casefold(nick)) or as_user(ircd, nick)


def may_find(asker: User, user: User) -> bool:
    """Whether a search of ``asker`` may turn ``user`` up: it is not invisible, or they share a room.

    Spec: https://modern.ircdocs.horse/#invisible-user-mode
    """
    if "i" not in user.modes or user is asker or asker.may("see-secret"):
        return True
    shared = user.channels.keys() & asker.channels.keys()
    return any(shows(user.channels[key], asker, user) for key in shared)


def shows(channel: Channel, asker: User, user: User) -> bool:
    """Whether ``asker`` may see that ``user`` is in ``channel``, where it is."""
    if user is asker or asker.may("see-secret"):
        return True
    here = channel.members.get(asker)
    if here is None and ("i" in user.modes or not channel.is_visible_to(asker)):
        return False
    # Who has come into an auditorium is for those with a prefix to see.
    return not channel.members[user].hidden or (here is not None and bool(here.modes))


def rooms_of(asker: User, user: User) -> Iterator[Channel]:
    """The rooms of ``user`` that ``asker`` may see it in."""
    return (channel for channel in user.channels.values() if shows(channel, asker, user))


def address_of(asker: User, user: User) -> str | None:
    """Where ``user`` really comes from, or None: that is for itself, and for operators who may see it."""
    return user.address if user is asker or asker.may("see-hosts") else None
