"""The bans and mutes of the whole server, and whom they mean: found by look-ups, not by going through them all.

Only masks and names with wildcards are gone through, and those only when somebody comes in or changes.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.proto import masks
from chatkit.proto.addresses import parse_address, parse_network
from chatkit.proto.casemapping import casefold
from chatkit.proto.timestamps import format_time

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.state import Session, User

Kind = Literal["nick", "account", "mask", "address", "certificate", "room"]
Effect = Literal["ban", "mute"]

Texts = Callable[[], Sequence[str]]  # made when they are asked for

MAX_PATTERN = 300  # characters; nick, username and host together have no more
_WILDCARDS = frozenset("*?")
_ANYBODY = "*!*@"


class ServerBan(msgspec.Struct, frozen=True):
    """Who or what is banned or muted: a document of its own. A network is an address with a "/" in it.

    A banned room is closed and a muted one archived. Times are in seconds since 1970; ``until`` 0 is for good.
    """

    id: str  # typed to lift it
    kind: Kind
    effect: Effect
    pattern: str  # as ``prepare_pattern`` makes it
    reason: str = ""
    who: str = ""  # whoever made it
    made: int = 0
    until: int = 0
    name: str = ""  # the pattern as people write it; empty where it is the same

    def is_over(self, now_s: int) -> bool:
        """Whether it has ended by itself at ``now_s``."""
        return 0 < self.until <= now_s

    @property
    def written(self) -> str:
        """The pattern, as it is shown."""
        return self.name or self.pattern

    @property
    def why(self) -> str:
        """What follows "You are banned": reason and end, as far as there are such."""
        return because(self.reason, self.until)


def because(reason: str, until: int) -> str:
    """``: spam (until 2027-01-15 08:00 UTC)``; nothing where there is neither a reason nor an end."""
    end = f" (until {format_time(until * 1000)[:16].replace('T', ' ')} UTC)" if until else ""
    return (f": {reason}" if reason else "") + end


def has_wildcards(pattern: str) -> bool:
    """Whether ``pattern`` means more than what it spells, or than a host."""
    return not _WILDCARDS.isdisjoint(pattern.removeprefix(_ANYBODY))


def prepare_pattern(kind: Kind, text: str) -> str | None:
    """``text`` as the pattern of a ban of this kind, one for all spellings; None for what cannot be one."""
    if kind == "address":
        return _network_of(text)
    if kind == "certificate":
        digits = text.replace(":", "").lower()
        return digits if len(digits) == 64 and set(digits) <= set("0123456789abcdef") else None
    if kind == "mask":
        text = masks.normalize(text)
    text = unicodedata.normalize("NFC", text)  # as all names are, however they were typed
    is_one_word = 0 < len(text) <= MAX_PATTERN and text.isprintable() and not set(" ,") & set(text)
    return casefold(text) if is_one_word else None


def _network_of(text: str) -> str | None:
    address = parse_address(text)
    if address is not None:
        return str(address)
    network = parse_network(text) if "/" in text else None
    return None if network is None else str(network)


class _Patterns:
    """Bans of one kind by name: those without wildcards are looked up, the others held against it one by one."""

    __slots__ = ("_exact", "_wild")

    def __init__(self) -> None:
        self._exact: dict[str, ServerBan] = {}
        self._wild: dict[str, tuple[masks.Fits, ServerBan]] = {}

    def enter(self, ban: ServerBan) -> None:
        if has_wildcards(ban.pattern):
            self._wild[ban.pattern] = (masks.matcher(ban.pattern), ban)
        else:
            self._exact[ban.pattern] = ban

    def leave(self, ban: ServerBan) -> None:
        self._exact.pop(ban.pattern, None)
        self._wild.pop(ban.pattern, None)

    def find(self, texts: Texts, besides: Texts = tuple) -> ServerBan | None:
        """The ban that fits one of ``texts``, or is spelled as one of ``besides``; both are casefolded."""
        if self._exact:
            for text in (*texts(), *besides()):
                if (ban := self._exact.get(text)) is not None:
                    return ban
        if self._wild:
            found = texts()
            for fits, ban in self._wild.values():
                if any(map(fits, found)):
                    return ban
        return None


class _Networks:
    """Bans of addresses. However many there are, one look-up for each length that a banned network has."""

    __slots__ = ("_found", "_lengths")

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, int], ServerBan] = {}  # by version, length and the leading bits
        self._lengths: Counter[tuple[int, int]] = Counter()

    def enter(self, ban: ServerBan) -> None:
        key = self._key(ban)
        if key not in self._found:
            self._lengths[key[:2]] += 1
        self._found[key] = ban

    def leave(self, ban: ServerBan) -> None:
        key = self._key(ban)
        if self._found.pop(key, None) is not None:
            self._lengths[key[:2]] -= 1
            self._lengths += Counter()  # those that have come to nothing go

    def find(self, texts: Texts) -> ServerBan | None:
        """The ban that one of the addresses ``texts`` lies in."""
        if not self._found:
            return None
        return next(filter(None, map(self._find, texts())), None)

    def _find(self, text: str) -> ServerBan | None:
        address = parse_address(text)
        if address is None:
            return None
        number, bits = int(address), address.max_prefixlen
        for version, length in self._lengths:
            if version == address.version:
                ban = self._found.get((version, length, number >> (bits - length)))
                if ban is not None:
                    return ban
        return None

    @staticmethod
    def _key(ban: ServerBan) -> tuple[int, int, int]:
        network = parse_network(ban.pattern)
        assert network is not None, "prepare_pattern lets nothing else through"
        bits = network.max_prefixlen - network.prefixlen
        return network.version, network.prefixlen, int(network.network_address) >> bits


class Who:
    """What bans are held against: somebody with his devices. Only what a ban asks for is made, and casefolded."""

    __slots__ = ("_account", "_nick", "_places", "_sessions", "_username", "_where")

    def __init__(
        self, nick: str, username: str, account: Account | None, places: tuple[str, ...], sessions: Sequence[Session]
    ) -> None:
        self._nick, self._username, self._account = nick, username, account
        self._places, self._sessions = places, sessions
        self._where: list[str] | None = None  # the hosts, once they were asked for

    def nicks(self) -> Sequence[str]:
        return (casefold(self._nick),) if self._nick else ()

    def accounts(self) -> Sequence[str]:
        return list(map(casefold, accounts_of(self._account, self._sessions)))

    def masks(self) -> Sequence[str]:
        """nick!user@host, for each of the hosts."""
        name, username = casefold(self._nick), casefold(self._username)
        return [f"{name}!{username}@{host}" for host in self._hosts()]

    def masks_of_hosts(self) -> Sequence[str]:
        """``*!*@host``, as a mask of a host alone is spelled."""
        return [_ANYBODY + host for host in self._hosts()]

    def addresses(self) -> Sequence[str]:
        return [session.address for session in self._sessions]

    def certificates(self) -> Sequence[str]:
        return [session.certfp for session in self._sessions if session.certfp is not None]

    def _hosts(self) -> list[str]:
        if self._where is None:
            hosts = set(self._places)
            for session in self._sessions:
                hosts.update((session.host, session.cloak, session.address))
            hosts.discard("")
            self._where = sorted(map(casefold, hosts))
        return self._where


def accounts_of(account: Account | None, sessions: Sequence[Session]) -> list[str]:
    """The names of the accounts that somebody stands for, with those devices.

    A device stands for all that it was ever logged in to: who logs out is the same person.
    """
    names = [] if account is None else [account.name]
    for session in sessions:
        if session.former:
            names += session.former
    return names


def who_is(session: Session, nick: str) -> Who:
    """A session that is to be called ``nick``."""
    user = session.user
    username, places = (session.username, ()) if user is None else (user.username, (user.host,))
    return Who(nick, username, session.account, places, (session,))


def who_are(user: User) -> Who:
    """A user with all its devices. Whoever has none at the moment comes from no address."""
    return Who(user.nick, user.username, user.account, (user.host, user.cloak, user.address), user.sessions)


class _Index:
    """All bans of one effect, by kind."""

    __slots__ = ("_names", "_networks")

    def __init__(self) -> None:
        self._networks = _Networks()
        self._names = {kind: _Patterns() for kind in ("nick", "account", "mask", "certificate", "room")}

    def of(self, kind: Kind) -> _Networks | _Patterns:
        return self._networks if kind == "address" else self._names[kind]

    def on_address(self, address: str) -> ServerBan | None:
        return self._networks.find(lambda: (address,))

    def on_room(self, name: str) -> ServerBan | None:
        return self._names["room"].find(lambda: (name,))

    def on(self, who: Who) -> ServerBan | None:
        return next(filter(None, (find(self, who) for find in _FINDERS.values())), None)

    def find_address(self, who: Who) -> ServerBan | None:
        return self._networks.find(who.addresses)

    def find_certificate(self, who: Who) -> ServerBan | None:
        return self._names["certificate"].find(who.certificates)

    def find_account(self, who: Who) -> ServerBan | None:
        return self._names["account"].find(who.accounts)

    def find_mask(self, who: Who) -> ServerBan | None:
        return self._names["mask"].find(who.masks, who.masks_of_hosts)

    def find_nick(self, who: Who) -> ServerBan | None:
        return self._names["nick"].find(who.nicks)


# What each kind of ban is held against, in the order in which it is looked at.
_FINDERS: dict[Kind, Callable[[_Index, Who], ServerBan | None]] = {
    "address": _Index.find_address,
    "certificate": _Index.find_certificate,
    "account": _Index.find_account,
    "mask": _Index.find_mask,
    "nick": _Index.find_nick,
}


class ServerBans:
    """Every ban and mute. There is one for each kind, effect and pattern at most. Guarded by the state lock."""

    __slots__ = ("_by_meaning", "_indexes", "by_id", "last_number")

    def __init__(self) -> None:
        self.by_id: dict[str, ServerBan] = {}
        self.last_number = 0  # of the latest id
        self._by_meaning: dict[tuple[str, str, str], ServerBan] = {}
        self._indexes: dict[Effect, _Index] = {"ban": _Index(), "mute": _Index()}

    def enter(self, ban: ServerBan) -> None:
        """There is one more, in place of another that means the same."""
        former = self.find(ban.kind, ban.effect, ban.pattern)
        if former is not None:
            self.leave(former)
        self.by_id[ban.id] = self._by_meaning[ban.kind, ban.effect, ban.pattern] = ban
        self._indexes[ban.effect].of(ban.kind).enter(ban)

    def leave(self, ban: ServerBan) -> None:
        """There is one less."""
        del self.by_id[ban.id], self._by_meaning[ban.kind, ban.effect, ban.pattern]
        self._indexes[ban.effect].of(ban.kind).leave(ban)

    def find(self, kind: Kind, effect: Effect, pattern: str) -> ServerBan | None:
        """The one with exactly this pattern."""
        return self._by_meaning.get((kind, effect, pattern))

    def on_address(self, address: str, now_s: int) -> ServerBan | None:
        """What bans whoever comes from ``address``, before anything else is known of it."""
        ban = self._indexes["ban"].on_address(address)
        return None if ban is None or ban.is_over(now_s) else ban

    def on_session(self, session: Session, effect: Effect = "ban", nick: str | None = None) -> ServerBan | None:
        """What means ``session``; with ``nick``, if it were called so."""
        if not self.by_id:
            return None
        current = session.nick if session.user is None else session.user.nick
        return self._indexes[effect].on(who_is(session, current if nick is None else nick))

    def on_user(self, user: User, effect: Effect = "ban") -> ServerBan | None:
        """What means ``user``, or one of its devices."""
        return self._indexes[effect].on(who_are(user)) if self.by_id else None

    def on_room(self, name: str, effect: Effect = "ban") -> ServerBan | None:
        """What closes the room ``name``, or with "mute" makes an archive of it."""
        return self._indexes[effect].on_room(casefold(name))
