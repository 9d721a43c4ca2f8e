"""Who may say or change nothing at the moment: the muted anywhere, and everyone while the server is read-only.

Services are always heard, and so is REPORT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import lockdown
from chatkit.ircd.addressees import ADDRESSEES
from chatkit.ircd.errors import NumericError
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

AILING = "This server cannot store messages at the moment; until it can, it is read-only"


def refuse_muted(ctx: Context, target: str = "*") -> None:
    """Refuse who may say nothing, to ``target`` or at all.

    Refuses: ERR_CANNOTSENDTOCHAN where that is a room, else ERR_CANNOTSENDTOUSER
    """
    if ctx.user.muted is not None or ctx.ircd.hushed:
        _refuse(ctx, target, ctx.user.muted)


def refuse_hushed(ctx: Context, target: str = "*") -> None:
    """As ``refuse_muted``, for what the muted may do too, because it is no speech: keeping order in their rooms."""
    if ctx.ircd.hushed:
        _refuse(ctx, target, None)


def own_words(ctx: Context, text: str, instead: str = "") -> str:
    """``text``, that goes with something everybody may do; of one who is muted ``instead`` of it."""
    user = ctx.session.user
    return text if user is None or user.muted is None else instead


def _refuse(ctx: Context, target: str, muted: str | None) -> None:
    why = muted or _hush(ctx)
    if why is None or casefold(target) in ADDRESSEES:
        return
    is_room = target.lstrip(names.STATUS_PREFIXES).startswith(names.CHANNEL_TYPES)
    numeric = n.ERR_CANNOTSENDTOCHAN if is_room else n.ERR_CANNOTSENDTOUSER
    raise NumericError(numeric, target, text=why)


def _hush(ctx: Context) -> str | None:
    """Why the server is read-only for this user; operators may go on where it is not the store that fails."""
    if ctx.ircd.ailing:
        return AILING
    return None if ctx.user.is_oper else lockdown.told(ctx.ircd.lockdown)
