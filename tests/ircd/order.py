"""Bans, mutes and lockdown, as those who run the server set them."""

from __future__ import annotations

from chatkit.ircd import lockdown, serverbans
from chatkit.ircd.ban_index import Effect, Kind, ServerBan, prepare_pattern
from chatkit.ircd.lockdown import Level, Lockdown
from tests.ircd.conftest import Net


def rule(net: Net, kind: Kind, text: str, effect: Effect = "ban", *, reason: str = "spam", lasts: int = 0) -> ServerBan:
    """A ban or a mute that holds from now on, for so many seconds or for good."""
    pattern, now_s = prepare_pattern(kind, text), net.now.wall // 1_000_000
    assert pattern is not None, text
    id_ = serverbans.new_id(net.ircd, net.now)
    ban = ServerBan(id_, kind, effect, pattern, reason, "root", now_s, now_s + lasts if lasts else 0)
    serverbans.make(net.ircd, ban, net.now)
    net.settle()
    return ban


def lift(net: Net, ban: ServerBan) -> None:
    """It holds no more."""
    serverbans.lift(net.ircd, ban, net.now)
    net.settle()


def close(net: Net, level: Level, reason: str = "", until: int = 0) -> None:
    """The server is closed so far from now on."""
    lockdown.change(net.ircd, Lockdown(level, reason, "root", until), net.now)
    net.settle()
