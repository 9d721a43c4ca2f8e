"""What a session gets when it is registered: as a user of its own, or as a further device of one.

Spec: https://modern.ircdocs.horse/#connection-registration
"""

from __future__ import annotations

from chatkit.ircd import away, invitations, persistence
from chatkit.ircd.appliers.rooms import join_frame
from chatkit.ircd.context import Context
from chatkit.ircd.events import Attached, Cause, Registered
from chatkit.ircd.handlers.channels import show_room
from chatkit.ircd.handlers.server_info import send_isupport, send_lusers, send_motd
from chatkit.ircd.handlers.subscriptions import settle
from chatkit.ircd.replay import replay_missed
from chatkit.ircd.state import User
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.modes import CHANNEL_MODES, USER_MODES
from chatkit.proto.timestamps import format_time


def begin(ctx: Context) -> None:
    """Make the session a user of its own, in the rooms that everyone is put into."""
    session = ctx.session
    by = Cause(ctx.ircd.sequence.next(ctx.now.wall), session.address)
    ctx.change(Registered(by, session.nick, session.address))
    _welcome(ctx)
    for room in ctx.ircd.config.rooms.autojoin:
        ctx.ircd.run(ctx, f"JOIN {room}")
    invitations.lead_in(ctx)


def attach(ctx: Context, user: User) -> None:
    """Make the session a further one of ``user``. It is shown where it is; the others see nothing of it."""
    missed_since = user.left
    ctx.change(Attached(ctx.ircd.cause(user, ctx.now), user.nick, ctx.session.address))
    away.refresh(ctx.ircd, user, ctx.now, ctx)
    _welcome(ctx)
    if user.away is not None:
        ctx.reply(n.RPL_NOWAWAY)
    for channel in user.channels.values():
        ctx.charge(len(channel.members))
        ctx.send_frame(join_frame(channel, user, ctx.cause()))
        show_room(ctx, channel)
    if missed_since is not None:
        replay_missed(ctx, missed_since)


def _welcome(ctx: Context) -> None:
    ircd, user = ctx.ircd, ctx.user
    started = format_time(ircd.started.wall // 1000)[:19].replace("T", " ")
    letters = "".join(sorted(CHANNEL_MODES))
    with_param = "".join(sorted(k for k, kind in CHANNEL_MODES.items() if kind != "D"))
    ctx.reply(n.RPL_WELCOME, text=f"Welcome to the {ircd.network} network, {user.source}")
    ctx.reply(n.RPL_YOURHOST, text=f"Your host is {ircd.name}, running version {ircd.software}")
    ctx.reply(n.RPL_CREATED, text=f"This server was started on {started} UTC")
    ctx.reply(n.RPL_MYINFO, ircd.name, ircd.software, "".join(USER_MODES), letters, with_param)
    send_isupport(ctx)
    if ircd.config.cloaks.mode == "on":
        ctx.reply(n.RPL_VISIBLEHOST, user.host)
    if user.account is not None and ctx.session.has(cap.PERSISTENCE):
        ctx.send(persistence.status(ircd, user.account))
    send_lusers(ctx)
    settle(ctx)
    send_motd(ctx)
    if user.modes:
        ctx.reply(n.RPL_UMODEIS, f"+{user.modes}")
