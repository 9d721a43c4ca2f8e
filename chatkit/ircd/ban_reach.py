"""Whom one ban means of all who are here.

The index finds the ban for somebody; this is the other way round, and is asked under the state lock while everybody
waits. So it goes through them once and makes as little as it can for each. A test holds it to the index.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chatkit.ircd.ban_index import accounts_of, has_wildcards
from chatkit.proto import masks
from chatkit.proto.addresses import parse_address, parse_network

if TYPE_CHECKING:
    from chatkit.ircd.ban_index import Kind, ServerBan
    from chatkit.ircd.state import Session, User

Users = Collection["User"]


def meant_by(ban: ServerBan, users: Mapping[str, User]) -> list[User]:
    """Those of ``users``, by casefolded nick, whom ``ban`` means, whether it holds or not. Not for those of rooms."""
    if ban.kind == "nick" and not has_wildcards(ban.pattern):
        user = users.get(ban.pattern)
        return [] if user is None else [user]
    return _FINDERS[ban.kind](users.values(), ban.pattern)


def _by_nick(users: Users, pattern: str) -> list[User]:
    fits = masks.matcher(pattern)
    return [user for user in users if fits(user.nick)]


def _by_username(users: Users, pattern: str) -> list[User]:
    fits = masks.matcher(pattern)
    return [user for user in users if fits(user.username)]


def _by_host(users: Users, pattern: str) -> list[User]:
    fits = masks.matcher(pattern)
    found = (user for user, at in _places(users) if fits(at.host) or fits(at.address) or fits(at.cloak))
    return _each_once(found)


def _places(users: Users) -> Iterator[tuple[User, User | Session]]:
    """Where each user is, and where else it has devices; with an address goes its cloak."""
    for user in users:
        yield user, user
        for session in user.sessions:
            if session.address != user.address or session.host != user.host:
                yield user, session


def _by_mask(users: Users, pattern: str) -> list[User]:
    # No part of a source has a "!" or an "@" in it, so each part of the mask is for that part alone.
    nick, _, rest = pattern.partition("!")
    username, _, host = rest.partition("@")
    for part, find in ((nick, _by_nick), (username, _by_username), (host, _by_host)):
        if part != "*":
            users = find(users, part)
    return list(users)


def _by_account(users: Users, pattern: str) -> list[User]:
    fits = masks.matcher(pattern)
    return _each_once(user for user in users for name in accounts_of(user.account, user.sessions) if fits(name))


def _by_certificate(users: Users, pattern: str) -> list[User]:
    return _each_once(user for user in users for session in user.sessions if session.certfp == pattern)


def _by_address(users: Users, pattern: str) -> list[User]:
    lies_within = _within(pattern)
    return _each_once(user for user in users for session in user.sessions if lies_within(session.address))


def _within(pattern: str) -> Callable[[str], bool]:
    network = parse_network(pattern)
    assert network is not None, "prepare_pattern lets nothing else through"
    version, rest = network.version, network.max_prefixlen - network.prefixlen
    leading = int(network.network_address) >> rest

    def lies_within(text: str) -> bool:
        address = parse_address(text)
        return address is not None and int(address) >> rest == leading and address.version == version

    return lies_within


def _each_once(users: Iterable[User]) -> list[User]:
    return list(dict.fromkeys(users))


_FINDERS: dict[Kind, Callable[[Users, str], list[User]]] = {
    "nick": _by_nick,
    "mask": _by_mask,
    "account": _by_account,
    "certificate": _by_certificate,
    "address": _by_address,
}
