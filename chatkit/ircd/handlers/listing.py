"""LIST: which rooms there are.

Spec: https://modern.ircdocs.horse/#list-message and https://modern.ircdocs.horse/#elist-parameter
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.state import Channel
from chatkit.proto import masks
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import MAX_LINE, Message

_CONDITION = re.compile(r"([CTct]?)([<>])([0-9]{1,9})")

Test = Callable[[Channel], bool]


@command("LIST")
def list_(ctx: Context, msg: Message) -> None:
    """LIST [<room or condition>{,<room or condition>}]: the rooms that everybody may know of.

    Conditions are <n and >n (fewer, more members than n), C<n and C>n (created less, more than n minutes ago), T<n and
    T>n (the same of the topic), a mask such as *news* and its opposite, !*news*. A room must fit all of them; of
    several masks and names one.

    Spec: https://modern.ircdocs.horse/#list-message
    """
    found = [channel for channel in _wanted(ctx, msg.params[:2]) if channel.is_visible_to(ctx.user)]
    # "the server ensures that a client may perform the LIST command without being disconnected" (SAFELIST)
    most = ctx.ircd.config.limits.sendq_bytes // 2 // MAX_LINE
    ctx.reply(n.RPL_LISTSTART, "Channel")
    for channel in found if len(found) <= most else heapq.nlargest(most, found, key=_size):
        topic = channel.topic.text if channel.topic is not None else ""
        ctx.reply(n.RPL_LIST, channel.name, str(len(channel.members)), text=topic)
    ctx.reply(n.RPL_LISTEND)
    if len(found) > most:
        ctx.remark(
            "NOTE", "LIST", "TRUNCATED", f"These are the {most} largest of {len(found)} rooms; ask for fewer of them"
        )


def _size(channel: Channel) -> int:
    return len(channel.members)


def _wanted(ctx: Context, params: Iterable[str]) -> list[Channel]:
    """The rooms that fit, secret ones among them."""
    channels = ctx.ircd.channels
    words = [word for param in params for word in param.split(",") if word]
    tests, places = [], []
    for word in words:
        test = _condition(ctx, word)
        if test is not None:
            tests.append(test)
        elif word[0] != "!":
            places.append(word)
    if places and not any(map(_is_mask, places)):
        candidates = [channels[key] for key in dict.fromkeys(map(casefold, places)) if key in channels]
    else:
        candidates = list(channels.values())
        if places:
            tests.append(_any_mask(places))
    if unwanted := [word[1:] for word in words if word[0] == "!"]:
        tests.append(_no_mask(unwanted))
    ctx.charge(len(candidates) * max(1, len(tests)) + masks.COMPILING * len(words))
    return [channel for channel in candidates if all(test(channel) for test in tests)]


def _is_mask(word: str) -> bool:
    return "*" in word or "?" in word


def _any_mask(places: list[str]) -> Test:
    matches = masks.any_matcher(places)
    return lambda channel: bool(matches(channel.name))


def _no_mask(unwanted: list[str]) -> Test:
    matches = masks.any_matcher(unwanted)
    return lambda channel: not matches(channel.name)


def _condition(ctx: Context, word: str) -> Test | None:
    """What ``word`` asks of a room, if it is a condition and not a room's name or a mask."""
    found = _CONDITION.fullmatch(word)
    if found is None:
        return None
    what, sign, number = found[1].upper(), found[2], int(found[3])
    if what:
        limit = ctx.now.wall // 1_000_000 - number * 60
        since = _SINCE[what]
        # "less than n minutes ago" is after that moment
        return _compare(since, ">" if sign == "<" else "<", limit)
    return _compare(_size, sign, number)


def _topic_time(channel: Channel) -> int | None:
    return channel.topic.set_at if channel.topic is not None else None


_SINCE: dict[str, Callable[[Channel], int | None]] = {"C": lambda channel: channel.created, "T": _topic_time}


def _compare(value_of: Callable[[Channel], int | None], sign: str, limit: int) -> Test:
    def test(channel: Channel) -> bool:
        value = value_of(channel)
        return value is not None and (value < limit if sign == "<" else value > limit)

    return test
