"""Who may change which mode of a room, and what a wanted change comes to.

A mode is for members of a certain rank (``proto.modes.SET_BY``); a prefix moreover is taken only from those on whom one
may act (``may_act_on``). Whoever has a prefix may always lay it down.

Spec: https://modern.ircdocs.horse/#channel-modes and https://modern.ircdocs.horse/#channel-membership-prefixes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Cause, ModesChanged
from chatkit.ircd.registrations import may_hold
from chatkit.ircd.state import Channel
from chatkit.proto import extbans, modes, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.extbans import Extban
from chatkit.proto.message import MAX_LINE
from chatkit.proto.modes import FLAG, LIST, MEMBER, RANKS, ModeChange

MAX_MEMBERS = 10**6  # that a limit may allow
MAX_SHOWN = 64  # characters of an argument that is refused


class Wish:
    """One member's wish to change modes. ``done`` are the changes that may be, as they will be."""

    __slots__ = ("channel", "ctx", "done", "rank")

    def __init__(self, ctx: Context, channel: Channel) -> None:
        member = channel.members.get(ctx.user)
        self.ctx = ctx
        self.channel = channel
        self.rank = member.rank if member is not None else 0
        self.done: list[ModeChange] = []

    def require_rank(self, letter: str) -> None:
        """Refuses: ERR_CHANOPRIVSNEEDED, unless the member may change ``letter`` at all."""
        needed = modes.rank_to_set(letter)
        text = f"Only a founder (~) of the channel changes mode {letter}" if RANKS["o"] <= self.rank else None
        self.ctx.require(self.rank >= needed, n.ERR_CHANOPRIVSNEEDED, self.channel.name, text=text)


Check = Callable[[Wish, ModeChange], ModeChange | None]


def effective(ctx: Context, channel: Channel, wanted: list[ModeChange]) -> list[ModeChange]:
    """Those of the ``wanted`` changes that change anything and may be, as they will be. Answers why others may not.

    They are checked against the room as it was before: of changes that undo each other only the last counts.

    Refuses: ERR_CHANOPRIVSNEEDED, ERR_NOSUCHNICK, ERR_USERNOTINCHANNEL, ERR_BANLISTFULL, ERR_NOSUCHCHANNEL,
    ERR_INVALIDMODEPARAM
    """
    wish = Wish(ctx, channel)
    refusals: dict[tuple[str, ...], NumericError] = {}  # each is told once
    for change in {_identity(change): change for change in wanted}.values():
        kind = modes.CHANNEL_MODES[change.letter]
        check = _CHECKS.get(kind) or _CHECKS[change.letter]
        try:
            if kind != MEMBER:
                wish.require_rank(change.letter)
            found = check(wish, change)
        except NumericError as error:
            refusals[(error.numeric, *error.params, error.text or "")] = error
            continue
        if found is not None:
            wish.done.append(found)
    for refusal in refusals.values():
        ctx.numeric_error(refusal)
    return wish.done


def _identity(change: ModeChange) -> tuple[str, str]:
    """What is changed: a letter, or one entry or member under it."""
    kind, arg = modes.CHANNEL_MODES[change.letter], change.arg or ""
    if kind == LIST:
        entry = extbans.parse(arg)
        return change.letter, entry.key if entry is not None else arg
    return change.letter, casefold(arg) if kind == MEMBER else ""


def _bad(wish: Wish, change: ModeChange, text: str) -> NumericError:
    arg = change.arg or ""
    shown = arg if len(arg) <= MAX_SHOWN and arg.isprintable() and " " not in arg else "*"
    return NumericError(n.ERR_INVALIDMODEPARAM, wish.channel.name, change.letter, shown, text=text)


# Each check gives the change as it will be, None where nothing changes, or refuses.


def _check_flag(wish: Wish, change: ModeChange) -> ModeChange | None:
    return change if change.adding is not (change.letter in wish.channel.flags) else None


