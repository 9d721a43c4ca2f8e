"""Who is meant by the lists of a room: bans, exceptions to them, and exceptions to invite-only.

A mask is held against the host that others see and against the cloak behind it (where cloaks are off: the address), so
that a host of one's own is no way around a ban. Never against an address that has a cloak: whoever runs a room could
find out anybody's by setting one ban after the other. What is looked up with every message is compiled once for each
change of a list.

Spec: https://modern.ircdocs.horse/#ban-channel-mode and https://modern.ircdocs.horse/#exception-channel-mode
"""

from __future__ import annotations

from collections.abc import Iterable

from chatkit.ircd.state import Channel, User
from chatkit.proto import addresses, extbans, masks
from chatkit.proto.extbans import Extban

MAX_REMEMBERED = 4096  # verdicts of one matcher


class Matcher:
    """Some entries of a list, compiled. It remembers what it has found, so that a talker is looked up once."""

    __slots__ = ("_accounts", "_networks", "_sources", "_verdicts")

    def __init__(self, entries: Iterable[Extban]) -> None:
        self._verdicts: dict[tuple[str, ...], bool] = {}
        accounts, sources, self._networks = [], [], []
        for entry in entries:
            nick_user, _, host = entry.pattern.rpartition("@")
            if entry.by_account:
                accounts.append(entry.pattern)
            elif "/" in host and addresses.parse_network(host) is not None:
                self._networks.append((masks.matcher(nick_user), host))
            else:
                sources.append(entry.pattern)
        self._accounts = masks.any_matcher(accounts) if accounts else None
        self._sources = masks.any_matcher(sources) if sources else None

    def fits(self, user: User) -> bool:
        """Whether one of the entries means ``user``."""
        who = (user.nick, user.username, user.host, user.cloak, user.account_name)
        verdict = self._verdicts.get(who)
        if verdict is None:
            if len(self._verdicts) >= MAX_REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[who] = self._look_up(*who)
        return verdict

    def _look_up(self, nick: str, username: str, host: str, cloak: str, account: str) -> bool:
        if self._accounts is not None and account and self._accounts(account):
            return True
        who = f"{nick}!{username}"
        if self._sources is not None and any(self._sources(f"{who}@{shown}") for shown in {host, cloak}):
            return True
        return any(matches(who) and addresses.is_within(cloak, (network,)) for matches, network in self._networks)


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban keeps ``user`` out of ``channel``."""
    return _is_on(channel, "b", user) and not _is_on(channel, "e", user)


def is_silenced(channel: Channel, user: User) -> bool:
    """Whether a ban or a mute keeps ``user`` from speaking. An exception to bans is one to mutes too."""
    if not channel.lists["b"]:
        return False
    if _is_on(channel, "b", user):
        return not _is_on(channel, "e", user)
    return _is_on(channel, "b", user, mutes=True) and not (
        _is_on(channel, "e", user) or _is_on(channel, "e", user, mutes=True)
    )


def is_expected(channel: Channel, user: User) -> bool:
    """Whether ``user`` needs no invitation."""
    return _is_on(channel, "I", user)


def masks_on(channel: Channel, user: User) -> list[str]:
    """The bans and mutes that mean ``user``."""
    return [entry.mask for entry in channel.lists["b"].values() if _means(entry.mask, user)]


def _means(mask: str, user: User) -> bool:
    entry = extbans.parse(mask)
    return entry is not None and Matcher([entry]).fits(user)


def _is_on(channel: Channel, letter: str, user: User, *, mutes: bool = False) -> bool:
    if not channel.lists[letter]:
        return False
    found = channel.matchers.get((letter, mutes))
    if found is None:
        entries = map(extbans.parse, (entry.mask for entry in channel.lists[letter].values()))
        found = Matcher(entry for entry in entries if entry is not None and entry.mutes is mutes)
        channel.matchers[letter, mutes] = found
    return found.fits(user)
