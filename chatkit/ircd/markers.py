"""Up to where a user has read each room and each conversation.

The markers of an account are one dictionary that all its users share, and outlive them; a guest's go with the guest.

Spec: https://ircv3.net/specs/extensions/read-marker
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.documents import document, restores
from chatkit.proto.casemapping import casefold
from chatkit.proto.timestamps import format_time

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User

DOCUMENT = "marker"  # the kind of document that keeps one, under the account's key, a blank and the target
MAX_MARKERS = 1000  # of one user; past that the one is forgotten that has not moved for longest


class Marker(msgspec.Struct, frozen=True):
    """``time`` is in milliseconds since 1970."""

    time: int


def line(target: str, time: int | None) -> str:
    """MARKREAD as the server says it; ``time`` is in milliseconds since 1970."""
    return f"MARKREAD {target} {'*' if time is None else 'timestamp=' + format_time(time)}"


def shown(ircd: Ircd, user: User, target: str) -> str:
    """``target`` as it is written where ``user`` may know it: its room, or somebody who is there."""
    key = casefold(target)
    channel, peer = user.channels.get(key), ircd.users.get(key)
    return channel.name if channel is not None else peer.nick if peer is not None else target


def move(ircd: Ircd, user: User, target: str, time: int) -> None:
    """``user`` has read ``target`` (casefolded) up to ``time``."""
    markers = user.markers
    markers.pop(target, None)
    markers[target] = time  # at the end: it moved last
    _note(ircd, user, target, Marker(time))
    if len(markers) > MAX_MARKERS:
        oldest = next(iter(markers))
        del markers[oldest]
        _note(ircd, user, oldest, None)


def rename(ircd: Ircd, user: User, old: str, new: str) -> None:
    """The room ``old`` is called ``new`` from now on, both casefolded."""
    if old != new and old in user.markers:
        move(ircd, user, new, user.markers.pop(old))
        _note(ircd, user, old, None)


def _note(ircd: Ircd, user: User, target: str, marker: Marker | None) -> None:
    if user.account is not None:
        ircd.note(document(DOCUMENT, f"{user.account.key} {target}", marker))


def share(ircd: Ircd, user: User, *, was_guest: bool) -> None:
    """Give ``user`` the markers of the account that it is logged in to now, and that those it has set as a guest."""
    own = user.markers
    if user.account is None:
        user.markers = {}
        return
    user.markers = ircd.markers.setdefault(user.account.key, {})
    for target, time in own.items() if was_guest else ():
        if time > user.markers.get(target, 0):
            move(ircd, user, target, time)


def forget(ircd: Ircd, key: str) -> None:
    """The account ``key`` is gone, and so is what it has read."""
    for target in ircd.markers.pop(key, {}):
        ircd.note(document(DOCUMENT, f"{key} {target}", None))


@restores(DOCUMENT)
def restore_marker(ircd: Ircd, key: str, body: bytes) -> None:
    """Put one back."""
    account, _, target = key.partition(" ")
    ircd.markers.setdefault(account, {})[target] = msgspec.json.decode(body, type=Marker).time
