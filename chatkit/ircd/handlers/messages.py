"""PRIVMSG, NOTICE, TAGMSG.

Spec: https://modern.ircdocs.horse/#sending-messages and https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from chatkit.ircd import quiet, speech
from chatkit.ircd.addressees import ADDRESSEES
from chatkit.ircd.apply import apply
from chatkit.ircd.bursts import Spoken
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError, ServiceError
from chatkit.ircd.events import Said
from chatkit.ircd.frames import speech_frame
from chatkit.ircd.paces import pace
from chatkit.ircd.services import find_service
from chatkit.ircd.state import User
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.modes import PREFIXES, RANKS
from chatkit.proto.tags import client_only, format_tags

_RANKS = {prefix: RANKS[letter] for letter, prefix in PREFIXES.items()}
_MAX_TALKED = 100  # people whom one has written to lately


@command("PRIVMSG", only_speaks=True)
def privmsg(ctx: Context, msg: Message) -> None:
    """PRIVMSG <target>{,<target>} <text>

    Spec: https://modern.ircdocs.horse/#privmsg-message
    Refuses: ERR_NORECIPIENT, ERR_NOTEXTTOSEND, ERR_TOOMANYTARGETS, ERR_NOSUCHNICK, ERR_NOSUCHCHANNEL,
    ERR_CANNOTSENDTOCHAN, ERR_CANNOTSENDTOUSER, ERR_NEEDREGGEDNICK, RPL_TRYAGAIN
    """
    params = msg.params
    targets = _targets(ctx, msg)
    if len(params) < 2 or not params[1]:
        raise NumericError(n.ERR_NOTEXTTOSEND)
    speak(ctx, msg.command, targets, params[1], relayed_tags(ctx, msg))


@command("NOTICE", only_speaks=True)
def notice(ctx: Context, msg: Message) -> None:
    """NOTICE <target>{,<target>} <text>: as PRIVMSG, but nobody answers it, the server's errors included.

    Spec: https://modern.ircdocs.horse/#notice-message
    """
    if len(msg.params) > 1 and msg.params[1]:
        targets = list(_distinct(msg.params[0]))[: ctx.ircd.config.limits.targets]
        speak(ctx, msg.command, targets, msg.params[1], relayed_tags(ctx, msg))


@command("TAGMSG", min_params=1, only_speaks=True)
def tagmsg(ctx: Context, msg: Message) -> None:
    """TAGMSG <target>{,<target>}: client-only tags without a text.

    Spec: https://ircv3.net/specs/extensions/message-tags#the-tagmsg-tag-only-message
    Refuses: as PRIVMSG does. What CLIENTTAGDENY leaves nothing of is "silently ignored".
    """
    if not ctx.session.has(cap.MESSAGE_TAGS):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    targets, tags = _targets(ctx, msg), relayed_tags(ctx, msg)
    if tags or not client_only(msg.tags):
        speak(ctx, msg.command, targets, "", tags)


def relayed_tags(ctx: Context, msg: Message) -> str:
    """The client's tags that go with a message to its readers, as on the wire."""
    if not msg.tags or not ctx.session.has(cap.MESSAGE_TAGS):
        return ""
    return format_tags(client_only(msg.tags, ctx.ircd.config.messages.denied_tags))


def speak(ctx: Context, command: str, targets: Iterable[str], text: str, tags: str) -> None:
    """Say ``text`` to each of ``targets``. One that may not hear it is answered, unless it is a NOTICE."""
    user = ctx.user
    if command == "PRIVMSG":
        user.idle_since = ctx.now.mono
    for target in targets:
        try:
            if user.muted is not None or ctx.ircd.hushed:
                quiet.refuse_muted(ctx, target)
            _say(ctx, user, command, target, text, tags)
        except NumericError as error:
            if command != "NOTICE":
                ctx.numeric_error(error)
        except ServiceError as error:
            error.service.say(ctx, error.text)


def _targets(ctx: Context, msg: Message) -> list[str]:
    """Refuses: ERR_NORECIPIENT, ERR_TOOMANYTARGETS."""
    word = msg.params[0] if msg.params else ""
    targets = list(_distinct(word)) if "," in word else [word]
    if not targets or not targets[0]:
        raise NumericError(n.ERR_NORECIPIENT, text=f"No recipient given ({msg.command})")
    if len(targets) > 1 and len(targets) > ctx.ircd.config.limits.targets:
        raise NumericError(n.ERR_TOOMANYTARGETS, word)
    return targets