def _check_member(wish: Wish, change: ModeChange) -> ModeChange | None:
    ctx, channel = wish.ctx, wish.channel
    steps_down = not change.adding and casefold(change.arg or "") == casefold(ctx.user.nick)
    if not steps_down:
        wish.require_rank(change.letter)
    user = ctx.find_user(change.arg or "")
    member = channel.members.get(user)
    if member is None:
        raise NumericError(n.ERR_USERNOTINCHANNEL, user.nick, channel.name)
    if change.adding is (change.letter in member.modes):
        return None
    if change.adding:
        text = f"Only those with access may be given +{change.letter} here: see ChanServ"
        ctx.require(may_hold(channel, user, change.letter), n.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    elif not steps_down:
        text = f"You may not take the rank of {user.nick}"
        ctx.require(modes.may_act_on(wish.rank, member.rank), n.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    return ModeChange(change.adding, change.letter, user.nick)


def _check_list(wish: Wish, change: ModeChange) -> ModeChange | None:
    entries, entry = wish.channel.lists[change.letter], extbans.parse(change.arg or "")
    stored = entries.get(entry.key) if entry is not None else None
    if not change.adding:
        return ModeChange(False, change.letter, stored.mask) if stored is not None else None
    if entry is None or (entry.mutes and change.letter == "I"):
        raise _bad(wish, change, "That is no mask")
    return None if stored is not None else _new_entry(wish, change, entry)


def _new_entry(wish: Wish, change: ModeChange, entry: Extban) -> ModeChange:
    growth = sum(1 if other.adding else -1 for other in wish.done if modes.CHANNEL_MODES[other.letter] == LIST)
    if sum(map(len, wish.channel.lists.values())) + growth >= modes.MAX_LIST:
        raise NumericError(n.ERR_BANLISTFULL, wish.channel.name, change.letter)
    return ModeChange(True, change.letter, entry.text)


def _check_key(wish: Wish, change: ModeChange) -> ModeChange | None:
    channel = wish.channel
    if not change.adding:
        # Any key takes it off: whoever may set modes may know it anyway.
        return ModeChange(False, "k", channel.key) if channel.key is not None else None
    if not names.is_key(change.arg or ""):
        # "If the value is invalid, they SHOULD return ERR_INVALIDMODEPARAM"
        raise _bad(wish, change, f"A key is one word of up to {names.KEY_LEN} characters, without commas")
    return change if change.arg != channel.key else None


def _check_limit(wish: Wish, change: ModeChange) -> ModeChange | None:
    channel = wish.channel
    if not change.adding:
        return change if channel.limit is not None else None
    text = change.arg or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MAX_MEMBERS):
        raise _bad(wish, change, "A limit is a number above 0")
    return ModeChange(True, "l", str(int(text[:9]))) if int(text[:9]) != channel.limit else None


def _check_forward(wish: Wish, change: ModeChange) -> ModeChange | None:
    """People are sent only where the member who sends them is operator too."""
    ctx, channel, name = wish.ctx, wish.channel, change.arg or ""
    if not change.adding:
        return change if channel.forward is not None else None
    target = ctx.channel(name)
    if target is channel:
        raise _bad(wish, change, "That is this very channel")
    member = target.members.get(ctx.user)
    ctx.require(member is not None and member.is_op, n.ERR_CHANOPRIVSNEEDED, target.name)
    return ModeChange(True, "f", target.name) if target.name != channel.forward else None


_CHECKS: dict[str, Check] = {
    FLAG: _check_flag,
    MEMBER: _check_member,
    LIST: _check_list,
    "f": _check_forward,
    "k": _check_key,
    "l": _check_limit,
}


def carry_out(ctx: Context, channel: Channel, changes: list[ModeChange], cause: Callable[[Context], Cause]) -> None:
    """Make ``changes``, in as many events as lines are needed for them; ``cause`` says whom each comes from."""
    head = f":{cause(ctx).source} MODE {channel.name} "
    for part in _parts(changes, MAX_LINE - 2 - len(head.encode())):
        ctx.change(ModesChanged(cause(ctx), channel.name, part))


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
