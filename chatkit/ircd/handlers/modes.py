"""MODE.

Spec: https://modern.ircdocs.horse/#mode-message
"""

from __future__ import annotations

from collections.abc import Iterator

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import ModesChanged, UserModesChanged
from chatkit.ircd.state import Channel
from chatkit.proto import masks, modes, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import MAX_LINE, Message
from chatkit.proto.modes import FLAG, LIST, MEMBER, ModeChange

SETTABLE_USER_MODES = "iw"  # what users set themselves; o comes from elsewhere
MAX_MEMBERS = 10**6
MAX_MASK = 200  # bytes


@command("MODE", min_params=1)
def mode(ctx: Context, msg: Message) -> None:
    """MODE <target> [<modestring> [<argument>...]]

    Refuses: ERR_NOSUCHCHANNEL, ERR_NOSUCHNICK, ERR_USERSDONTMATCH, ERR_UMODEUNKNOWNFLAG, ERR_CHANOPRIVSNEEDED,
    ERR_UNKNOWNMODE, ERR_USERNOTINCHANNEL, ERR_BANLISTFULL, ERR_INVALIDKEY, ERR_INVALIDMODEPARAM
    """
    if msg.params[0][:1] in names.CHANNEL_TYPES and msg.params[0]:
        _channel_mode(ctx, ctx.channel(msg.params[0]), msg.params[1:])
    else:
        _user_mode(ctx, msg)


def _user_mode(ctx: Context, msg: Message) -> None:
    ctx.require(ctx.find_user(msg.params[0]) is ctx.user, n.ERR_USERSDONTMATCH)
    user = ctx.user
    if len(msg.params) == 1:
        ctx.reply(n.RPL_UMODEIS, "+" + user.modes)
        return
    changes, unknown = modes.parse_changes(msg.params[1:], dict.fromkeys(modes.USER_MODES, FLAG))
    wanted = [c for c in changes if c.letter in SETTABLE_USER_MODES or not c.adding]
    effective = _effective(wanted, user.modes)
    if effective:
        ctx.change(UserModesChanged(ctx.next_seq(), user.source, tuple(effective)))
    if unknown:
        ctx.reply(n.ERR_UMODEUNKNOWNFLAG)


def _effective(changes: list[ModeChange], letters: str) -> list[ModeChange]:
    last = {change.letter: change for change in changes}
    return [change for change in last.values() if change.adding is not (change.letter in letters)]


def _channel_mode(ctx: Context, channel: Channel, params: list[str]) -> None:
    if not params:
        _send_modes(ctx, channel)
        return
    changes, unknown = modes.parse_changes(params)
    for letter in dict.fromkeys(unknown):
        ctx.reply(n.ERR_UNKNOWNMODE, letter)
    if any(modes.CHANNEL_MODES[change.letter] == LIST and not change.arg for change in changes):
        _send_list(ctx, channel)
    settings = [c for c in changes if modes.CHANNEL_MODES[c.letter] != LIST or c.arg]
    if settings:
        _change_modes(ctx, channel, settings)


def _send_modes(ctx: Context, channel: Channel) -> None:
    letters, args = "+" + "".join(sorted(channel.flags)), []
    if channel.key is not None:
        letters += "k"
        args.append(channel.key if ctx.user in channel.members else "*")
    if channel.limit is not None:
        letters += "l"
        args.append(str(channel.limit))
    ctx.reply(n.RPL_CHANNELMODEIS, channel.name, letters, *args)
    ctx.reply(n.RPL_CREATIONTIME, channel.name, str(channel.created))


def _send_list(ctx: Context, channel: Channel) -> None:
    for entry in channel.lists["b"].values():
        ctx.reply(n.RPL_BANLIST, channel.name, entry.mask, entry.setter, str(entry.set_at))
    ctx.reply(n.RPL_ENDOFBANLIST, channel.name)


