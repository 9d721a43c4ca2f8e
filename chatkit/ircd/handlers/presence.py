"""What users say of themselves: AWAY and SETNAME.

Spec: https://modern.ircdocs.horse/#away-message, https://ircv3.net/specs/extensions/pre-away and
https://ircv3.net/specs/extensions/setname
"""

from __future__ import annotations

from chatkit.ircd import away, quiet
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import RealnameChanged
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.message import Message


@command("AWAY", before_registration=True)
def away_(ctx: Context, msg: Message) -> None:
    """AWAY [<text>]: away with a text, back without one, ``*`` where nobody sits before the device.

    Spec: https://modern.ircdocs.horse/#away-message
    Refuses: ERR_NOTREGISTERED, unless draft/pre-away was negotiated
    """
    session = ctx.session
    ctx.require(session.user is not None or session.has(cap.PRE_AWAY), n.ERR_NOTREGISTERED)
    words = names.clip(msg.param(0), names.AWAY_LEN)
    if words not in ("", away.NOT_THERE):
        words = quiet.own_words(ctx, words, quiet.AWAY)
    session.away = words or None
    session.away_seq = ctx.ircd.sequence.next(ctx.now.wall)
    if session.user is not None:
        if away.message_of(session.user) != session.user.away:
            ctx.charge(session.user.reach)
        away.refresh(ctx.ircd, session.user, ctx.now, ctx)
    ctx.reply(n.RPL_UNAWAY if session.away is None else n.RPL_NOWAWAY)


@command("SETNAME", min_params=1)
def setname(ctx: Context, msg: Message) -> None:
    """SETNAME <realname>

    Spec: https://ircv3.net/specs/extensions/setname
    Refuses: FAIL with INVALID_REALNAME; ERR_CANNOTSENDTOUSER who is muted
    """
    real = msg.params[0]
    if not real.strip() or len(real.encode()) > names.REAL_LEN:
        raise Fail("SETNAME", "INVALID_REALNAME", text=f"A real name has 1 to {names.REAL_LEN} bytes")
    quiet.refuse_muted(ctx, ctx.user.nick)
    ctx.charge(ctx.user.reach)
    ctx.change(RealnameChanged(ctx.cause(), real))
