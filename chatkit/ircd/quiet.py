"""Who may say or change nothing at the moment: the muted anywhere, and everyone while the server is read-only.

Services are always heard, and so is REPORT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import lockdown
from chatkit.ircd.addressees import ADDRESSEES
from chatkit.ircd.away import NOT_THERE
from chatkit.ircd.errors import NumericError
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session, User

AWAY = "Away"  # what those are told of somebody who is, and may not say more
AILING = "This server cannot store messages at the moment; until it can, it is read-only"


def refuse_muted(ctx: Context, target: str = "*") -> None:
    """Refuse who may say nothing, to ``target`` or at all.

    Refuses: ERR_CANNOTSENDTOCHAN where that is a room, else ERR_CANNOTSENDTOUSER
    """
    if ctx.user.muted is not None or ctx.ircd.hushed:
        _refuse(ctx, target, ctx.user.muted)


def refuse_hushed(ctx: Context, target: str = "*") -> None:
    """As ``refuse_muted``, for what the muted may do too, because it is no speech: keeping order in their rooms, and
    what only concerns themselves.
    """
    if ctx.ircd.hushed:
        _refuse(ctx, target, None)


def own_words(ctx: Context, text: str, instead: str = "") -> str:
    """``text``, that goes with something everybody may do; of one who may not speak ``instead`` of it."""
    user = ctx.session.user
    return text if user is None or not _is_silent(ctx.ircd, user) else instead


def drop_early_words(ircd: Ircd, user: User, session: Session) -> None:
    """``session`` is ``user``'s: what it said of itself before that was known is dropped, if it may not speak."""
    if _is_silent(ircd, user):
        session.metadata = None
        if session.away is not None and session.away != NOT_THERE:
            session.away = AWAY


def _is_silent(ircd: Ircd, user: User) -> bool:
    return user.muted is not None or read_only(ircd, user) is not None


def _refuse(ctx: Context, target: str, muted: str | None) -> None:
    why = muted or read_only(ctx.ircd, ctx.user)
    if why is None or casefold(target) in ADDRESSEES:
        return
    is_room = target.lstrip(names.STATUS_PREFIXES).startswith(names.CHANNEL_TYPES)
    numeric = n.ERR_CANNOTSENDTOCHAN if is_room else n.ERR_CANNOTSENDTOUSER
    raise NumericError(numeric, target, text=why)


def read_only(ircd: Ircd, user: User | None) -> str | None:
    """Why nobody, or not this user, may change anything that lasts; None where he may.

    Operators may go on where it is not the store that fails.
    """
    if not ircd.hushed:
        return None
    if ircd.ailing:
        return AILING
    return None if user is not None and user.is_oper else lockdown.told(ircd.lockdown)
