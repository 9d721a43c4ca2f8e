"""Entries of a room's lists, plain and extended: whom they mean, and whether they only mute.

- ``nick!user@host`` with ``*`` and ``?``; the host may be a network, as ``*!*@10.0.0.0/8``
- ``~a:NAME``, ``~account:NAME``: whoever is logged in to an account that fits NAME
- ``~m:ENTRY``, ``~mute:ENTRY``, ``m:ENTRY``: whoever ENTRY, one of the above, means may enter but not speak

Spec: https://modern.ircdocs.horse/#extban-parameter and https://ircv3.net/specs/extensions/account-extban
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from chatkit.proto import masks
from chatkit.proto.casemapping import casefold

PREFIX = "~"
ACCOUNT_NAMES = ("a", "account")
TYPES = "am"  # the letters of all types
MAX_ENTRY = 200  # bytes

_ENTRY = re.compile(r"(m:|~m:|~mute:)?(~a:|~account:)?(.*)", re.DOTALL)
_UNKNOWN = re.compile(r"~\w+:")


class Extban(msgspec.Struct, frozen=True):
    """One entry, taken apart."""

    text: str  # as it was spelled, its mask completed
    pattern: str  # for ``nick!user@host``, or for the name of an account
    by_account: bool
    mutes: bool

    @property
    def key(self) -> str:
        """The same for all ways to spell the same entry."""
        return f"{'m:' * self.mutes}{'~a:' * self.by_account}{casefold(self.pattern)}"


@lru_cache(maxsize=4096)
def parse(text: str) -> Extban | None:
    """The entry that ``text`` means, or None: an unknown type, no name, nothing that fits into a mode's parameter."""
    match = _ENTRY.fullmatch(text)
    assert match is not None, "the expression matches everything"
    mute, account, rest = match[1] or "", match[2] or "", match[3]
    if _UNKNOWN.match(rest) or (account and not rest):
        return None
    pattern = rest if account else masks.normalize(rest)
    found = mute + account + pattern
    if " " in found or found[0] == ":" or not found.isprintable() or len(found.encode()) > MAX_ENTRY:
        return None
    return Extban(found, pattern, bool(account), bool(mute))


def extban_token() -> str:
    """ISUPPORT's EXTBAN."""
    return f"{PREFIX},{TYPES}"


def account_token() -> str:
    """ISUPPORT's ACCOUNTEXTBAN."""
    return ",".join(ACCOUNT_NAMES)
