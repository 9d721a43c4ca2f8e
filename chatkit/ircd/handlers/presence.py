"""AWAY.

Spec: https://modern.ircdocs.horse/#away-message and https://ircv3.net/specs/extensions/away-notify
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.events import AwayChanged
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.message import Message


@command("AWAY")
def away(ctx: Context, msg: Message) -> None:
    """AWAY [<text>]: away with a text, back without one.

    Spec: https://modern.ircdocs.horse/#away-message
    """
    message = names.clip(msg.param(0), names.AWAY_LEN) or None
    if message != ctx.user.away:
        ctx.charge(ctx.user.reach)
        ctx.change(AwayChanged(ctx.next_seq(), ctx.user.source, message))
    ctx.reply(n.RPL_UNAWAY if message is None else n.RPL_NOWAWAY)
