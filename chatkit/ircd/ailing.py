"""The store's failure as a state of the server: told once when it begins, and once when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import lockdown
from chatkit.ircd.apply import apply
from chatkit.ircd.events import Announced, Cause, Event, StoreFailed, StoreRecovered
from chatkit.ircd.quiet import AILING

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd

WELL = "This server stores messages again: go on"


def note_store(ircd: Ircd, why: str, now: Moment) -> None:
    """The store fails, for the reason ``why``; or it works, where that is empty. Everyone is told if that is news."""
    if ircd.ailing == bool(why):
        return
    ircd.ailing = bool(why)
    lockdown.settle(ircd)
    by = Cause(ircd.sequence.next(now.wall), ircd.name)
    event: Event = StoreFailed(by, why) if why else StoreRecovered(by)
    ircd.turn.events.append(event)
    apply(ircd, Announced(by, AILING if why else WELL))
