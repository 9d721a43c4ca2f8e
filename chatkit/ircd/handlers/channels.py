"""Rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK.

Spec: https://modern.ircdocs.horse/#channel-operations
"""

from __future__ import annotations

from collections.abc import Iterator

from chatkit.ircd import bans
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Invited, Joined, Kicked, Parted, TopicChanged
from chatkit.ircd.state import Channel, Member
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message


@command("JOIN", min_params=1)
def join(ctx: Context, msg: Message) -> None:
    """JOIN <channel>{,<channel>} [<key>{,<key>}], or JOIN 0 to leave all

    Spec: https://modern.ircdocs.horse/#join-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_TOOMANYCHANNELS, ERR_BADCHANNELKEY, ERR_BANNEDFROMCHAN, ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN
    """
    if msg.params[0] == "0":
        for channel in list(ctx.user.channels.values()):
            ctx.change(Parted(ctx.next_seq(), ctx.user.source, channel.name))
        return
    keys = iter(msg.param(1).split(","))
    for name in msg.params[0].split(","):
        try:
            _join(ctx, name, next(keys, ""))
        except NumericError as error:
            ctx.numeric_error(error)


def _join(ctx: Context, name: str, key: str) -> None:
    ctx.require(names.is_channel_name(name), n.ERR_NOSUCHCHANNEL, name)
    user, channel_id = ctx.user, casefold(name)
    if channel_id in user.channels:
        return
    channel = ctx.ircd.channels.get(channel_id)
    ctx.require(len(user.channels) < ctx.ircd.config.limits.rooms_per_user, n.ERR_TOOMANYCHANNELS, name)
    modes = ""
    if channel is not None:
        _refuse_entry(ctx, channel, key)
    elif not ctx.ircd.is_lobby(channel_id):
        modes = "o"  # whoever opens a room runs it; the lobby is everybody's
    ctx.change(Joined(ctx.next_seq(), user.source, channel.name if channel else name, modes))
    joined = ctx.ircd.channels[channel_id]
    if joined.topic is not None:
        send_topic(ctx, joined)
    send_names(ctx, joined)


def _refuse_entry(ctx: Context, channel: Channel, key: str) -> None:
    user, name = ctx.user, channel.name
    if user.is_invited_to(channel):  # an invitation opens every lock
        return
    ctx.require(channel.key is None or key == channel.key, n.ERR_BADCHANNELKEY, name)
    ctx.require("i" not in channel.flags, n.ERR_INVITEONLYCHAN, name)
    ctx.require(channel.limit is None or len(channel.members) < channel.limit, n.ERR_CHANNELISFULL, name)
    ctx.require(not bans.is_banned(channel, user), n.ERR_BANNEDFROMCHAN, name)


@command("PART", min_params=1)
def part(ctx: Context, msg: Message) -> None:
    """PART <channel>{,<channel>} [<reason>]

    Spec: https://modern.ircdocs.horse/#part-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL
    """
    reason = names.clip(msg.param(1), names.KICK_LEN)
    for name in msg.params[0].split(","):
        try:
            channel, _ = _own_channel(ctx, name)
        except NumericError as error:
            ctx.numeric_error(error)
        else:
            ctx.change(Parted(ctx.next_seq(), ctx.user.source, channel.name, reason))


def _own_channel(ctx: Context, name: str) -> tuple[Channel, Member]:
    """The room ``name`` and the user's membership. Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL."""
    channel = ctx.channel(name)
    member = channel.members.get(ctx.user)
    if member is None:
        raise NumericError(n.ERR_NOTONCHANNEL, channel.name)
    return channel, member


@command("TOPIC", min_params=1)
def topic(ctx: Context, msg: Message) -> None:
    """TOPIC <channel> [<topic>]

    Spec: https://modern.ircdocs.horse/#topic-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED
    """
    channel = ctx.channel(msg.params[0])
    if len(msg.params) == 1:
        send_topic(ctx, channel)
        return
    channel, member = _own_channel(ctx, msg.params[0])
    ctx.require("t" not in channel.flags or member.is_op, n.ERR_CHANOPRIVSNEEDED, channel.name)
    ctx.change(TopicChanged(ctx.next_seq(), ctx.user.source, channel.name, names.clip(msg.params[1], names.TOPIC_LEN)))


def send_topic(ctx: Context, channel: Channel) -> None:
    """RPL_TOPIC and RPL_TOPICWHOTIME, or RPL_NOTOPIC."""
    if channel.topic is None:
        ctx.reply(n.RPL_NOTOPIC, channel.name)
        return
    ctx.reply(n.RPL_TOPIC, channel.name, text=channel.topic.text)
    ctx.reply(n.RPL_TOPICWHOTIME, channel.name, channel.topic.setter, str(channel.topic.set_at))


