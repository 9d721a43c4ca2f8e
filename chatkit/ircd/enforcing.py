"""Server bans and mutes, carried out: at the door of registration, at NICK, and on those who are there.

Whoever turns out to be banned by what he has become (logged in, renamed) goes at the end of the turn, when the command
that made it known has been answered. Mutes are kept as ``User.muted``, so that speaking costs no look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd.ban_index import ServerBan, because
from chatkit.ircd.ban_reach import meant_by
from chatkit.ircd.clock import Moment
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Cause
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User


def refuse(ctx: Context) -> None:
    """Keep a session out that is about to be registered, if a ban of any kind means it.

    Refuses: ERR_ERRONEUSNICKNAME where it is the nick that is banned, so that it may ask for another; else
    ERR_YOUREBANNEDCREEP, and the connection ends.
    """
    session = ctx.session
    ban = ctx.ircd.bans.on_session(session)
    if ban is None:
        return
    if ban.kind == "nick":
        wanted, session.nick = session.nick, ""
        raise _banned_nick(ban, wanted)
    text = f"You are banned from this server{ban.why}"
    raise NumericError(n.ERR_YOUREBANNEDCREEP, text=text, closes=f"Banned{ban.why}")


def refuse_nick(ctx: Context, wanted: str) -> None:
    """Refuses: ERR_ERRONEUSNICKNAME, where a ban of a nick or of a mask keeps a user from being called ``wanted``."""
    ban = ctx.ircd.bans.on_session(ctx.session, nick=wanted)
    if ban is not None:
        raise _banned_nick(ban, wanted)


def _banned_nick(ban: ServerBan, wanted: str) -> NumericError:
    return NumericError(n.ERR_ERRONEUSNICKNAME, wanted, text=f"Nobody may be called so here{ban.why}")


def apply_to_present(ircd: Ircd, ban: ServerBan, now: Moment) -> None:
    """``ban`` has come to hold: remove those whom it means, or silence them; archive the rooms."""
    if ban.kind == "room":
        refresh_rooms(ircd)
    elif ban.effect == "mute":
        for user in meant_by(ban, ircd.users):
            _change_mute(ircd, user, now)
    else:
        for user in meant_by(ban, ircd.users):
            _remove(ircd, user, ban, now)


def relieve(ircd: Ircd, ban: ServerBan, now: Moment) -> None:
    """``ban`` holds no more: whoever was silenced by it alone may speak again."""
    if ban.kind == "room":
        refresh_rooms(ircd)
    elif ban.effect == "mute":
        for user in ircd.users.values():
            if user.muted is not None:
                _change_mute(ircd, user, now)


def _change_mute(ircd: Ircd, user: User, now: Moment) -> None:
    """See whether ``user`` is muted, and tell it of what has changed for it."""
    before = user.muted
    refresh_mute(ircd, user)
    if user.muted != before:
        by = Cause(ircd.sequence.next(now.wall), ircd.name)
        line = f":{ircd.name} NOTICE {user.nick} :{user.muted or 'You are no longer muted'}"
        ircd.turn.broadcast(Audience(user.sessions), Frame(line, by))


def refresh_mute(ircd: Ircd, user: User) -> None:
    """See whether ``user`` is muted, by what it is now."""
    ban = ircd.bans.on_user(user, "mute")
    user.muted = None if ban is None else f"You are muted{ban.why}"


def refresh_rooms(ircd: Ircd) -> None:
    """See which of the rooms that are open are archived."""
    for channel in ircd.channels.values():
        channel.archived = ircd.bans.on_room(channel.id, "mute") is not None


def suspect(ircd: Ircd, user: User, seq: int) -> None:
    """``user`` has become another by the event ``seq``: it is muted or not, and goes with this turn if it is banned."""
    refresh_mute(ircd, user)
    if ircd.bans.on_user(user) is not None:
        ircd.condemned[user] = seq


def remove_condemned(ircd: Ircd) -> None:
    """The turn ends: remove those who have turned out to be banned, if they are still there and still are."""
    condemned, ircd.condemned = ircd.condemned, {}
    for user, seq in condemned.items():
        ban = ircd.bans.on_user(user)
        if ban is not None and ircd.users.get(casefold(user.nick)) is user:
            _remove(ircd, user, ban, Moment(seq, ircd.started.mono))


def _remove(ircd: Ircd, user: User, ban: ServerBan, now: Moment) -> None:
    ircd.kill(user, None, f"Banned{ban.why}", now)


def closed_text(ban: ServerBan) -> str:
    """What those are told who want to enter a room that ``ban`` closes."""
    return f"This room was closed{because(ban.reason, ban.until)}"
