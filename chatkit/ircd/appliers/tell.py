"""Who is told of an event, and what history keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatkit.ircd.events import Event
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Channel, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store.records import Record

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


def tell(ircd: Ircd, audience: Audience, frame: Frame, origin: Context | None) -> None:
    """Send ``frame`` to everyone in ``audience``, which the origin's session is among."""
    if origin is None or origin.label is None:
        ircd.turn.broadcast(audience, frame)
    else:
        ircd.turn.broadcast(audience, frame, skip=origin.session.link)
        origin.send_frame(frame)


def sessions_of(users: Iterable[User]) -> list[Session]:
    """All sessions of ``users``."""
    return [session for user in users for session in user.sessions]


def around(ircd: Ircd, user: User, *, itself: bool) -> Audience:
    """Who hears of a change of ``user``: who shares a room with it, and who monitors it and wants to know more.

    ``itself`` is whether its own sessions are among them.
    """
    found = dict.fromkeys(sessions_of(peer for peer in user.peers() if itself or peer is not user))
    for session in ircd.watchers.get(casefold(user.nick), ()):
        if session.has(cap.EXTENDED_MONITOR) and (itself or session.user is not user):
            found[session] = None
    return Audience(found)


def user_of(ircd: Ircd, event: Event) -> User:
    """The user that the event is about: its source."""
    return ircd.users[casefold(split_source(event.source).nick)]


def channel_of(ircd: Ircd, name: str) -> Channel:
    """The room called ``name``."""
    return ircd.channels[casefold(name)]


def note(ircd: Ircd, event: Event, channel: Channel, command: str, rest: str) -> None:
    """Keep ``event`` for event-playback in ``channel``; ``rest`` is what follows the command on the wire."""
    if not ircd.config.history.events:
        return
    by = event.by
    record = Record(by.seq, channel.id, command, by.source, "", channel.name, rest, account=by.account, bot=by.bot)
    ircd.note(record)
