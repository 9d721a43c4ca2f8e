"""ChanServ: its table of commands, and how they find a registered room or refuse.

Whoever owns a room is its founder; who else has access gets a prefix mode there, and may do by ChanServ what that
prefix may do in the room. The commands are in ``handlers``, a file for each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import audit
from chatkit.ircd.events import Cause
from chatkit.ircd.registrations import Registration, find_room, letter_for
from chatkit.ircd.services import Service
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import RANKS

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.context import Context
    from chatkit.ircd.state import Channel, User

PRIVILEGE = "rooms"  # of IRC operators who may do in every registered room what its founder may

_READING = frozenset({"HELP", "INFO", "LIST", "ACCESS LIST"})


class ChanServ(Service):
    """What operators do in rooms of others is written down."""

    def answer(self, ctx: Context, text: str) -> None:
        """Do what the user says in ``text``. Refuses: with a NOTICE."""
        room = _of_another(ctx, text.split())
        super().answer(ctx, text)
        if room:
            audit.by_oper(ctx, "chanserv", {"text": text}, f"Told ChanServ: {text}", hits=(room,))


def _of_another(ctx: Context, words: list[str]) -> str:
    """The room of somebody else that an operator is about to do something to by his privilege; or nothing."""
    if not ctx.user.may(PRIVILEGE) or not _READING.isdisjoint(" ".join(words[:n]).upper() for n in (1, 2)):
        return ""
    found = (ctx.ircd.registrations.get(casefold(word)) for word in words)
    rooms = (room.name for room in found if room is not None and room.rank_of(ctx.user.account) < RANKS["q"])
    return next(rooms, "")


service = ChanServ("ChanServ", "ChanServ keeps channels for those who own them.", "CHANSERV", "CS")


def find(ctx: Context, name: str) -> tuple[str, Registration]:
    """The registered room ``name``, as far as the user may know of it, and its casefolded name."""
    key = casefold(name)
    channel = find_room(ctx.ircd, key)
    registration = channel.registration if channel is not None else None
    is_secret = channel is not None and not channel.is_visible_to(ctx.user) and not letter_for(channel, ctx.user)
    if registration is None or is_secret:
        raise service.refusal(f"{name} is not registered.")
    return key, registration


def find_ruled(ctx: Context, name: str, letter: str) -> tuple[str, Registration]:
    """As ``find``, for those alone who have access as ``letter`` or above."""
    key, registration = find(ctx, name)
    service.require(rank_in(ctx, registration) >= RANKS[letter], f"Your access to {registration.name} is not enough.")
    return key, registration


def rank_in(ctx: Context, registration: Registration) -> int:
    """The rank that the user's access gives it in the room, whether it is in there or not."""
    return RANKS["q"] if ctx.user.may(PRIVILEGE) else registration.rank_of(ctx.user.account)


def inside(ctx: Context, key: str) -> Channel:
    """The room, with somebody in it, to act there."""
    channel = ctx.ircd.channels.get(key)
    if channel is None:
        raise service.refusal("Nobody is in there.")
    return channel


def find_account(ctx: Context, name: str) -> Account:
    """The account ``name``."""
    account = ctx.ircd.accounts.find(name)
    if account is None:
        raise service.refusal(f"There is no account {name}.")
    return account


def find_user(ctx: Context, words: list[str]) -> User:
    """The user whose nick is the second word; without one the user itself."""
    if len(words) < 2:
        return ctx.user
    user = ctx.ircd.users.get(casefold(words[1]))
    if user is None:
        raise service.refusal(f"There is nobody called {words[1]}.")
    return user


def own_cause(ctx: Context) -> Cause:
    """ChanServ, now: what the next event comes from that a room is to see."""
    return Cause(ctx.ircd.sequence.next(ctx.now.wall), service.source(ctx.ircd))
