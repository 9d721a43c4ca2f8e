"""Passwords: argon2id to check them, and the keys of SCRAM.

Spec: https://www.rfc-editor.org/rfc/rfc9106
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from chatkit.config import Accounts
from chatkit.ircd.requests import CREDENTIALS, Credentials
from chatkit.proto import passwords, scram
from chatkit.store.records import DocumentQuery

if TYPE_CHECKING:
    import argon2


class Profile(msgspec.Struct, frozen=True):
    """What a log-in by password costs us, and each guess a thief of the database."""

    memory: int  # KiB
    passes: int
    lanes: int
    salt: int = 16  # bytes
    digest: int = 32


PROFILES = {
    "recommended": Profile(memory=64 << 10, passes=3, lanes=4),  # RFC 9106's second choice
    "small": Profile(memory=19 << 10, passes=2, lanes=1),  # OWASP's least, for small machines
    "test": Profile(memory=8, passes=1, lanes=1),  # keeps no thief off
}


class Passwords:
    """Makes and checks credentials. From any number of threads; every method blocks for as long as the profile says."""

    def __init__(self, answer: Callable[[DocumentQuery], bytes | None], config: Accounts) -> None:
        """``answer`` reads the store."""
        self._answer = answer
        self._iterations = config.scram_iterations
        self._profile = PROFILES[config.argon2]
        self._nobodys = _phc_of_nobody(self._profile)

    def hash(self, password: str) -> Credentials:
        """What to keep of a new password. Raises ValueError if it may not be one."""
        prepared = passwords.prepare(password)
        if prepared is None:
            raise ValueError("this may not be a password")
        return Credentials(self._hasher.hash(prepared), scram.make_keys(prepared, self._iterations))

    def check(self, key: str, password: str) -> bool:
        """Whether the account with this key has this password. An unknown account takes as long as any."""
        found = self.load(key)
        return self.verify(None if found is None else found.password, password)

    def verify(self, phc: str | None, password: str) -> bool:
        """Whether ``phc`` is the hash of this password. None takes as long as any, and is nobody's."""
        prepared = passwords.prepare(password)
        if prepared is None:
            return False
        return self._verify(phc or self._nobodys, prepared) and phc is not None

    def load(self, key: str) -> Credentials | None:
        """What is kept of the password of the account with this key."""
        body = self._answer(DocumentQuery(CREDENTIALS, key))
        return None if body is None else msgspec.json.decode(body, type=Credentials)

    def load_library(self) -> None:
        """Import the library."""
        assert self._hasher

    def _verify(self, phc: str, password: str) -> bool:
        import argon2

        try:
            return self._hasher.verify(phc, password)
        except argon2.exceptions.VerifyMismatchError:
            return False

    @cached_property
    def _hasher(self) -> argon2.PasswordHasher:
        import argon2  # late, for a quick start

        profile = self._profile
        return argon2.PasswordHasher(profile.passes, profile.memory, profile.lanes, profile.digest, profile.salt)


def _phc_of_nobody(profile: Profile) -> str:
    """A hash that no password has, which takes as long to check as any."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (profile.salt, profile.digest)
    )
    return f"$argon2id$v=19$m={profile.memory},t={profile.passes},p={profile.lanes}${salt}${digest}"
