"""JOIN: who may enter which room, and where those are sent who may not.

Spec: https://modern.ircdocs.horse/#join-message
"""

from __future__ import annotations

from collections.abc import Callable

from chatkit.ircd import bans, devices, enforcing
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Joined, Parted
from chatkit.ircd.handlers.channels import show_room
from chatkit.ircd.paces import pace
from chatkit.ircd.registrations import find_room, letter_for
from chatkit.ircd.replay import replay_on_join
from chatkit.ircd.state import Channel, User
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.modes import RANKS


@command("JOIN", min_params=1)
def join(ctx: Context, msg: Message) -> None:
    """JOIN <channel>{,<channel>} [<key>{,<key>}], or JOIN 0 to leave all

    Spec: https://modern.ircdocs.horse/#join-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_TOOMANYCHANNELS, ERR_BADCHANNELKEY, ERR_BANNEDFROMCHAN, ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN, ERR_NEEDREGGEDNICK, RPL_TRYAGAIN; with a room to go to instead ERR_LINKCHANNEL
    """
    if msg.params[0] == "0":
        for channel in list(ctx.user.channels.values()):
            ctx.change(Parted(ctx.cause(), channel.name))
        return
    keys = iter(msg.param(1).split(","))
    for name in msg.params[0].split(","):
        try:
            _join(ctx, name, next(keys, ""))
        except NumericError as error:
            ctx.numeric_error(error)


def _join(ctx: Context, wanted: str, key: str) -> None:
    name = names.prepare_channel(wanted)
    if name is None:
        raise NumericError(n.ERR_NOSUCHCHANNEL, wanted)
    if casefold(name) in ctx.user.channels:
        return
    _require_place(ctx, name)
    _refuse_closed(ctx, name)
    pace(ctx, "joins")
    channel = find_room(ctx.ircd, casefold(name))
    refusal = _refusal(channel, ctx.user, key) if channel is not None else None
    if channel is not None and refusal is not None:
        _send_on(ctx, channel, refusal)
    else:
        _enter(ctx, name, channel)


def _require_place(ctx: Context, name: str) -> None:
    limit = ctx.ircd.config.limits.rooms_per_user
    ctx.require(len(ctx.user.channels) < limit, n.ERR_TOOMANYCHANNELS, name)


def _refuse_closed(ctx: Context, name: str) -> None:
    """Refuses: ERR_BANNEDFROMCHAN, where those who run the server have closed the room; there is nothing behind it."""
    ban = ctx.ircd.bans.on_room(name)
    if ban is not None:
        raise NumericError(n.ERR_BANNEDFROMCHAN, name, text=enforcing.closed_text(ban))


def _send_on(ctx: Context, channel: Channel, refusal: NumericError) -> None:
    """Let the user into the room that ``channel`` forwards to, if there is one. The banned are not sent on."""
    is_banned = refusal.numeric == n.ERR_BANNEDFROMCHAN
    target = find_room(ctx.ircd, casefold(channel.forward)) if channel.forward and not is_banned else None
    if target is None:
        raise refusal
    ctx.reply(n.ERR_LINKCHANNEL, channel.name, target.name)
    if target.id in ctx.user.channels:
        return
    _refuse_closed(ctx, target.name)
    second = _refusal(target, ctx.user, "")
    if second is not None:
        raise second
    _enter(ctx, target.name, target)


def _enter(ctx: Context, name: str, channel: Channel | None) -> None:
    if channel is not None:
        name, modes = channel.name, letter_for(channel, ctx.user)
    else:
        modes = "" if ctx.ircd.is_lobby(casefold(name)) else "o"  # whoever opens a room runs it; the lobby is all's
    ctx.change(Joined(ctx.cause(), name, modes))
    joined = ctx.ircd.channels[casefold(name)]
    for device in devices.all_of(ctx):
        show_room(device, joined)
    replay_on_join(ctx, joined)


# What keeps people out, in the order in which it is looked at.
_LOCKS: tuple[tuple[str, Callable[[Channel, User, str], bool]], ...] = (
    (n.ERR_BANNEDFROMCHAN, lambda channel, user, key: bans.is_banned(channel, user)),
    (n.ERR_BADCHANNELKEY, lambda channel, user, key: channel.key is not None and key != channel.key),
    (n.ERR_INVITEONLYCHAN, lambda channel, user, key: "i" in channel.flags and not _is_expected(channel, user)),
    (n.ERR_CHANNELISFULL, lambda channel, user, key: channel.limit is not None and _is_full(channel, channel.limit)),
    (n.ERR_NEEDREGGEDNICK, lambda channel, user, key: "R" in channel.flags and user.account is None),
)


def _refusal(channel: Channel, user: User, key: str) -> NumericError | None:
    """Why ``user`` may not enter, or None. An invitation opens every lock, and so does access as half operator."""
    if user.is_invited_to(channel) or RANKS.get(letter_for(channel, user), 0) >= RANKS["h"]:
        return None
    found = (numeric for numeric, is_shut in _LOCKS if is_shut(channel, user, key))
    return next((NumericError(numeric, channel.name) for numeric in found), None)


def _is_expected(channel: Channel, user: User) -> bool:
    return bool(letter_for(channel, user)) or bans.is_expected(channel, user)


def _is_full(channel: Channel, limit: int) -> bool:
    return len(channel.members) >= limit
