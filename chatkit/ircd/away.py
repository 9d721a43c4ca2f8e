"""Whether a user is away, who may have several devices or, being always on, none.

Spec: https://ircv3.net/specs/extensions/pre-away
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import AwayChanged

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User

NOT_THERE = "*"  # what a client says where nobody sits before it
UNSPECIFIED = "Not here at the moment"  # what the others are told of that
NOT_CONNECTED = "Not connected"


def message_of(user: User) -> str | None:
    """The message of a user who is away; None for one who is there.

    A user is there while any of its devices is. Else the latest words of a person count. A device that says no more
    than ``*`` is as good as none.
    """
    if any(session.away is None for session in user.sessions):
        return None
    spoken = [session for session in user.sessions if session.away != NOT_THERE]
    if spoken:
        return max(spoken, key=lambda session: session.away_seq).away
    if user.sessions:
        return UNSPECIFIED
    return user.away or NOT_CONNECTED  # what the last device said before it went


def refresh(ircd: Ircd, user: User, now: Moment, origin: Context | None = None) -> None:
    """Tell those whom it concerns, if ``user`` has gone or come back by what became of its devices."""
    message = message_of(user)
    if message != user.away:
        apply.apply(ircd, AwayChanged(ircd.cause(user, now), message), origin)
