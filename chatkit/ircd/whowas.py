"""Who was there: the users that left, or changed their nick, the latest of them.

Spec: https://modern.ircdocs.horse/#whowas-message
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from chatkit.ircd.state import User
from chatkit.proto.casemapping import casefold

REMEMBERED = 1000  # nicks that were given up, on the whole server


class Past(msgspec.Struct, frozen=True, gc=False):
    """What a user was when it gave its nick up. ``left`` is in microseconds since 1970."""

    nick: str
    username: str
    host: str
    address: str
    real: str
    account: str  # empty: none
    left: int


class Whowas:
    """The memory: bounded, and gone when the server stops."""

    def __init__(self) -> None:
        self._entries: deque[Past] = deque(maxlen=REMEMBERED)

    def remember(self, user: User, left: int) -> None:
        """``user`` gives its nick up."""
        account = user.account_name
        self._entries.append(Past(user.nick, user.username, user.host, user.address, user.real, account, left))

    def find(self, nick: str) -> Iterator[Past]:
        """Those who had this nick, the latest first."""
        wanted = casefold(nick)
        return (entry for entry in reversed(self._entries) if casefold(entry.nick) == wanted)
