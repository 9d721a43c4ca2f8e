"""Keeping order: what those who run the server ruled, what members report to them, and whom bans mean who changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import enforcing, reports
from chatkit.ircd.appliers.tell import user_of
from chatkit.ircd.apply import applies, follows
from chatkit.ircd.events import (
    Attached,
    Cause,
    Detached,
    Event,
    HostChanged,
    LoggedIn,
    LoggedOut,
    NickChanged,
    Registered,
    Reported,
    Ruled,
)
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(Ruled)
def ruled(ircd: Ircd, event: Event, origin: Context | None) -> None:
    """The log alone is told."""


@applies(Reported)
def reported(ircd: Ircd, event: Reported, origin: Context | None) -> None:
    reports.keep(ircd, event)
    for text in reports.in_words(event):
        by = Cause(ircd.sequence.next(event.seq), ircd.name)
        for user in reports.readers(ircd):
            ircd.turn.broadcast(Audience(user.sessions), Frame(f":{ircd.name} NOTICE {user.nick} :{text}", by))


@follows(Attached, HostChanged, LoggedIn)
def became(ircd: Ircd, event: Attached | HostChanged | LoggedIn, origin: Context | None) -> None:
    enforcing.suspect(ircd, user_of(ircd, event), event.seq)


@follows(NickChanged, Registered)
def is_called(ircd: Ircd, event: NickChanged | Registered, origin: Context | None) -> None:
    enforcing.suspect(ircd, ircd.users[casefold(event.nick)], event.seq)


@follows(Detached, LoggedOut)
def shed(ircd: Ircd, event: Detached | LoggedOut, origin: Context | None) -> None:
    """A mute of a device goes with it, one of an account stays with its devices; one who had no device is gone."""
    user = ircd.users.get(casefold(split_source(event.source).nick))
    if user is not None:
        enforcing.refresh_mute(ircd, user)