@command("NAMES")
def names_(ctx: Context, msg: Message) -> None:
    """NAMES <channel>{,<channel>}

    Spec: https://modern.ircdocs.horse/#names-message
    """
    wanted = {casefold(name): name for name in msg.param(0).split(",")}  # each once, or one line asks for millions
    for key, name in wanted.items():
        channel = ctx.ircd.channels.get(key)
        if channel is None or not channel.is_visible_to(ctx.user):
            ctx.reply(n.RPL_ENDOFNAMES, name or "*")
        else:
            send_names(ctx, channel)


def send_names(ctx: Context, channel: Channel) -> None:
    """RPL_NAMREPLY, as many as it takes, and RPL_ENDOFNAMES."""
    ctx.charge(len(channel.members))
    symbol = "@" if "s" in channel.flags else "="
    ctx.reply_words(n.RPL_NAMREPLY, symbol, channel.name, words=_names(ctx, channel))
    ctx.reply(n.RPL_ENDOFNAMES, channel.name)


def _names(ctx: Context, channel: Channel) -> Iterator[str]:
    every = ctx.session.has(cap.MULTI_PREFIX)
    inside = ctx.user in channel.members
    for user, member in channel.members.items():
        if inside or "i" not in user.modes:
            yield member.prefixes(every) + user.nick


@command("LIST")
def list_(ctx: Context, msg: Message) -> None:
    """LIST [<channel>{,<channel>}]

    Spec: https://modern.ircdocs.horse/#list-message
    """
    channels = ctx.ircd.channels
    ctx.charge(len(channels))
    if msg.param(0):
        found = [channels[key] for key in map(casefold, msg.params[0].split(",")) if key in channels]
    else:
        found = list(channels.values())
    ctx.reply(n.RPL_LISTSTART, "Channel")
    for channel in found:
        if channel.is_visible_to(ctx.user):
            topic_text = channel.topic.text if channel.topic else ""
            ctx.reply(n.RPL_LIST, channel.name, str(len(channel.members)), text=topic_text)
    ctx.reply(n.RPL_LISTEND)


@command("INVITE")
def invite(ctx: Context, msg: Message) -> None:
    """INVITE <nick> <channel>, or INVITE alone for the rooms one is invited to

    Spec: https://modern.ircdocs.horse/#invite-message
    Refuses: ERR_NEEDMOREPARAMS, ERR_NOSUCHNICK, ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED,
    ERR_USERONCHANNEL
    """
    if not msg.params:
        for key, channel in sorted(ctx.user.invites.items()):
            if ctx.ircd.channels.get(key) is channel:
                ctx.reply(n.RPL_INVITELIST, channel.name)
        ctx.reply(n.RPL_ENDOFINVITELIST)
        return
    ctx.require(len(msg.params) > 1, n.ERR_NEEDMOREPARAMS, "INVITE")
    invited = ctx.find_user(msg.params[0])
    channel, member = _own_channel(ctx, msg.params[1])
    ctx.require("i" not in channel.flags or member.is_op, n.ERR_CHANOPRIVSNEEDED, channel.name)
    ctx.require(invited not in channel.members, n.ERR_USERONCHANNEL, invited.nick, channel.name)
    ctx.change(Invited(ctx.next_seq(), ctx.user.source, channel.name, invited.nick, member.is_op))
    ctx.reply(n.RPL_INVITING, invited.nick, channel.name)
    if invited.away is not None:
        ctx.reply(n.RPL_AWAY, invited.nick, text=invited.away)


@command("KICK", min_params=2)
def kick(ctx: Context, msg: Message) -> None:
    """KICK <channel> <nick>{,<nick>} [<reason>]

    Spec: https://modern.ircdocs.horse/#kick-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED, ERR_USERNOTINCHANNEL
    """
    channel, member = _own_channel(ctx, msg.params[0])
    ctx.require(member.is_op, n.ERR_CHANOPRIVSNEEDED, channel.name)
    reason = names.clip(msg.param(2), names.KICK_LEN) or ctx.user.nick
    for nick in msg.params[1].split(","):
        victim = ctx.ircd.users.get(casefold(nick))
        if victim is None or victim not in channel.members:
            ctx.reply(n.ERR_USERNOTINCHANNEL, nick, channel.name)
        else:
            ctx.change(Kicked(ctx.next_seq(), ctx.user.source, channel.name, victim.nick, reason))
