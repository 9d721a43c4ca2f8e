"""Who may change which mode of a room, and what a wanted change comes to.

A mode is for members of a certain rank (``proto.modes.SET_BY``); a prefix moreover is taken only from those on whom one
may act (``may_act_on``). Whoever has a prefix may always lay it down.

Spec: https://modern.ircdocs.horse/#channel-modes and https://modern.ircdocs.horse/#channel-membership-prefixes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chatkit.ircd import quiet, speech
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import Cause, ModesChanged
from chatkit.ircd.registrations import may_hold
from chatkit.ircd.state import Channel, User
from chatkit.proto import extbans, modes, names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.extbans import Extban
from chatkit.proto.message import MAX_LINE
from chatkit.proto.modes import FLAG, LIST, MEMBER, RANKS, ModeChange

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

ABOVE_ALL = max(RANKS.values()) + 1  # the rank of those who run the server
MAX_MEMBERS = 10**6  # that a limit may allow
MAX_SHOWN = 64  # characters of an argument that is refused


class Wish:
    """Somebody's wish to change modes. ``done`` are the changes that may be, as they will be.

    Without a ``user`` it is a wish of those who run the server: nothing is too high for them.
    """

    __slots__ = ("channel", "done", "ircd", "rank", "user")

    def __init__(self, ircd: Ircd, channel: Channel, user: User | None) -> None:
        member = channel.members.get(user) if user is not None else None
        self.ircd = ircd
        self.channel = channel
        self.user = user
        self.rank = ABOVE_ALL if user is None else member.rank if member is not None else 0
        self.done: list[ModeChange] = []

    def require_rank(self, letter: str) -> None:
        """Refuses: ERR_CHANOPRIVSNEEDED, unless the member may change ``letter`` at all."""
        needed = modes.rank_to_set(letter)
        text = f"Only a founder (~) of the channel changes mode {letter}" if RANKS["o"] <= self.rank else None
        if self.rank < needed:
            raise NumericError(n.ERR_CHANOPRIVSNEEDED, self.channel.name, text=text)


Check = Callable[[Wish, ModeChange], ModeChange | None]


def effective(ctx: Context, channel: Channel, wanted: list[ModeChange]) -> list[ModeChange]:
    """Those of the ``wanted`` changes that change anything and may be, as they will be. Answers why others may not.

    They are checked against the room as it was before: of changes that undo each other only the last counts.

    Refuses: ERR_CHANOPRIVSNEEDED, ERR_NOSUCHNICK, ERR_USERNOTINCHANNEL, ERR_BANLISTFULL, ERR_NOSUCHCHANNEL,
    ERR_INVALIDMODEPARAM; ERR_CANNOTSENDTOCHAN while the server is read-only, and in an archive, as arguments are words
    """
    if wanted:
        quiet.refuse_hushed(ctx, channel.name)
        speech.refuse_archived(channel)
    done, refusals = _sift(Wish(ctx.ircd, channel, ctx.user), wanted)
    for refusal in refusals:
        ctx.numeric_error(refusal)
    return done


def imposed(ircd: Ircd, channel: Channel, wanted: list[ModeChange]) -> list[ModeChange]:
    """The same for those who run the server. Raises NumericError for the first that cannot be."""
    done, refusals = _sift(Wish(ircd, channel, None), wanted)
    if refusals:
        raise refusals[0]
    return done


def _sift(wish: Wish, wanted: list[ModeChange]) -> tuple[list[ModeChange], list[NumericError]]:
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
    return wish.done, list(refusals.values())


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
    channel, user = wish.channel, wish.ircd.users.get(casefold(change.arg or ""))
    steps_down = not change.adding and user is not None and user is wish.user
    if not steps_down:
        wish.require_rank(change.letter)
    if user is None:
        raise NumericError(n.ERR_NOSUCHNICK, change.arg or "")
    member = channel.members.get(user)
    if member is None:
        raise NumericError(n.ERR_USERNOTINCHANNEL, user.nick, channel.name)
    if change.adding is (change.letter in member.modes):
        return None
    if change.adding and wish.user is not None and not may_hold(channel, user, change.letter):
        text = f"Only those with access may be given +{change.letter} here: see ChanServ"
        raise NumericError(n.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    if not change.adding and not steps_down and not modes.may_act_on(wish.rank, member.rank):
        raise NumericError(n.ERR_CHANOPRIVSNEEDED, channel.name, text=f"You may not take the rank of {user.nick}")
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
    if sum(map(len, wish.channel.lists.values())) + growth >= wish.ircd.config.limits.list_entries:
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


def _check_slow(wish: Wish, change: ModeChange) -> ModeChange | None:
    channel = wish.channel
    if not change.adding:
        return change if channel.slow is not None else None
    text = change.arg or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= modes.MAX_SLOW):
        raise _bad(wish, change, f"Slow mode takes 1 to {modes.MAX_SLOW} seconds")
    return ModeChange(True, "W", str(int(text[:9]))) if int(text[:9]) != channel.slow else None


def _check_forward(wish: Wish, change: ModeChange) -> ModeChange | None:
    """People are sent only where the member who sends them is operator too."""
    channel, user = wish.channel, wish.user
    if not change.adding:
        return change if channel.forward is not None else None
    target = wish.ircd.channels.get(casefold(change.arg or ""))
    if target is None or (user is not None and not target.is_visible_to(user)):
        raise NumericError(n.ERR_NOSUCHCHANNEL, change.arg or "")
    if target is channel:
        raise _bad(wish, change, "That is this very channel")
    member = target.members.get(user) if user is not None else None
    if user is not None and (member is None or not member.is_op):
        raise NumericError(n.ERR_CHANOPRIVSNEEDED, target.name)
    return ModeChange(True, "f", target.name) if target.name != channel.forward else None


_CHECKS: dict[str, Check] = {
    FLAG: _check_flag,
    MEMBER: _check_member,
    LIST: _check_list,
    "f": _check_forward,
    "k": _check_key,
    "l": _check_limit,
    "W": _check_slow,
}


def carry_out(ctx: Context, channel: Channel, changes: list[ModeChange], cause: Callable[[Context], Cause]) -> None:
    """Make ``changes``, in as many events as lines are needed for them; ``cause`` says whom each comes from."""
    for part in in_lines(cause(ctx).source, channel, changes):
        ctx.change(ModesChanged(cause(ctx), channel.name, part))


def in_lines(source: str, channel: Channel, changes: list[ModeChange]) -> Iterator[tuple[ModeChange, ...]]:
    """``changes`` in as many parts as lines of MODE are needed for them, which come from ``source``."""
    head = f":{source} MODE {channel.name} "
    return _parts(changes, MAX_LINE - 2 - len(head.encode()))


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
