"""KNOCK: ask those who run a closed room to be let in.

Spec: https://defs.ircdocs.horse/defs/numerics#rpl-knock-710 (no document describes it; the numerics are ratbox's)
"""

from __future__ import annotations

from chatkit.ircd import bans, quiet, speech
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Knocked
from chatkit.ircd.paces import pace
from chatkit.ircd.state import Channel
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.message import Message

USER_PAUSE = 60.0  # seconds between two knocks of a user, at whatever room
ROOM_PAUSE = 10.0  # seconds between two knocks at a room, whoever knocks


@command("KNOCK", min_params=1)
def knock(ctx: Context, msg: Message) -> None:
    """KNOCK <channel> [<text>]

    Refuses: ERR_NOSUCHCHANNEL, ERR_KNOCKONCHAN, ERR_CHANOPEN, ERR_CANNOTSENDTOCHAN, ERR_TOOMANYKNOCK, RPL_TRYAGAIN
    """
    user, channel = ctx.user, ctx.channel(msg.params[0])
    ctx.require(user not in channel.members, n.ERR_KNOCKONCHAN, channel.name)
    ctx.require(_is_shut(channel), n.ERR_CHANOPEN, channel.name)
    ctx.require(not bans.is_banned(channel, user), n.ERR_CANNOTSENDTOCHAN, channel.name)
    quiet.refuse_muted(ctx, channel.name)
    _require_pause(ctx, user.knocked, USER_PAUSE, channel, "user")
    _require_pause(ctx, channel.knocked, ROOM_PAUSE, channel, "channel")
    pace(ctx, "invites", "KNOCK")
    user.knocked = channel.knocked = ctx.now.mono
    text = speech.words_in(channel, names.clip(msg.param(1), names.KICK_LEN))
    ctx.change(Knocked(ctx.cause(), channel.name, text))
    ctx.reply(n.RPL_KNOCKDLVR, channel.name)


def _is_shut(channel: Channel) -> bool:
    return channel.is_closed or (channel.limit is not None and len(channel.members) >= channel.limit)


def _require_pause(ctx: Context, last: float | None, pause: float, channel: Channel, whose: str) -> None:
    if last is not None and ctx.now.mono - last < pause:
        raise NumericError(n.ERR_TOOMANYKNOCK, channel.name, text=f"Too many KNOCKs ({whose}).")
