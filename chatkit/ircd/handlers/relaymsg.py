"""RELAYMSG: a bridge says what somebody said elsewhere, under that one's name.

Spec: https://github.com/ircv3/ircv3-specifications/pull/417
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import offers, quiet, speech
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import Cause, Said
from chatkit.ircd.frames import RELAYED
from chatkit.ircd.handlers.messages import relayed_tags
from chatkit.ircd.state import Channel
from chatkit.proto import capabilities as cap
from chatkit.proto import extbans, masks, names
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.tags import escape

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session


@command("RELAYMSG", min_params=3)
def relaymsg(ctx: Context, msg: Message) -> None:
    """RELAYMSG <channel> <nick> <text>

    The nick has a character in it that no user's nick may have, so nobody can be mistaken for another.

    Refuses: ERR_NOSUCHCHANNEL, ERR_CANNOTSENDTOCHAN; FAIL with PRIVS_NEEDED, INVALID_NICK, BANNED or BLANK_MSG
    """
    if not ctx.session.has(cap.RELAYMSG):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    name, nick, text = msg.params[:3]
    channel = ctx.channel(name)
    if not _may_relay(ctx, channel):
        raise _fail("PRIVS_NEEDED", channel.name, text="Only operators of the room may relay messages to it")
    quiet.refuse_muted(ctx, channel.name)
    speech.refuse_archived(channel)
    _check_nick(ctx, nick)
    source = f"{nick}!{ctx.user.username}@{ctx.user.host}"
    if _is_banned(channel, source):
        raise _fail("BANNED", channel.name, nick, text=f"{nick} is banned from {channel.name}")
    if not text.strip():
        raise _fail("BLANK_MSG", channel.name, text="The message must not be blank")
    tags = ";".join(filter(None, [RELAYED + escape(ctx.user.nick), relayed_tags(ctx, msg)]))
    ctx.ircd.messages += 1
    ctx.change(Said(Cause(ctx.cause().seq, source), "PRIVMSG", channel.name, channel.id, ctx.user.key, text, tags))


def _may_relay(ctx: Context, channel: Channel) -> bool:
    member = channel.members.get(ctx.user)
    is_ours = member is not None and member.is_op and ctx.ircd.config.messages.relay == "operators"
    return is_ours or ctx.user.may("relay")


def _is_banned(channel: Channel, source: str) -> bool:
    """Whether a ban or a mute means one who is only relayed: by its mask, as it has neither account nor address."""
    entries = (extbans.parse(entry.mask) for entry in channel.lists["b"].values())
    return any(entry is not None and not entry.by_account and masks.matches(entry.pattern, source) for entry in entries)


def _check_nick(ctx: Context, nick: str) -> None:
    """Refuses: INVALID_NICK, for what would not be read as a nick, or might be read as a user's."""
    separators = ctx.ircd.config.messages.relay_separators
    if not names.is_relayed_nick(nick):
        raise _fail("INVALID_NICK", nick, text="Invalid nickname")
    if not set(separators) & set(nick):
        text = f"A relayed nickname needs one of these characters in it: {separators}"
        raise _fail("INVALID_NICK", nick, text=text)


def _fail(code: str, *context: str, text: str) -> Fail:
    return Fail("RELAYMSG", code, *context, text=text)


def _separators(ircd: Ircd, session: Session) -> str | None:
    return ircd.config.messages.relay_separators if ircd.config.messages.relay != "off" else None


offers.VALUES["draft/relaymsg"] = _separators
