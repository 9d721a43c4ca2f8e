"""MODE of a room: what may be asked, by whom, and what is answered. ``mode_changes`` says who may change what.

Spec: https://modern.ircdocs.horse/#mode-message
"""

from __future__ import annotations

from chatkit.ircd import cloaks
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.handlers.user_modes import user_mode
from chatkit.ircd.mode_changes import carry_out, effective
from chatkit.ircd.state import Channel
from chatkit.proto import modes, names
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.modes import FLAG, LIST, RANKS, WHEN_SET, ModeChange

# How each list is shown, and the rank that it takes to see it: everybody in the room may know who is banned.
_LISTS = {
    "b": (n.RPL_BANLIST, n.RPL_ENDOFBANLIST, 0),
    "e": (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST, RANKS["h"]),
    "I": (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST, RANKS["h"]),
}


@command("MODE", min_params=1)
def mode(ctx: Context, msg: Message) -> None:
    """MODE <target> [<modestring> [<argument>...]]

    Spec: https://modern.ircdocs.horse/#mode-message
    Refuses: ERR_NOSUCHCHANNEL, ERR_NOTONCHANNEL, ERR_UNKNOWNMODE, ERR_CHANOPRIVSNEEDED; for a single change what
    ``mode_changes`` says; for a user what ``user_modes`` says
    """
    if msg.params[0][:1] in names.CHANNEL_TYPES and msg.params[0]:
        _channel_mode(ctx, ctx.channel(msg.params[0]), msg.params[1:])
    else:
        user_mode(ctx, msg)


def _channel_mode(ctx: Context, channel: Channel, params: list[str]) -> None:
    if not any(params):
        send_modes(ctx, channel)
        return
    changes, unknown = modes.parse_changes(params)
    for letter in dict.fromkeys(unknown):
        ctx.reply(n.ERR_UNKNOWNMODE, letter)
    for letter in dict.fromkeys(change.letter for change in changes if _asks(change)):
        _send_list(ctx, channel, letter)
    settings = _limited([change for change in changes if not _asks(change)])
    carry_out(ctx, channel, effective(ctx, channel, settings), Context.cause)


def _asks(change: ModeChange) -> bool:
    return modes.CHANNEL_MODES[change.letter] == LIST and not change.arg


def send_modes(ctx: Context, channel: Channel) -> None:
    """RPL_CHANNELMODEIS and RPL_CREATIONTIME."""
    ctx.reply(n.RPL_CHANNELMODEIS, channel.name, *mode_words(channel, with_key=ctx.user in channel.members))
    ctx.reply(n.RPL_CREATIONTIME, channel.name, str(channel.created))


def mode_words(channel: Channel, *, with_key: bool) -> list[str]:
    """The modes that are set, lists and members aside: the letters, then their arguments; perhaps without the key."""
    settings = {
        "k": None if channel.key is None else channel.key if with_key else "*",
        "l": None if channel.limit is None else str(channel.limit),
        "f": channel.forward,
        "W": None if channel.slow is None else str(channel.slow),
    }
    present = {letter: arg for letter, arg in settings.items() if arg is not None}
    return ["+" + channel.flags + "".join(present), *present.values()]


def _send_list(ctx: Context, channel: Channel, letter: str) -> None:
    row, end, rank = _LISTS[letter]
    member = channel.members.get(ctx.user)
    if member is None:
        ctx.reply(n.ERR_NOTONCHANNEL, channel.name)
    elif member.rank < rank:
        ctx.reply(n.ERR_CHANOPRIVSNEEDED, channel.name)
    else:
        for entry in channel.lists[letter].values():
            setter = cloaks.source_of(ctx.ircd, entry.setter)
            ctx.reply(row, channel.name, entry.mask, setter, str(entry.set_at))
        ctx.reply(end, channel.name)


def _limited(changes: list[ModeChange]) -> list[ModeChange]:
    """The changes up to MAX_MODES with an argument; a wanted argument that is missing drops its change."""
    kept, counted = [], 0
    for change in changes:
        kind = modes.CHANNEL_MODES[change.letter]
        if kind == FLAG or (kind == WHEN_SET and not change.adding):
            kept.append(change)
        elif counted < modes.MAX_MODES and (change.arg is not None or (change.letter == "k" and not change.adding)):
            kept.append(change)
            counted += 1
    return kept
