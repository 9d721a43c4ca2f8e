"""INVITE.

Spec: https://modern.ircdocs.horse/#invite-message and https://ircv3.net/specs/extensions/invite-notify
"""

from __future__ import annotations

from chatkit.ircd import quiet
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.events import Invited
from chatkit.ircd.handlers.channels import own_channel
from chatkit.ircd.paces import pace
from chatkit.ircd.registrations import find_room
from chatkit.proto import numerics as n
from chatkit.proto.message import Message


@command("INVITE")
def invite(ctx: Context, msg: Message) -> None:
    """INVITE <nick> <channel>, or INVITE alone for the rooms one is invited to

    Any member may invite; an invitation opens a closed room only if it comes from a half operator or above.

    Spec: https://modern.ircdocs.horse/#invite-message
    Refuses: ERR_NEEDMOREPARAMS, ERR_NOSUCHNICK, ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED,
    ERR_USERONCHANNEL, ERR_CANNOTSENDTOUSER, RPL_TRYAGAIN
    """
    if not msg.params:
        _send_invites(ctx)
        return
    ctx.require(len(msg.params) > 1, n.ERR_NEEDMOREPARAMS, msg.command)
    invited = ctx.find_user(msg.params[0])
    channel, member = own_channel(ctx, msg.params[1])
    ctx.require("i" not in channel.flags or member.is_halfop, n.ERR_CHANOPRIVSNEEDED, channel.name)
    ctx.require(invited not in channel.members, n.ERR_USERONCHANNEL, invited.nick, channel.name)
    quiet.refuse_muted(ctx, invited.nick)
    pace(ctx, "invites")
    ctx.change(Invited(ctx.cause(), channel.name, invited.nick, member.is_halfop))
    ctx.reply(n.RPL_INVITING, invited.nick, channel.name)
    if invited.away is not None:
        ctx.reply(n.RPL_AWAY, invited.nick, text=invited.away)


def _send_invites(ctx: Context) -> None:
    for key in sorted(ctx.user.invites):
        channel = find_room(ctx.ircd, key)
        if channel is not None and ctx.user.is_invited_to(channel):
            ctx.reply(n.RPL_INVITELIST, channel.name)
    ctx.reply(n.RPL_ENDOFINVITELIST)
