"""The half of MODE that is about users.

Spec: https://modern.ircdocs.horse/#user-mode
"""

from __future__ import annotations

from chatkit.ircd.context import Context
from chatkit.ircd.events import UserModesChanged
from chatkit.ircd.handlers.opers import show_host
from chatkit.proto import modes
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.modes import FLAG, USER_MODES, ModeChange

SETTABLE = "BRiw"  # what users set and unset themselves; o they can only give up, and Z follows from their devices


def user_mode(ctx: Context, msg: Message) -> None:
    """MODE <nick> [<modestring>]: one's own modes alone.

    Refuses: ERR_NOSUCHNICK, ERR_USERSDONTMATCH, ERR_UMODEUNKNOWNFLAG
    """
    user = ctx.user
    ctx.require(ctx.find_user(msg.params[0]) is user, n.ERR_USERSDONTMATCH)
    if not msg.param(1):
        ctx.reply(n.RPL_UMODEIS, "+" + user.modes)
        return
    changes, unknown = modes.parse_changes(msg.params[1:], dict.fromkeys(USER_MODES, FLAG))
    effective = _effective(changes, user.modes)
    was_oper = user.is_oper
    if effective:
        ctx.change(UserModesChanged(ctx.cause(), tuple(effective)))
    if was_oper and not user.is_oper:
        show_host(ctx, ctx.session.host)
    # "the server MUST apply the modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG"
    ctx.require(not unknown, n.ERR_UMODEUNKNOWNFLAG)


def _effective(changes: list[ModeChange], letters: str) -> list[ModeChange]:
    """Those of ``changes`` that are the user's to make and change something: of several to one letter the last."""
    last = {change.letter: change for change in changes if _is_theirs(change)}
    return [change for change in last.values() if change.adding is not (change.letter in letters)]


def _is_theirs(change: ModeChange) -> bool:
    return change.letter in SETTABLE or (change.letter == "o" and not change.adding)
