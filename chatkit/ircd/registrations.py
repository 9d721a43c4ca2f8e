"""Registered rooms: what outlives their members, and who gets which prefix there.

A registration is one document. While somebody is in the room it follows what is set there; when nobody is, the room is
made from it again. It is saved once a turn, however much has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.ircd.documents import document, restores
from chatkit.ircd.room_settings import RoomSettings
from chatkit.ircd.state import Channel, User
from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton
from chatkit.proto.modes import RANKS
from chatkit.store.records import CHANNEL as DOCUMENT

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.ircd import Ircd


class Registration(RoomSettings, kw_only=True):
    """A room that an account owns. Saved whole whenever it changes, under the room's casefolded name."""

    founder: str  # an account's key
    access: dict[str, str] = msgspec.field(default_factory=dict)  # the prefix mode that members get, by account's key
    history: Literal["all", "joined"] = "all"  # whether members may read what was said before they joined
    guard: bool = False  # whether only those with access may be half operators or more
    heir: str = ""  # the key of the account that the room has been offered to

    def letter_of(self, account: Account | None) -> str:
        """The prefix mode that members get who are logged in to ``account``, or nothing."""
        if account is None:
            return ""
        return "q" if account.key == self.founder else self.access.get(account.key, "")

    def rank_of(self, account: Account | None) -> int:
        """The rank of that prefix mode."""
        return RANKS.get(self.letter_of(account), 0)


def letter_for(channel: Channel, user: User) -> str:
    """The prefix mode that ``user`` gets in ``channel`` by right, or nothing."""
    return channel.registration.letter_of(user.account) if channel.registration is not None else ""


def may_hold(channel: Channel, user: User, letter: str) -> bool:
    """Whether ``user`` may be given the prefix mode ``letter``: a guarded room keeps power to those with access."""
    registration, rank = channel.registration, RANKS[letter]
    if registration is None or not registration.guard or rank < RANKS["h"]:
        return True
    return registration.rank_of(user.account) >= rank


def owned_by(ircd: Ircd, key: str) -> list[Registration]:
    """The rooms of the account ``key``."""
    return [registration for registration in ircd.registrations.values() if registration.founder == key]


def looks_like(ircd: Ircd, name: str) -> Registration | None:
    """Another registered room whose name looks like ``name``."""
    wanted, key = skeleton(name), casefold(name)
    found = (registration for other, registration in ircd.registrations.items() if other != key)
    return next((registration for registration in found if skeleton(registration.name) == wanted), None)


def find_room(ircd: Ircd, name: str) -> Channel | None:
    """The room with the casefolded ``name``; a registered one also while nobody is in it, made for the occasion."""
    channel = ircd.channels.get(name)
    if channel is None and name in ircd.registrations:
        return _make(ircd.registrations[name])
    return channel


def _make(registration: Registration) -> Channel:
    channel = registration.make()
    channel.registration = registration
    return channel


def follow(ircd: Ircd, channel: Channel) -> None:
    """Take over into its registration, if there is one, what is set in ``channel``."""
    registration = channel.registration
    if registration is None:
        return
    registration.take_from(channel)
    touch(ircd, channel.id)


def touch(ircd: Ircd, name: str) -> None:
    """Save the registration of the room with the casefolded ``name`` at the end of the turn, or take it away."""
    ircd.touched_registrations[name] = None


def save(ircd: Ircd) -> None:
    """Note the documents of all that was touched."""
    for name in ircd.touched_registrations:
        ircd.note(document(DOCUMENT, name, ircd.registrations.get(name)))
    ircd.touched_registrations.clear()


@restores(DOCUMENT)
def restore(ircd: Ircd, key: str, body: bytes) -> None:
    """Put a registration back."""
    ircd.registrations[key] = msgspec.json.decode(body, type=Registration)
