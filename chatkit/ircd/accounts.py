"""Accounts: who owns a nick, whatever device it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.documents import document, restores
from chatkit.ircd.events import AccountCreated
from chatkit.ircd.requests import CREDENTIALS
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "account"  # the kind of document that keeps one
SECOND = 1_000_000  # of a seq
VERIFY_SECONDS = 24 * 3600  # that a new account has until its code must be given back
MAX_FINGERPRINTS = 10  # of one account


class Account(msgspec.Struct):
    """One account, in memory for as long as it exists. Saved whole whenever it changes; passwords are kept apart."""

    key: str  # whose messages these are in history, for ever; no nick looks like it
    name: str  # as shown
    created: int  # seconds since 1970
    email: str = ""
    verified: bool = True  # whether the code was given back that was sent by mail
    fingerprints: list[str] = []  # SHA-256 of the certificates that log in without a password
    metadata: dict[str, str] = {}
    always_on: bool | None = None  # whether it stays when its last device is gone; None: what the server says
    suspended: str | None = None  # why nobody may use it; None: its owner may
    suspended_until: int = 0  # seconds since 1970; 0: for good
    bidden: str = ""  # the room that its invite code leads into, until its owner has come there


class Accounts:
    """All accounts, by casefolded name, by key and by the fingerprints of their certificates."""

    def __init__(self) -> None:
        self.by_name: dict[str, Account] = {}
        self.by_key: dict[str, Account] = {}
        self.by_fingerprint: dict[str, Account] = {}
        self.unverified: dict[str, Account] = {}  # by key
        self.suspended: dict[str, Account] = {}  # by key
        self.being_made: set[str] = set()  # what the names look like of accounts that are about to be
        self._by_look: dict[str, Account] = {}

    def find(self, name: str) -> Account | None:
        """The account called ``name``, in whatever way that is written."""
        return self.by_name.get(casefold(names.prepare_nick(name) or name))

    def like(self, name: str) -> Account | None:
        """The account whose name is ``name`` or looks like it."""
        return self._by_look.get(skeleton(name))

    def enter(self, account: Account) -> None:
        """There is a new account."""
        self.by_name[casefold(account.name)] = account
        self.by_key[account.key] = account
        self._by_look[skeleton(account.name)] = account
        self.by_fingerprint.update(dict.fromkeys(account.fingerprints, account))
        if not account.verified:
            self.unverified[account.key] = account
        if account.suspended is not None:
            self.suspended[account.key] = account

    def leave(self, account: Account) -> None:
        """The account is no more."""
        del self.by_name[casefold(account.name)]
        del self.by_key[account.key]
        self._by_look.pop(skeleton(account.name), None)
        self.unverified.pop(account.key, None)
        self.suspended.pop(account.key, None)
        for fingerprint in account.fingerprints:
            self.by_fingerprint.pop(fingerprint, None)


def begun_by(event: AccountCreated) -> Account:
    """The account that begins with ``event``."""
    return Account(event.key, event.account, event.seq // SECOND, event.email, event.verified)


def save(ircd: Ircd, account: Account) -> None:
    """Keep ``account`` as it is now."""
    ircd.note(document(DOCUMENT, account.key, account))


def forget_documents(ircd: Ircd, key: str) -> None:
    """Keep nothing of the account ``key``, which is gone; also of what was stored while it went."""
    for kind in (DOCUMENT, CREDENTIALS):
        ircd.note(document(kind, key, None))


def expires(account: Account) -> int:
    """When an unverified account is given up, in seconds since 1970."""
    return account.created + VERIFY_SECONDS


def add_fingerprint(ircd: Ircd, account: Account, fingerprint: str) -> bool:
    """Have a certificate log in to ``account``. Returns whether it does: not if it is another's, or there are many."""
    owner = ircd.accounts.by_fingerprint.get(fingerprint)
    if owner is None and len(account.fingerprints) < MAX_FINGERPRINTS:
        account.fingerprints = [*account.fingerprints, fingerprint]
        ircd.accounts.by_fingerprint[fingerprint] = owner = account
        save(ircd, account)
    return owner is account


def remove_fingerprint(ircd: Ircd, account: Account, fingerprint: str) -> bool:
    """Have a certificate log in to ``account`` no more. Returns whether it did."""
    if fingerprint not in account.fingerprints:
        return False
    account.fingerprints = [other for other in account.fingerprints if other != fingerprint]
    ircd.accounts.by_fingerprint.pop(fingerprint, None)
    save(ircd, account)
    return True


def as_fingerprint(text: str) -> str | None:
    """A certificate's SHA-256 as it is kept, of any usual way to write it; None for what is none."""
    digits = text.replace(":", "").lower()
    return digits if len(digits) == 64 and set(digits) <= set("0123456789abcdef") else None


@restores(DOCUMENT)
def restore_account(ircd: Ircd, key: str, body: bytes) -> None:
    """Put one back."""
    ircd.accounts.enter(msgspec.json.decode(body, type=Account))
