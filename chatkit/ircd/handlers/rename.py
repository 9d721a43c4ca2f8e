"""RENAME: give a room another name, with all that belongs to it.

Spec: https://ircv3.net/specs/extensions/channel-rename
"""

from __future__ import annotations

from collections.abc import Iterator

from chatkit.ircd import quiet, speech
from chatkit.ircd.appliers.rooms import join_frame
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import ChannelRenamed
from chatkit.ircd.handlers.channels import own_channel, show_room
from chatkit.ircd.registrations import looks_like
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Channel, Member, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

MAX_SHOWN = 200_000  # members that all clients together may have to be shown anew


@command("RENAME", min_params=2)
def rename(ctx: Context, msg: Message) -> None:
    """RENAME <channel> <name> [<reason>]: operators may, in a registered room its founder alone

    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED, ERR_CANNOTSENDTOCHAN, FAIL with
    CHANNEL_NAME_IN_USE or CANNOT_RENAME
    """
    channel, member = own_channel(ctx, msg.params[0])
    _require_right(ctx, channel, member)
    quiet.refuse_muted(ctx, channel.name)
    speech.refuse_archived(channel)
    name = _free_name(ctx, channel, msg.params[1])
    old, reason = channel.name, names.clip(msg.param(2), names.KICK_LEN)
    if name == old:
        return
    strangers = list(_strangers(channel)) if casefold(name) != channel.id else []
    if len(strangers) * len(channel.members) > MAX_SHOWN:
        raise _cannot(channel, name, "Too many would have to be shown the channel anew")
    ctx.charge(len(ctx.ircd.users) + len(strangers) * len(channel.members))
    ctx.change(ChannelRenamed(ctx.cause(), old, name, reason))
    for user, session in strangers:
        _fall_back(ctx if session is ctx.session else Context(ctx.ircd, session, ctx.now), user, channel, old, reason)


def _require_right(ctx: Context, channel: Channel, member: Member) -> None:
    ctx.require(member.is_op, n.ERR_CHANOPRIVSNEEDED, channel.name)
    registration, account = channel.registration, ctx.user.account
    owns = registration is None or (account is not None and account.key == registration.founder)
    ctx.require(owns, n.ERR_CHANOPRIVSNEEDED, channel.name, text="Only its founder renames a registered channel")


def _free_name(ctx: Context, channel: Channel, wanted: str) -> str:
    """The name that ``wanted`` asks for. Refuses: CANNOT_RENAME, CHANNEL_NAME_IN_USE."""
    ircd, name = ctx.ircd, names.prepare_channel(wanted)
    if name is None:
        raise _cannot(channel, wanted, "That is no name for a channel")
    key = casefold(name)
    if key == channel.id:
        return name
    ctx.charge(len(ircd.registrations))
    if ircd.is_lobby(channel.id) or ircd.is_lobby(key):
        raise _cannot(channel, name, "Everyone is put into that channel by its name")
    if ircd.bans.on_room(key) or ircd.bans.on_room(key, "mute"):
        raise _cannot(channel, name, "That channel was closed by those who run the server")
    taken = key in ircd.channels or key in ircd.registrations
    if taken or (channel.registration is not None and looks_like(ircd, name) not in (None, channel.registration)):
        raise Fail("RENAME", "CHANNEL_NAME_IN_USE", channel.name, name, text="The channel name is already taken")
    return name


def _cannot(channel: Channel, name: str, text: str) -> Fail:
    return Fail("RENAME", "CANNOT_RENAME", channel.name, name, text=text)


def _strangers(channel: Channel) -> Iterator[tuple[User, Session]]:
    """The members' sessions that do not know RENAME."""
    for user in channel.members:
        for session in user.sessions:
            if not session.has(cap.CHANNEL_RENAME):
                yield user, session


def _fall_back(ctx: Context, user: User, channel: Channel, old: str, reason: str) -> None:
    """Let a session that does not know RENAME leave the old room and join the new one."""
    by = ctx.ircd.cause(user, ctx.now)
    ctx.send_frame(Frame(f":{by.source} PART {old}" + (f" :{reason}" if reason else ""), by))
    ctx.send_frame(join_frame(channel, user, ctx.ircd.besides(by)))
    show_room(ctx, channel)
