"""Carrying events out: one function for each kind, in ``appliers``, a file for each family.

It changes the state, stages the deliveries and, where it belongs there, the record for the history. Deciding whether an
event may happen is the handlers' part; here it has happened. ``origin`` is the command that it came from, or None. A
session whose command has a label gets its copy of the event as part of the labelled answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chatkit.ircd.events import Event, Said

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

Applier = Callable[["Ircd", Any, "Context | None"], None]
A = TypeVar("A", bound=Applier)

APPLIERS: dict[type[Event], Applier] = {}
FOLLOWERS: dict[type[Event], list[Applier]] = {}


def applies(kind: type[Event]) -> Callable[[A], A]:
    """Enter the function into the table, for events of ``kind``."""

    def enter(applier: A) -> A:
        APPLIERS[kind] = applier
        return applier

    return enter


def follows(*kinds: type[Event]) -> Callable[[A], A]:
    """Have the function called after every event of ``kinds`` has been carried out, for what hangs on those events.

    It costs nothing where it is not used: kinds without followers, as Said, go straight to their appliers.
    """

    def enter(follower: A) -> A:
        for kind in kinds:
            FOLLOWERS.setdefault(kind, []).append(follower)
        return follower

    return enter


def chain_followers() -> None:
    """Put the followers behind their appliers. Call once, when all are known."""
    for kind, followers in FOLLOWERS.items():
        APPLIERS[kind] = _chain((APPLIERS[kind], *followers))


def _chain(appliers: tuple[Applier, ...]) -> Applier:
    def apply_all(ircd: Ircd, event: Event, origin: Context | None) -> None:
        for applier in appliers:
            applier(ircd, event, origin)

    return apply_all


def apply(ircd: Ircd, event: Event, origin: Context | None = None) -> None:
    """Carry ``event`` out."""
    kind = type(event)
    if kind is not Said:
        ircd.changes += 1
    APPLIERS[kind](ircd, event, origin)
    ircd.turn.events.append(event)
