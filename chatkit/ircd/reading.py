"""Who may read what of the history: members what happened in their rooms, both sides what was said between them.

Nobody else reads anything, IRC operators included; banned and muted members read as they listen. A registered room may
keep from its members what happened before they joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.services import as_user
from chatkit.ircd.state import Channel, Member, User
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store.records import FIRST, ConversationQuery, Record, TargetsQuery, conversation_of, is_conversation

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

# What an auditorium shows to those with a prefix only: who is there.
CROWD = ("JOIN", "KICK", "MODE", "NICK", "PART", "QUIT")


class Place(msgspec.Struct, frozen=True):
    """A room or a conversation, as far as one user may read it."""

    target: str  # its history key
    name: str  # as shown
    since: int = FIRST  # the seq before which nothing may be read
    without: tuple[str, ...] = ()  # commands of events that may not be read


def room(user: User, key: str) -> Place | None:
    """The room ``key``, casefolded, if ``user`` may read it."""
    channel = user.channels.get(key)
    return None if channel is None else _room(channel, channel.members[user])


def rooms(user: User) -> list[Place]:
    """All rooms that ``user`` may read."""
    return [_room(channel, channel.members[user]) for channel in user.channels.values()]


def _room(channel: Channel, member: Member) -> Place:
    from_joining = channel.registration is not None and channel.registration.history == "joined"
    is_audience = "u" in channel.flags and not member.modes
    return Place(channel.id, channel.name, member.joined if from_joining else FIRST, CROWD if is_audience else ())


def place_of(user: User, record: Record) -> Place | None:
    """Where ``record`` is from, if ``user`` may still read there."""
    if not is_conversation(record.target):
        return room(user, record.target)
    peer = record.recipient if record.sender == user.key else split_source(record.source).nick
    return Place(record.target, peer)


def readable(user: User, records: Iterable[Record]) -> list[Record]:
    """Those of ``records`` that ``user`` may still read: while it waited for them it may have left a room."""
    return [record for record in records if _may_read(user, record)]


def _may_read(user: User, record: Record) -> bool:
    place = place_of(user, record)
    return place is not None and record.seq >= place.since and record.command not in place.without


def latest_query(user: User, limit: int, after: int, before: int, *, newest: bool = True) -> TargetsQuery:
    """Where ``user`` may read, by the latest message there, if that was in between: see ``place_of``."""
    places = rooms(user)
    targets, since = tuple(place.target for place in places), tuple(place.since for place in places)
    return TargetsQuery(targets, user.key, limit, after, before, newest, since)


def find(ctx: Context, name: str, then: Callable[[Place], None], *, refusal: Exception, trouble: Exception) -> None:
    """Call ``then`` with the place that the user calls ``name``: a room, or somebody whom it has talked with.

    Refuses with ``refusal`` where there is nothing that it may read, with ``trouble`` where that cannot be found out.
    """
    key, user = casefold(name), ctx.user
    if name[:1] in names.CHANNEL_TYPES:
        place = room(user, key)
        if place is None:
            raise refusal
        then(place)
        return
    peer = ctx.ircd.users.get(key) or as_user(ctx.ircd, name)  # with a service one has talked, and nothing is kept
    if peer is not None:
        then(Place(conversation_of(user.key, peer.key), peer.nick))
        return

    def found(target: str | None) -> None:
        account = ctx.ircd.accounts.by_name.get(key)
        if target is None and account is not None:  # whose nick was another when they talked
            target = conversation_of(user.key, account.key)
        if target is None:
            raise refusal
        then(Place(target, name))

    ctx.ask(ConversationQuery(user.key, key), found, trouble)