def _change_modes(ctx: Context, channel: Channel, wanted: list[ModeChange]) -> None:
    member = channel.members.get(ctx.user)
    ctx.require(member is not None and member.is_op, n.ERR_CHANOPRIVSNEEDED, channel.name)
    done: list[ModeChange] = []
    # The checks see the room as it was before: of changes that undo each other only the last counts.
    for change in {_identity(change): change for change in _limited(wanted)}.values():
        kind = modes.CHANNEL_MODES[change.letter]
        check = _CHECKS.get(kind) or _CHECKS[change.letter]
        try:
            found = check(ctx, channel, change)
        except NumericError as error:
            ctx.numeric_error(error)
            continue
        if found is not None:
            done.append(found)
    for part in _parts(done, MAX_LINE - 2 - len(f":{ctx.user.source} MODE {channel.name} ".encode())):
        ctx.change(ModesChanged(ctx.next_seq(), ctx.user.source, channel.name, part))


def _parts(changes: list[ModeChange], room: int) -> Iterator[tuple[ModeChange, ...]]:
    """``changes`` in as many parts as lines with ``room`` bytes for them need."""
    part: tuple[ModeChange, ...] = ()
    for change in changes:
        if part and len(" ".join(modes.format_changes([*part, change])).encode()) > room:
            yield part
            part = ()
        part += (change,)
    if part:
        yield part


def _identity(change: ModeChange) -> tuple[str, str]:
    """What is changed: a letter, or one entry or member under it."""
    kind, arg = modes.CHANNEL_MODES[change.letter], change.arg or ""
    named = masks.normalize(arg) if kind == LIST else arg if kind == MEMBER else ""
    return change.letter, casefold(named)


def _limited(changes: list[ModeChange]) -> list[ModeChange]:
    """The changes up to MAX_MODES with an argument; a wanted argument that is missing drops its change."""
    kept, counted = [], 0
    for change in changes:
        if modes.CHANNEL_MODES[change.letter] == FLAG or (change.letter == "l" and not change.adding):
            kept.append(change)
        elif counted < modes.MAX_MODES and (change.arg or (change.letter == "k" and not change.adding)):
            kept.append(change)
            counted += 1
    return kept


# Each check gives the change as it will be, None where nothing changes, or refuses.


def _check_flag(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    return change if change.adding is not (change.letter in channel.flags) else None


def _check_member(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    user = ctx.find_user(change.arg or "")
    member = channel.members.get(user)
    if member is None:
        raise NumericError(n.ERR_USERNOTINCHANNEL, user.nick, channel.name)
    if change.adding is (change.letter in member.modes):
        return None
    return ModeChange(change.adding, change.letter, user.nick)


def _check_list(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    entries = channel.lists[change.letter]
    mask = masks.normalize(change.arg or "")
    if change.adding is (casefold(mask) in entries):
        return None
    if " " in mask or mask[0] == ":" or not mask.isprintable() or len(mask.encode()) > MAX_MASK:
        raise NumericError(n.ERR_INVALIDMODEPARAM, channel.name, change.letter, "*", text="That is no mask")
    if change.adding and len(entries) >= modes.MAX_LIST:
        raise NumericError(n.ERR_BANLISTFULL, channel.name, change.letter)
    return ModeChange(change.adding, change.letter, mask)


def _check_key(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        # Any key takes it off: whoever may set modes may know it anyway.
        return ModeChange(False, "k", channel.key) if channel.key is not None else None
    if not names.is_key(change.arg or ""):
        raise NumericError(n.ERR_INVALIDKEY, channel.name)
    return change if change.arg != channel.key else None


def _check_limit(ctx: Context, channel: Channel, change: ModeChange) -> ModeChange | None:
    if not change.adding:
        return change if channel.limit is not None else None
    text = change.arg or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MAX_MEMBERS):
        raise NumericError(n.ERR_INVALIDMODEPARAM, channel.name, "l", text, text="A limit is a number above 0")
    return ModeChange(True, "l", str(int(text[:9]))) if int(text[:9]) != channel.limit else None


_CHECKS = {FLAG: _check_flag, MEMBER: _check_member, LIST: _check_list, "k": _check_key, "l": _check_limit}
