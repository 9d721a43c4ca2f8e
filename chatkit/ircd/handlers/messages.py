"""PRIVMSG, NOTICE, TAGMSG.

Spec: https://modern.ircdocs.horse/#sending-messages and https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

from chatkit.ircd import bans
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Said
from chatkit.ircd.isupport import MAX_TARGETS
from chatkit.ircd.state import Channel, User
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.tags import client_only, format_tags


@command("PRIVMSG")
def privmsg(ctx: Context, msg: Message) -> None:
    """PRIVMSG <target>{,<target>} <text>

    Spec: https://modern.ircdocs.horse/#privmsg-message
    Refuses: ERR_NORECIPIENT, ERR_NOTEXTTOSEND, ERR_TOOMANYTARGETS, ERR_NOSUCHNICK, ERR_NOSUCHCHANNEL,
    ERR_CANNOTSENDTOCHAN
    """
    params = msg.params
    ctx.require(params and params[0], n.ERR_NORECIPIENT, text="No recipient given (PRIVMSG)")
    ctx.require(len(params) > 1 and params[1], n.ERR_NOTEXTTOSEND)
    ctx.user.idle_since = ctx.now.mono
    for target in _targets(params[0]):
        try:
            recipient = _say(ctx, msg, target, params[1])
        except NumericError as error:
            ctx.numeric_error(error)
            continue
        if recipient is not None and recipient.away is not None:
            ctx.reply(n.RPL_AWAY, recipient.nick, text=recipient.away)


@command("NOTICE")
def notice(ctx: Context, msg: Message) -> None:
    """NOTICE <target>{,<target>} <text>: as PRIVMSG, but nobody answers it, the server's errors included.

    Spec: https://modern.ircdocs.horse/#notice-message
    """
    if len(msg.params) > 1 and msg.params[1]:
        _say_quietly(ctx, msg, msg.params[1])


@command("TAGMSG", min_params=1)
def tagmsg(ctx: Context, msg: Message) -> None:
    """TAGMSG <target>{,<target>}: client-only tags without a text.

    Spec: https://ircv3.net/specs/extensions/message-tags#the-tagmsg-tag-only-message
    Refuses: as PRIVMSG does
    """
    if not ctx.session.has(cap.MESSAGE_TAGS):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    for target in _targets(msg.params[0]):
        try:
            _say(ctx, msg, target, "")
        except NumericError as error:
            ctx.numeric_error(error)


def _say_quietly(ctx: Context, msg: Message, text: str) -> None:
    for target in msg.params[0].split(",")[:MAX_TARGETS]:
        try:
            _say(ctx, msg, target, text)
        except NumericError:
            continue


def _targets(word: str) -> list[str]:
    targets = word.split(",")
    if len(targets) > MAX_TARGETS:
        raise NumericError(n.ERR_TOOMANYTARGETS, word)
    return targets


def _say(ctx: Context, msg: Message, target: str, text: str) -> User | None:
    """Send to one target. Returns the user that it was, if it was one."""
    user = ctx.user
    tags = format_tags(client_only(msg.tags)) if msg.tags and ctx.session.has(cap.MESSAGE_TAGS) else ""
    if target[:1] in names.CHANNEL_TYPES:
        channel = _find_channel(ctx, target)
        refuse_speech(ctx, channel)
        name, recipient, peer = channel.name, channel.id, None
    else:
        peer = ctx.find_user(target)
        name, recipient = peer.nick, peer.key
    ctx.ircd.messages += 1
    ctx.change(Said(ctx.next_seq(), user.source, msg.command, name, recipient, user.key, text, tags))
    return peer


def _find_channel(ctx: Context, name: str) -> Channel:
    channel = ctx.ircd.channels.get(casefold(name))
    if channel is None:
        raise NumericError(n.ERR_NOSUCHCHANNEL if name else n.ERR_NOSUCHNICK, name)
    return channel


def refuse_speech(ctx: Context, channel: Channel) -> None:
    """Refuses: ERR_CANNOTSENDTOCHAN, where this user may not speak in ``channel``."""
    member = channel.members.get(ctx.user)
    if member is not None and member.has_voice:
        return
    flags = channel.flags
    if member is None and "n" in flags:
        raise NumericError(n.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel: you are not in it (+n)")
    if "m" in flags:
        raise NumericError(n.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel: it is moderated (+m)")
    if channel.lists["b"] and bans.is_banned(channel, ctx.user):
        raise NumericError(n.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel: you are banned (+b)")
