"""Who is there under which account, and who of them stays when the last device is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatkit.config import Config
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Channel, User

PREFERENCES = {"ON": True, "OFF": False, "DEFAULT": None}  # Account.always_on, as PERSISTENCE says it


def is_always_on(config: Config, account: Account) -> bool:
    """Whether the account's user stays: what its owner wants, as far as the server lets him."""
    policy = config.accounts.always_on
    if policy == "off":
        return False
    return account.always_on if account.always_on is not None else policy == "opt-out"


class Presences:
    """The users of every account, in the order of their coming. The first of them is the one that may stay.

    ``touched`` and ``touched_rooms`` are what has to be saved again at the end of this turn: see ``persistence``.
    """

    __slots__ = ("_ircd", "_users", "saved", "saved_rooms", "touched", "touched_rooms")

    def __init__(self, ircd: Ircd) -> None:
        self._ircd = ircd
        self._users: dict[str, dict[User, None]] = {}  # by the account's key
        self.saved: set[str] = set()  # keys of the accounts whose presence is stored
        self.saved_rooms: set[str] = set()  # casefolded rooms that are stored
        self.touched: dict[str, None] = {}  # keys of accounts
        self.touched_rooms: dict[str, None] = {}  # casefolded

    def enter(self, user: User) -> None:
        """List ``user`` under the account that it is logged in to now, if any, and no more under another."""
        key = user.account.key if user.account is not None else ""
        if key == user.listed:
            return
        self.leave(user)
        if key:
            self._users.setdefault(key, {})[user] = None
            user.listed = key
            self.touched[key] = None

    def leave(self, user: User) -> None:
        """List ``user`` no more: it is logged out, or gone."""
        key, user.listed = user.listed, ""
        if key:
            del self._users[key][user]
            if not self._users[key]:
                del self._users[key]
            self.touched[key] = None

    def users_of(self, key: str) -> list[User]:
        """All users that are logged in to the account ``key``."""
        return list(self._users.get(key, ()))

    def first(self, key: str) -> User | None:
        """Of the users of the account ``key`` the one that came first."""
        return next(iter(self._users.get(key, ())), None)

    def staying(self, key: str) -> User | None:
        """The user of the account ``key`` who stays without a session, if there is one who would."""
        user = self.first(key)
        return user if user is not None and self.stays(user) else None

    def stays(self, user: User) -> bool:
        """Whether ``user`` remains when its last session is gone."""
        account = user.account
        return account is not None and is_always_on(self._ircd.config, account) and self.first(account.key) is user

    def all_staying(self) -> Iterator[User]:
        """Everyone who remains."""
        for key in list(self._users):
            user = self.staying(key)
            if user is not None:
                yield user

    def without_sessions(self) -> list[User]:
        """Everyone who is there without a device."""
        return [user for users in self._users.values() for user in users if not user.sessions]

    def touch(self, user: User) -> None:
        """Something about ``user`` has changed that is to outlive a restart, if it stays."""
        if user.listed and self.stays(user):
            self.touched[user.listed] = None

    def touch_room(self, channel: Channel) -> None:
        """As ``touch``, where somebody in the room stays."""
        if self._users:
            self.touched_rooms[channel.id] = None

    def keeps(self, channel: Channel) -> bool:
        """Whether the room outlives a restart though nobody owns it: somebody in it stays."""
        return channel.registration is None and any(map(self.stays, channel.members))
