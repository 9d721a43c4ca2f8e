"""Who has which user mode, so that counting them, or finding them, does not take a walk through all users."""

from __future__ import annotations

from collections.abc import Collection

from chatkit.ircd.state import User
from chatkit.proto.modes import USER_MODES


class Census:
    """The users that have each user mode. A user's modes are changed here and nowhere else."""

    def __init__(self) -> None:
        self._holders: dict[str, dict[User, None]] = {letter: {} for letter in USER_MODES}

    def set_modes(self, user: User, modes: str) -> None:
        """From now on the modes of ``user`` are ``modes``, sorted letters."""
        for letter in user.modes:
            if letter not in modes:
                self._holders[letter].pop(user, None)
        for letter in modes:
            self._holders[letter][user] = None
        user.modes = modes

    def forget(self, user: User) -> None:
        """``user`` is no longer on the server."""
        for letter in user.modes:
            self._holders[letter].pop(user, None)

    def holders(self, letter: str) -> Collection[User]:
        """Everyone who has the mode ``letter``, in the order in which they got it."""
        return self._holders[letter].keys()