def _distinct(word: str) -> Iterable[str]:
    """Whoever is named twice hears it once."""
    return {casefold(target): target for target in word.split(",") if target}.values()


def _say(ctx: Context, user: User, command: str, target: str, text: str, tags: str) -> None:
    channel = ctx.ircd.channels.get(casefold(target))
    if channel is not None:
        rank = speech.listeners(channel, user, text, ctx.now.mono)
        _tell(ctx, user, command, channel.name, channel.id, text, tags, rank)
        if not rank and speech.lets_more_through(channel, user):
            ctx.session.spoken = Spoken(command, target, channel, user, ctx.ircd.changes)
    elif target[0] in names.STATUS_PREFIXES:
        _say_to_ranks(ctx, user, command, target, text, tags)
    elif target[0] in names.CHANNEL_TYPES:
        raise _nobody(target, target)
    else:
        _say_directly(ctx, user, command, target, text, tags)


def _say_to_ranks(ctx: Context, user: User, command: str, target: str, text: str, tags: str) -> None:
    """STATUSMSG: to the members from the lowest of the prefixes on. Whoever may speak in the room may send it.

    Spec: https://modern.ircdocs.horse/#statusmsg-parameter
    """
    name = target.lstrip(names.STATUS_PREFIXES)
    channel = ctx.ircd.channels.get(casefold(name))
    if channel is None:
        raise _nobody(name, target)
    lowest = min(target.removesuffix(name), key=_RANKS.__getitem__)
    rank = max(_RANKS[lowest], speech.listeners(channel, user, text, ctx.now.mono))
    _tell(ctx, user, command, lowest + channel.name, channel.id, text, tags, rank)


def _nobody(name: str, target: str) -> NumericError:
    is_room = name.startswith(names.CHANNEL_TYPES)  # of which there is one
    return NumericError(n.ERR_NOSUCHCHANNEL if is_room else n.ERR_NOSUCHNICK, target)


def _say_directly(ctx: Context, user: User, command: str, target: str, text: str, tags: str) -> None:
    key = casefold(target)
    ctx.ircd.changes += 1  # a service does whatever it is told
    if key in ADDRESSEES:
        if find_service(target) is not None:
            _echo(ctx, command, target, text, tags)
        if command == "PRIVMSG":
            ADDRESSEES[key](ctx, text)
        return
    peer = ctx.find_user(target)
    _refuse_stranger(user, peer)
    _pace_strangers(ctx, user, peer, command)
    _tell(ctx, user, command, peer.nick, peer.key, text, tags)
    if peer.away is not None and command == "PRIVMSG":
        ctx.reply(n.RPL_AWAY, peer.nick, text=peer.away)


def _tell(
    ctx: Context, user: User, command: str, target: str, recipient: str, text: str, tags: str, rank: int = 0
) -> None:
    ircd = ctx.ircd
    ircd.messages += 1
    apply(ircd, Said(ircd.cause(user, ctx.now), command, target, recipient, user.key, text, tags, rank), ctx)


def _echo(ctx: Context, command: str, target: str, text: str, tags: str) -> None:
    """Send back what is kept nowhere, as it may hold a password: to the session that said it, and to no other."""
    if ctx.session.has(cap.ECHO_MESSAGE):
        ctx.send_frame(speech_frame(ctx.cause(), command, target, text, tags))


def _pace_strangers(ctx: Context, user: User, peer: User, command: str) -> None:
    """Count those to whom ``user`` has not written lately. Refuses: RPL_TRYAGAIN."""
    talked = user.talked
    if talked is None:
        talked = user.talked = OrderedDict()
    if peer.key not in talked and peer is not user:
        pace(ctx, "new_targets", command)
        talked[peer.key] = None
        if len(talked) > _MAX_TALKED:
            talked.popitem(last=False)
    elif peer is not user:
        talked.move_to_end(peer.key)


def _refuse_stranger(user: User, peer: User) -> None:
    """Refuses: ERR_NEEDREGGEDNICK, where ``peer`` hears only who is logged in (user mode R)."""
    if "R" in peer.modes and user.account is None and user is not peer and not user.is_oper:
        text = "You must be logged in to an account to send messages to this user"
        raise NumericError(n.ERR_NEEDREGGEDNICK, peer.nick, text=text)
