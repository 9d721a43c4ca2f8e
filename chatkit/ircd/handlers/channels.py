"""Being in rooms: PART, TOPIC, NAMES, KICK, and how a room is shown to a session that has come in.

Spec: https://modern.ircdocs.horse/#channel-operations
"""

from __future__ import annotations

from chatkit.ircd import cloaks, quiet, sight, speech
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Kicked, Parted, TopicChanged
from chatkit.ircd.handlers.markers import send_marker
from chatkit.ircd.handlers.subscriptions import send_room
from chatkit.ircd.roster import fits
from chatkit.ircd.state import Channel, Member
from chatkit.proto import capabilities as cap
from chatkit.proto import modes, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message


def own_channel(ctx: Context, name: str) -> tuple[Channel, Member]:
    """The room ``name`` and the user's membership. Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL."""
    channel = ctx.channel(name)
    member = channel.members.get(ctx.user)
    if member is None:
        raise NumericError(n.ERR_NOTONCHANNEL, channel.name)
    return channel, member


def show_room(ctx: Context, channel: Channel) -> None:
    """What a session hears after the JOIN of its user: topic, if any, read marker, names and metadata.

    Spec: https://modern.ircdocs.horse/#join-message and https://ircv3.net/specs/extensions/no-implicit-names
    """
    if channel.topic is not None:
        send_topic(ctx, channel)
    send_marker(ctx, channel)
    if not ctx.session.has(cap.NO_IMPLICIT_NAMES):
        send_names(ctx, channel)
    send_room(ctx, channel)


@command("PART", min_params=1)
def part(ctx: Context, msg: Message) -> None:
    """PART <channel>{,<channel>} [<reason>]

    Spec: https://modern.ircdocs.horse/#part-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL
    """
    reason = quiet.own_words(ctx, names.clip(msg.param(1), names.KICK_LEN))
    for name in msg.params[0].split(","):
        try:
            channel, _ = own_channel(ctx, name)
        except NumericError as error:
            ctx.numeric_error(error)
        else:
            ctx.change(Parted(ctx.cause(), channel.name, speech.words_in(channel, reason)))


@command("TOPIC", min_params=1)
def topic(ctx: Context, msg: Message) -> None:
    """TOPIC <channel> [<topic>]: ask for the topic, set it, or clear it with an empty one

    Spec: https://modern.ircdocs.horse/#topic-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED, ERR_CANNOTSENDTOCHAN
    """
    channel = ctx.channel(msg.params[0])
    if len(msg.params) == 1:
        send_topic(ctx, channel)
        return
    channel, member = own_channel(ctx, msg.params[0])
    ctx.require("t" not in channel.flags or member.is_halfop, n.ERR_CHANOPRIVSNEEDED, channel.name)
    quiet.refuse_muted(ctx, channel.name)
    speech.refuse_archived(channel)
    ctx.change(TopicChanged(ctx.cause(), channel.name, names.clip(msg.params[1], names.TOPIC_LEN)))


def send_topic(ctx: Context, channel: Channel) -> None:
    """RPL_TOPIC and RPL_TOPICWHOTIME, or RPL_NOTOPIC."""
    if channel.topic is None:
        ctx.reply(n.RPL_NOTOPIC, channel.name)
        return
    ctx.reply(n.RPL_TOPIC, channel.name, text=channel.topic.text)
    setter = cloaks.source_of(ctx.ircd, channel.topic.setter)
    ctx.reply(n.RPL_TOPICWHOTIME, channel.name, setter, str(channel.topic.set_at))


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
    every, whole = ctx.session.has(cap.MULTI_PREFIX), ctx.session.has(cap.USERHOST_IN_NAMES)
    user = ctx.user
    if user in channel.members and "u" not in channel.flags and fits(ctx.ircd.name, user.nick):  # it sees them all
        for line in channel.roster(every, whole).lines:
            ctx.reply(n.RPL_NAMREPLY, symbol, channel.name, text=line)
    else:
        members = channel.members.items()
        shown = (member.named(it, every, whole) for it, member in members if sight.shows(channel, user, it))
        ctx.reply_words(n.RPL_NAMREPLY, symbol, channel.name, words=shown)
    ctx.reply(n.RPL_ENDOFNAMES, channel.name)


@command("KICK", min_params=2)
def kick(ctx: Context, msg: Message) -> None:
    """KICK <channel> <nick>{,<nick>} [<reason>]; of several channels each has one nick, as in RFC 1459

    Spec: https://modern.ircdocs.horse/#kick-message
    Refuses: ERR_NEEDMOREPARAMS, ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_CHANOPRIVSNEEDED, ERR_USERNOTINCHANNEL,
    ERR_CANNOTSENDTOCHAN while the server is read-only
    """
    channels, nicks = msg.params[0].split(","), msg.params[1].split(",")
    reason = quiet.own_words(ctx, names.clip(msg.param(2), names.KICK_LEN)) or ctx.user.nick
    if len(channels) == 1:
        _kick_all(ctx, channels[0], nicks, reason)
        return
    ctx.require(len(channels) == len(nicks), n.ERR_NEEDMOREPARAMS, msg.command)
    for channel, nick in zip(channels, nicks, strict=True):
        try:
            _kick_all(ctx, channel, [nick], reason)
        except NumericError as error:
            ctx.numeric_error(error)


def _kick_all(ctx: Context, name: str, nicks: list[str], reason: str) -> None:
    channel, member = own_channel(ctx, name)
    ctx.require(member.is_halfop, n.ERR_CHANOPRIVSNEEDED, channel.name)
    quiet.refuse_hushed(ctx, channel.name)
    rank, reason = member.rank, speech.words_in(channel, reason, ctx.user.nick)
    for nick in nicks:
        try:
            _kick(ctx, channel, rank, nick, reason)
        except NumericError as error:
            ctx.numeric_error(error)


def _kick(ctx: Context, channel: Channel, rank: int, nick: str, reason: str) -> None:
    victim = ctx.ircd.users.get(casefold(nick))
    member = channel.members.get(victim) if victim is not None else None
    if victim is None or member is None:
        raise NumericError(n.ERR_USERNOTINCHANNEL, nick, channel.name)
    text = f"You may not kick {victim.nick}, whose rank is not below yours"
    may_kick = victim is ctx.user or modes.may_act_on(rank, member.rank)
    ctx.require(may_kick, n.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    ctx.charge(len(channel.members))  # of the many who may be named in one line, each is told to all
    ctx.change(Kicked(ctx.cause(), channel.name, victim.nick, reason))
