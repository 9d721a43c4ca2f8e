"""The methods of the control socket for accounts. Passwords never come here: whoever asks has hashed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.control.rpc import REFUSED, RpcError
from chatkit.ircd import accounts, enrolment
from chatkit.ircd.accounts import Account, begun_by
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import document
from chatkit.ircd.events import AccountCreated, Cause
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.registrations import owned_by
from chatkit.ircd.requests import CREDENTIALS, Credentials
from chatkit.proto.lookalikes import skeleton
from chatkit.proto.names import is_mail_address

if TYPE_CHECKING:
    from chatkit.control.runner import Desk


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """Which account."""

    name: str


class Create(msgspec.Struct, forbid_unknown_fields=True):
    """A new account."""

    name: str
    credentials: Credentials
    email: str = ""


class Password(msgspec.Struct, forbid_unknown_fields=True):
    """A new password."""

    name: str
    credentials: Credentials


class Delete(msgspec.Struct, forbid_unknown_fields=True):
    """Which account, and whether all that it ever said goes with it."""

    name: str
    with_history: bool = False


class Cert(msgspec.Struct, forbid_unknown_fields=True):
    """Which certificates log in: fingerprints to add and to remove, or "" for none."""

    name: str
    add: str = ""
    remove: str = ""


class AccountRow(msgspec.Struct):
    """One account. ``created`` is in seconds since 1970, ``here`` are the nicks of those who are logged in to it."""

    name: str
    created: int
    email: str
    verified: bool
    certificates: list[str]
    always_on: bool | None
    rooms: list[str]
    here: list[str]


def create(desk: Desk, params: Create) -> AccountRow:
    """Make an account. Refuses: a name that cannot be had, what is no mail address."""
    if params.email and not is_mail_address(params.email):
        raise RpcError(REFUSED, f"{params.email!r} is no mail address")

    def begin(ircd: Ircd, now: Moment) -> AccountCreated:
        name = enrolment.check_name(ircd, params.name, lambda code, text: RpcError(REFUSED, text))
        ircd.accounts.being_made.add(skeleton(name))
        seq = ircd.sequence.next(now.wall)
        return AccountCreated(Cause(seq, ircd.name), name, enrolment.key_of(seq), params.email, verified=True)

    def finish(ircd: Ircd, now: Moment) -> AccountRow:
        apply(ircd, event)
        return _row(ircd, ircd.accounts.by_key[event.key])

    event = desk.host.act(begin)
    account = document(accounts.DOCUMENT, event.key, begun_by(event))
    try:
        desk.host.commit((account, document(CREDENTIALS, event.key, params.credentials)))
        return desk.host.act(finish)
    finally:
        desk.host.act(lambda ircd, now: ircd.accounts.being_made.discard(skeleton(event.account)))


def password(desk: Desk, params: Password) -> AccountRow:
    """Give an account another password. Refuses: no such account."""

    def finish(ircd: Ircd, now: Moment) -> AccountRow | None:
        account = ircd.accounts.by_key.get(key)
        if account is None:  # its owner has deleted it meanwhile
            accounts.forget_documents(ircd, key)
            return None
        return _row(ircd, account)

    key = desk.host.act(lambda ircd, now: _find(ircd, params.name).key)
    desk.host.commit((document(CREDENTIALS, key, params.credentials),))
    row = desk.host.act(finish)
    if row is None:
        raise RpcError(REFUSED, f"there is no account {params.name!r} any more")
    return row


def list_(desk: Desk, _params: object) -> list[AccountRow]:
    """Every account, by name."""

    def read(ircd: Ircd, now: Moment) -> list[AccountRow]:
        rooms: dict[str, list[str]] = {}  # by their founders' keys
        for registration in ircd.registrations.values():
            rooms.setdefault(registration.founder, []).append(registration.name)
        found = sorted(ircd.accounts.by_name.items())
        return [_row_with(ircd, account, rooms.get(account.key, [])) for _, account in found]

    return desk.host.act(read)


def show(desk: Desk, params: Named) -> AccountRow:
    """One account. Refuses: no such account."""
    return desk.host.act(lambda ircd, now: _row(ircd, _find(ircd, params.name)))


def delete(desk: Desk, params: Delete) -> AccountRow:
    """Delete an account with all that is its own. Refuses: no such account."""

    def remove(ircd: Ircd, now: Moment) -> AccountRow:
        account = _find(ircd, params.name)
        row = _row(ircd, account)
        enrolment.delete(ircd, account, params.with_history, now)
        return row

    return desk.host.act(remove)


def cert(desk: Desk, params: Cert) -> AccountRow:
    """Change which certificates log in to an account. Refuses: no such account, what is no fingerprint."""

    def change(ircd: Ircd, now: Moment) -> AccountRow:
        account = _find(ircd, params.name)
        if params.add and not accounts.add_fingerprint(ircd, account, _fingerprint(params.add)):
            raise RpcError(REFUSED, "the certificate is another account's, or this one has as many as it may")
        if params.remove and not accounts.remove_fingerprint(ircd, account, _fingerprint(params.remove)):
            raise RpcError(REFUSED, f"the certificate does not log in to {account.name}")
        return _row(ircd, account)

    return desk.host.act(change)


def _fingerprint(text: str) -> str:
    found = accounts.as_fingerprint(text)
    if found is None:
        raise RpcError(REFUSED, f"{text!r} is no SHA-256 in hexadecimal")
    return found


def _find(ircd: Ircd, name: str) -> Account:
    account = ircd.accounts.find(name)
    if account is None:
        raise RpcError(REFUSED, f"there is no account {name!r}")
    return account


def _row(ircd: Ircd, account: Account) -> AccountRow:
    return _row_with(ircd, account, [room.name for room in owned_by(ircd, account.key)])


def _row_with(ircd: Ircd, account: Account, rooms: list[str]) -> AccountRow:
    here = [user.nick for user in ircd.presences.users_of(account.key)]
    return AccountRow(
        account.name, account.created, account.email, account.verified, account.fingerprints, account.always_on,
        rooms, here,
    )  # fmt: skip
