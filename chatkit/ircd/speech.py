"""Who may say what in a room, and who hears it.

Spec: https://modern.ircdocs.horse/#moderated-channel-mode and https://modern.ircdocs.horse/#no-external-messages-mode
"""

from __future__ import annotations

from math import ceil

from chatkit.ircd import bans
from chatkit.ircd.errors import NumericError
from chatkit.ircd.state import Channel, Member, User
from chatkit.proto import numerics as n
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.modes import RANKS

_EVERYONE, _THOSE_WHO_KEEP_ORDER = 0, RANKS["h"]
_COLOURS = frozenset("\x03\x04")


def listeners(channel: Channel, user: User, text: str, now: float) -> int:
    """The rank that members of ``channel`` need to hear ``text`` from ``user``: 0 for all of them.

    ``now`` is by the clock that measures time. Refuses: ERR_CANNOTSENDTOCHAN
    """
    if channel.archived:
        raise _archived(channel)
    flags = channel.flags
    if "C" in flags or "c" in flags:
        _refuse_form(channel, text)
    member = channel.members.get(user)
    if member is not None and member.modes:
        return _EVERYONE
    _refuse_speaker(channel, user, member)
    if channel.slow is not None and text:
        _slow_down(channel, channel.slow, member, now)
    return _THOSE_WHO_KEEP_ORDER if "U" in flags else _EVERYONE


def lets_more_through(channel: Channel, user: User) -> bool:
    """Whether what let one message of ``user`` through lets the next one through too, whatever its text."""
    flags = channel.flags
    return user in channel.members and channel.slow is None and "c" not in flags and "C" not in flags


def _refuse_speaker(channel: Channel, user: User, member: Member | None) -> None:
    flags = channel.flags
    if member is None and "n" in flags:
        raise _cannot(channel, "you are not in it (+n)")
    if "m" in flags:
        raise _cannot(channel, "it is moderated (+m)")
    if "M" in flags and user.account is None:
        raise _cannot(channel, "you need to be logged into an account (+M)")
    if channel.lists["b"] and bans.is_silenced(channel, user):
        raise _cannot(channel, "you are banned or muted (+b)")


def _slow_down(channel: Channel, pause: int, member: Member | None, now: float) -> None:
    """One message in ``pause`` seconds. Reactions, and that somebody types, are no messages."""
    if member is None:
        raise _cannot(channel, "slow mode (+W) is for members: join it first")
    wait = ceil(member.spoke + pause - now) if member.spoke else 0
    if wait > 0:
        raise _cannot(channel, f"slow mode (+W): wait {wait} second{'' if wait == 1 else 's'}")
    member.spoke = now


def refuse_archived(channel: Channel) -> None:
    """Refuses: ERR_CANNOTSENDTOCHAN, in a room that is an archive."""
    if channel.archived:
        raise _archived(channel)


def words_in(channel: Channel, text: str, instead: str = "") -> str:
    """``text``, that goes with something that may be done in an archive too; there ``instead`` of it."""
    return instead if channel.archived else text


def _archived(channel: Channel) -> NumericError:
    return _cannot(channel, "it is an archive, where nothing is said any more")


def _refuse_form(channel: Channel, text: str) -> None:
    # Colours are refused rather than taken off: whoever sent them learns of it, and nothing is said that nobody typed.
    if "c" in channel.flags and _COLOURS & set(text):
        raise _cannot(channel, "no colours here (+c)")
    ctcp = split_ctcp(text) if "C" in channel.flags else None
    if ctcp is not None and ctcp[0] != "ACTION":
        raise _cannot(channel, "no CTCP here (+C)")


def _cannot(channel: Channel, why: str) -> NumericError:
    return NumericError(n.ERR_CANNOTSENDTOCHAN, channel.name, text=f"Cannot send to channel: {why}")
