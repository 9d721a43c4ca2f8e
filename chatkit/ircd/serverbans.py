"""Bans and mutes of the whole server: making and lifting them. Each is a document, and ends by itself if it is to.

A room's own lists are its operators' business, see ``bans``; these are made by those who run the server. ``ban_index``
finds whom they mean, ``enforcing`` sees to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd import apply, enforcing
from chatkit.ircd.ban_index import Effect, Kind, ServerBan, ServerBans, prepare_pattern
from chatkit.ircd.documents import document, restores
from chatkit.ircd.events import Cause, Ruled

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "serverban"  # the kind of document that keeps one
_LATEST = "serverban-latest"  # and which was the last
_KEY = "server"
SECOND = 1_000_000  # of a seq
_EPOCH = 1_735_689_600  # 2025, in seconds since 1970: ids are short because they count from there
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # none is taken for another
_DONE = {"ban": "banned", "mute": "muted"}
_DONE_TO_ROOMS = {"ban": "closed", "mute": "made an archive"}


class _Latest(msgspec.Struct, frozen=True):
    """The id of the ban that was made last, whether it still holds or not."""

    id: str


def new_ids(ircd: Ircd, now: Moment, count: int) -> list[str]:
    """Ids that no ban has or ever had; each is higher than those before."""
    bans, found = ircd.bans, list[str]()
    bans.last_number = max(bans.last_number, now.wall // SECOND - _EPOCH)
    while len(found) < count:
        bans.last_number += 1
        if (id_ := _spelled(bans.last_number)) not in bans.by_id:
            found.append(id_)
    return found


def new_id(ircd: Ircd, now: Moment) -> str:
    """One such id."""
    return new_ids(ircd, now, 1)[0]


def _spelled(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text


def _number(id_: str) -> int:
    number = 0
    for digit in id_:
        number = number * len(_DIGITS) + _DIGITS.find(digit)
    return number


def is_full(ircd: Ircd) -> bool:
    """Whether there are as many as ``limits.server_bans`` allows."""
    return len(ircd.bans.by_id) >= ircd.config.limits.server_bans


def make(ircd: Ircd, ban: ServerBan, now: Moment) -> None:
    """``ban`` holds from now on, in place of one that means the same: whom it means is removed, or silenced."""
    former = ircd.bans.find(ban.kind, ban.effect, ban.pattern)
    if former is not None:
        ircd.note(document(DOCUMENT, former.id, None))
    ircd.bans.enter(ban)
    ircd.note(document(DOCUMENT, ban.id, ban))
    ircd.note(document(_LATEST, _KEY, _Latest(ban.id)))
    _tell(ircd, now, f"{shown(ban)} is {_done(ban)} by {ban.who or ircd.name}{ban.why}")
    enforcing.apply_to_present(ircd, ban, now)


def lift(ircd: Ircd, ban: ServerBan, now: Moment) -> None:
    """``ban`` holds no more. Nothing happens if it does not hold anyway."""
    if ircd.bans.by_id.get(ban.id) != ban:
        return
    ircd.bans.leave(ban)
    ircd.note(document(DOCUMENT, ban.id, None))
    _tell(ircd, now, f"{shown(ban)} is no longer {_done(ban)}")
    enforcing.relieve(ircd, ban, now)


def expire(ircd: Ircd, now: Moment) -> None:
    """Lift those whose time is over."""
    now_s = now.wall // SECOND
    for ban in [ban for ban in ircd.bans.by_id.values() if ban.is_over(now_s)]:
        lift(ircd, ban, now)


def shown(ban: ServerBan) -> str:
    """``The address 203.0.113.0/24``: what is banned, for people."""
    return f"The {ban.kind} {ban.written}"


def _done(ban: ServerBan) -> str:
    return (_DONE_TO_ROOMS if ban.kind == "room" else _DONE)[ban.effect]


def _tell(ircd: Ircd, now: Moment, text: str) -> None:
    apply.apply(ircd, Ruled(Cause(ircd.sequence.next(now.wall), ircd.name), text))


@restores(DOCUMENT)
def restore(ircd: Ircd, key: str, body: bytes) -> None:
    """Put one back. Nobody is connected yet who could be muted; rooms may be open already."""
    ban = msgspec.json.decode(body, type=ServerBan)
    ircd.bans.enter(ban)
    if ban.kind == "room":
        enforcing.refresh_rooms(ircd)


@restores(_LATEST)
def restore_latest(ircd: Ircd, key: str, body: bytes) -> None:
    """Go on counting behind it: so no id comes again, and the order of ids is that of their making."""
    ircd.bans.last_number = _number(msgspec.json.decode(body, type=_Latest).id)


__all__ = [
    "Effect", "Kind", "ServerBan", "ServerBans", "expire", "is_full", "lift", "make", "new_id", "new_ids",
    "prepare_pattern", "shown",
]  # fmt: skip
